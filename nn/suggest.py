"""The error for a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["unknown"]


def unknown(
    what: str, name: object, known: Iterable[str], cure: str, others: Iterable[str] = ()
) -> ValueError:
    """An error that lists the names and suggests the closest.

    Parameters
    ----------
    what : str
        What it would be a name of.
    name : object
        The name as it was given.
    known : iterable of str
        The names to list.
    cure : str
        What will do instead of a name, as a sentence without its full stop.
    others : iterable of str
        Further names that are worth suggesting, but not listing.

    Examples
    --------
    >>> print(unknown("colour", "rde", ["blue", "red"], "A number will do as well"))
    no colour is called 'rde'; did you mean 'red'? There are blue, red. A number will do as well
    """
    import difflib

    known = sorted(known)
    close = difflib.get_close_matches(str(name).lower(), [*known, *others], n=1)
    hint = f"did you mean {close[0]!r}? There" if close else "there"
    return ValueError(f"no {what} is called {name!r}; {hint} are {', '.join(known)}. {cure}")
