"""The command: options, the order of events, and errors in one line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from .folder import FolderError, check_target, replacing
from .job import JobError, check_gradients, load, train

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise JobError(f"{message} (--help lists the options)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m nn.demo",
        description="Train a network on handwritten digits (or your data), check its gradients "
        "against finite differences, and write a page that shows it all.",
    )
    parser.add_argument(
        "--seed",
        type=_whole(0),
        default=0,
        metavar="N",
        help="of the split, the starting weights and the order (0)",
    )
    parser.add_argument(
        "--epochs",
        type=_whole(1),
        default=30,
        metavar="N",
        help="how often to go through the data (30)",
    )
    parser.add_argument(
        "--hidden",
        type=_widths,
        default=(128, 64),
        metavar="N[,N...]",
        help="widths of the hidden layers (128,64)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("blamegraph-demo"),
        metavar="FOLDER",
        help="where to write the page (./blamegraph-demo)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=None,
        metavar="PATH",
        help="a CSV with the label in the last column, an .npz with x and y, or "
        "MNIST's IDX files; the digits that ship with nn unless given",
    )
    return parser


def _whole(least: int):  # type: ignore[no-untyped-def]
    def convert(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return number

    return convert


def _widths(text: str) -> tuple[int, ...]:
    convert = _whole(1)
    return tuple(convert(part.strip()) for part in text.split(","))


def main(argv: list[str] | None = None) -> int:
    """Run the demo; returns the exit code: 0, or 2 for bad input, 130 when interrupted."""
    try:
        return _run(_parser().parse_args(argv))
    except (JobError, FolderError) as error:
        print(f"nn.demo: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nnn.demo: interrupted, nothing was written", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    check_target(options.out)
    data = load(options.data, options.seed)
    sizes = (data.x_train[0].size, *options.hidden, len(data.classes))
    shifts = ", also moved by half a pixel" if data.shipped else ""
    print(
        f"data       {data.about}: {data.examples:,} to train on{shifts}, "
        f"{len(data.x_test):,} held out"
    )
    print(f"network    {' → '.join(map(str, sizes))}, relu between layers", flush=True)
    run = train(data, options.hidden, options.epochs, options.seed)
    print(
        f"trained    {options.epochs} epochs in {run.history.seconds:.1f} s: "
        f"{run.accuracy:.1%} of what it had never seen is right",
        flush=True,
    )
    check = check_gradients(run, data, options.hidden, options.seed)
    print(
        f"gradients  agree with finite differences in {check.directions} directions, worst "
        f"relative error {check.worst:.1e}"
        if check.agree
        else f"gradients  DIFFER from finite differences: worst relative error {check.worst:.1e}",
        flush=True,
    )
    from .page import write_page

    with replacing(options.out) as folder:
        write_page(folder, data, run, check, options)
    page = (options.out / "index.html").resolve()
    print(f"pictures   {page.parent}\nopen       {page.as_uri()}")
    return 0 if check.agree else 1


if __name__ == "__main__":
    sys.exit(main())
