"""``check``: a property test of the gradient of a function in a user's file."""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .failure import CommandError

__all__ = ["add"]

WRONG, UNSURE = 1, 3
"""Exit status of a wrong gradient, and of a check that cannot tell."""


def add(commands: Any) -> None:
    """Enter the command."""
    parser = commands.add_parser(
        "check",
        help="property-test the gradient of a function in your module",
        description="Draw arguments, compare the gradient at each with finite differences, and of "
        "a wrong one print the smallest case, with the op to blame. The file is imported, as "
        "pytest would.",
    )
    parser.add_argument(
        "target", metavar="FILE::FUNCTION", help="such as model.py::loss, or a model in the file"
    )
    parser.add_argument(
        "--domain",
        action="append",
        default=[],
        metavar="[NAME=]LOW,HIGH",
        help="where numbers lie, of all arguments or of one (-3,3): --domain=-2,2 --domain x=0.5,4",
    )
    parser.add_argument(
        "--shape",
        action="append",
        default=[],
        metavar="[NAME=]SIDES",
        help="an argument's shape; words are lengths that are drawn: --shape x=n,3 --shape w=3,m; "
        "() is a single number",
    )
    parser.add_argument("--examples", type=_whole(1), metavar="N", help="how many to try (100)")
    parser.add_argument(
        "--order", type=_whole(1), default=1, metavar="N", help="highest derivative to check (1)"
    )
    parser.add_argument(
        "--mode",
        choices=("reverse", "forward", "both"),
        default="both",
        help="the modes to check (both)",
    )
    parser.add_argument(
        "--seed", type=_whole(0), default=None, metavar="N", help="try the same in every run"
    )
    parser.add_argument(
        "--draw", type=Path, metavar="FILE", help="of a wrong gradient, draw the graph: .svg, .png"
    )
    parser.set_defaults(run=_run)


def _whole(least: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return int(text)

    return convert


def _run(options: argparse.Namespace) -> int:
    from ..testing import GradientError, InconclusiveError, gradient_test
    from ..testing.tally import Tally, collecting

    f, name = _find(options.target)
    modes = ("reverse", "forward") if options.mode == "both" else (options.mode,)
    tally = Tally(seed=options.seed)
    try:
        test = gradient_test(
            f,
            domain=_each(options.domain, "--domain", _interval),
            shapes=_each(options.shape, "--shape", _sides),
            examples=options.examples,
            order=options.order,
            modes=modes,
        )
    except (TypeError, ValueError, ImportError) as error:
        raise CommandError(str(error)) from None
    try:
        with collecting(tally):
            test()
    except GradientError as error:
        print(error)
        _draw(error, options.draw)
        return WRONG
    except InconclusiveError as error:
        print(error)
        return UNSURE
    except Exception as error:
        raise CommandError(_told(error, name)) from error
    counts = tally.take()
    tried, told = counts.get("examples", 0), counts.get("conclusive", 0)
    rest = f" ({tried - told} could not tell: kinks and edges)" if tried > told else ""
    print(f"{name}: the gradient is right at {told} of {tried} points{rest}")
    return 0


def _told(error: Exception, name: str) -> str:
    """An error of the function itself: the user's line, and the arguments that it was for."""
    lines = [f"{name} raised {type(error).__name__}: {error}"]
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not _ours(f.filename)]
    lines += [f"  {f.filename}:{f.lineno}   {f.line}" for f in frames[-1:]]
    lines += ["  " + note.replace("\n", "\n  ") for note in getattr(error, "__notes__", ())]
    return "\n".join(lines)


def _draw(error: Any, target: Path | None) -> None:
    if target is None:
        return
    if error.report is None or error.report.culprit is None:
        print(f"there is no graph to draw: {target} was not written")
        return
    from .. import viz

    try:
        viz.render(error.report.draw(), target)
    except (OSError, ValueError, RuntimeError) as problem:
        raise CommandError(str(problem)) from None
    print(f"drawn in {target}")


def _ours(file: str) -> bool:
    """Whether a line is the engine's, or of a package that it runs on."""
    return "site-packages" in file or Path(file).is_relative_to(Path(__file__).parents[1])


# What was given ----------------------------------------------------------------------------------


def _find(target: str) -> tuple[Callable[..., Any], str]:
    """The function that is meant, from the user's own file."""
    file, separator, name = target.partition("::")
    path = Path(file)
    if not path.is_file():
        raise CommandError(f"there is no file {file}")
    module = _imported(path)
    if not separator or not name:
        raise CommandError(f"which function? {_offers(module, file)}")
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise CommandError(f"{file} has no {name}; {_offers(module, file)}")
    if not callable(found) or inspect.isclass(found):
        kind = "a class" if inspect.isclass(found) else "not callable"
        raise CommandError(f"{name} is {kind}: name a function, or a model that was made")
    return found, name


def _offers(module: Any, file: str) -> str:
    own = [
        name
        for name, x in vars(module).items()
        if inspect.isfunction(x) and x.__module__ == module.__name__ and not name.startswith("_")
    ]
    return f"it has {', '.join(f'{file}::{name}' for name in own)}" if own else "it has none"


def _imported(path: Path) -> Any:
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"{path} is not a Python file: its name has to end in .py")
    module = importlib.util.module_from_spec(spec)
    # What lies beside it can be imported by it, and dataclasses and pickles find it by its name.
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules.setdefault(name, module)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        where = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise CommandError(
            f"{path} cannot be imported: {type(error).__name__}: {error}{where}"
        ) from error
    return module


def _each(given: list[str], option: str, read: Callable[[str, str], Any]) -> Any:
    """What holds for all arguments, or for each by name."""
    by_name: dict[str, Any] = {}
    for_all: list[Any] = []
    for text in given:
        name, equals, rest = text.partition("=")
        if equals:
            by_name[name.strip()] = read(rest, f"{option} {text}")
        else:
            for_all.append(read(text, f"{option} {text}"))
    if len(for_all) > 1 or (for_all and by_name):
        raise CommandError(f"{option} is for all arguments, or for each by name: {option} x=...")
    return by_name or (for_all[0] if for_all else None)


def _interval(text: str, whole: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise CommandError(f"{whole}: give two numbers, such as -2,2") from None
    return low, high


def _sides(text: str, whole: str) -> tuple[Any, ...]:
    sides = [side.strip() for side in text.strip().strip("()").split(",") if side.strip()]
    for side in sides:
        if not (side.isdecimal() or side.isidentifier()):
            raise CommandError(f"{whole}: a side is a length or a word, such as n,3")
    return tuple(int(side) if side.isdecimal() else side for side in sides)
