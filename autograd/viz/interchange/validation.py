"""Checks a document against the schema: the keywords that the schema uses, made into functions.

JSON Schema, draft 2020-12 (json-schema.org/draft/2020-12). The schema is read once; so what is
accepted is what is documented, and there is no second description to disagree with it.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from importlib import resources
from typing import Any

__all__ = ["check", "in_words", "schema"]

Fault = tuple[str, str]
"""Where in a value, and why it is wrong."""
Check = Callable[[Any], Fault | None]

TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda x: x is None,
    "boolean": lambda x: isinstance(x, bool),
    "integer": lambda x: type(x) is int,
    "number": lambda x: type(x) is int or (type(x) is float and math.isfinite(x)),
    "string": lambda x: isinstance(x, str),
    "array": lambda x: isinstance(x, list),
    "object": lambda x: isinstance(x, dict),
}
IGNORED = {"$schema", "$defs", "title", "description", "default"}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what :func:`autograd.viz.to_json` writes.

    Examples
    --------
    >>> from autograd.viz.interchange import schema
    >>> schema()["required"]
    ['format', 'version', 'vertices', 'edges']
    """
    file = resources.files(__package__ or "").joinpath("graph.schema.json")
    own: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return own


def check(document: Any) -> Fault | None:
    """The first place where a document is not as the schema says."""
    return _whole()(document)


@functools.cache
def _whole() -> Check:
    document = schema()
    checks: dict[str, Check] = {}

    def named(reference: str) -> Check:
        # Looked up when it runs: values hold tuples of values.
        name = reference.removeprefix("#/$defs/")
        return lambda x: checks[name](x)

    for name, part in document["$defs"].items():
        checks[name] = _made(part, named)
    return _made(document, named)


def _made(part: dict[str, Any], named: Callable[[str], Check]) -> Check:
    steps: list[Check] = []
    for keyword, given in part.items():
        if keyword == "$ref":
            steps.append(named(given))
        elif keyword == "type":
            steps.append(_type([given] if isinstance(given, str) else given))
        elif keyword in ("const", "enum"):
            steps.append(_among([given] if keyword == "const" else given))
        elif keyword == "minimum":
            steps.append(_at_least(given))
        elif keyword == "maximum":
            steps.append(_at_most(given))
        elif keyword == "anyOf":
            steps.append(_any([_made(option, named) for option in given]))
        elif keyword == "items":
            steps.append(_items(_made(given, named), part))
        elif keyword == "properties":
            steps.append(_object({k: _made(p, named) for k, p in given.items()}, part))
        elif keyword not in IGNORED | {"required", "additionalProperties", "minItems", "maxItems"}:
            raise NotImplementedError(f"the schema uses {keyword}, which is not checked here")
    if len(steps) == 1:
        return steps[0]

    def run(x: Any) -> Fault | None:
        for step in steps:
            fault = step(x)
            if fault is not None:
                return fault
        return None

    return run


def in_words(x: Any) -> str:
    """A few characters that say what a piece of a document is."""
    if isinstance(x, (dict, list)):
        return "an object" if isinstance(x, dict) else "a list"
    text = json.dumps(x) if not isinstance(x, int) or abs(x) < 10**18 else "a huge integer"
    return text if len(text) <= 40 else text[:39] + "…"


def _type(names: list[str]) -> Check:
    tests = [TYPES[name] for name in names]
    wish = " or ".join(names)

    def run(x: Any) -> Fault | None:
        for test in tests:
            if test(x):
                return None
        return "", f"{in_words(x)} is no {wish}"

    return run


def _among(allowed: list[Any]) -> Check:
    wish = ", ".join(json.dumps(a) for a in allowed)

    def run(x: Any) -> Fault | None:
        for a in allowed:
            if x == a and type(x) is type(a):  # True == 1
                return None
        return "", f"{in_words(x)} is not {'one of ' if len(allowed) > 1 else ''}{wish}"

    return run


def _at_least(least: int) -> Check:
    def run(x: Any) -> Fault | None:
        if type(x) is int and x < least:
            return "", f"{in_words(x)} is less than {least}"
        return None

    return run


def _at_most(most: int) -> Check:
    def run(x: Any) -> Fault | None:
        if type(x) is int and x > most:
            return "", f"{in_words(x)} is more than {most}"
        return None

    return run


def _any(options: list[Check]) -> Check:
    def run(x: Any) -> Fault | None:
        faults = []
        for option in options:
            fault = option(x)
            if fault is None:
                return None
            faults.append(fault)
        # The alternative that it was meant to be: its own type is right.
        meant = [f for f in faults if f[0] not in ("", ".type")]
        if meant:
            return meant[0]
        if isinstance(x, dict):
            return ".type", f"{in_words(x.get('type'))} is no kind of value"
        return "", f"{in_words(x)} is no number, no array and not null"

    return run


def _items(one: Check, part: dict[str, Any]) -> Check:
    least, most = part.get("minItems", 0), part.get("maxItems", math.inf)

    def run(x: Any) -> Fault | None:
        if not isinstance(x, list):
            return None
        if not least <= len(x) <= most:
            return "", f"{len(x)} items, and {least} to {most} are meant"
        for i, item in enumerate(x):
            fault = one(item)
            if fault is not None:
                return f"[{i}]{fault[0]}", fault[1]
        return None

    return run


def _object(properties: dict[str, Check], part: dict[str, Any]) -> Check:
    required = part.get("required", [])
    # What kind it is decides which other fields it has.
    if "type" in properties:
        properties = {"type": properties["type"], **properties}

    def run(x: Any) -> Fault | None:
        if not isinstance(x, dict):
            return None
        for name in properties if "type" in properties else x:
            if name in x and name in properties:
                fault = properties[name](x[name])
                if fault is not None:
                    return f".{name}{fault[0]}", fault[1]
        for name in required:
            if name not in x:
                return f".{name}", "is missing"
        for name in x:
            if name not in properties:
                return f".{name:.40}", f"no such field; there are {', '.join(properties)}"
        return None

    return run
