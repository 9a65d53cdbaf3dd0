"""What to say about a name that nothing has."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["unknown_name"]


def unknown_name(what: str, name: str, known: Iterable[str], cure: str) -> ValueError:
    """An error that suggests the closest name and lists all."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(name.lower(), names, 1)
    hint = f"did you mean {close[0]!r}? There" if close else "there"
    return ValueError(f"no {what} is called {name!r}; {hint} are {', '.join(names)}. {cure}")
