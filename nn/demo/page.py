"""The page: one HTML file beside its pictures, readable by day and by night."""

from __future__ import annotations

import argparse
import html
import sys
from pathlib import Path

import numpy as np

import autograd

from . import pictures
from .job import Check, Data, Run

__all__ = ["write_page"]

STYLE = """
:root { color-scheme: light dark;
  --page: #F4F6F9; --card: #FFFFFF; --ink: #1E293B; --muted: #5B6B80; --line: #E2E8F0;
  --blue: #0072B2; --orange: #D55E00; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0D1420; --card: #161F30; --ink: #E2E8F0; --muted: #94A3B8; --line: #2C3A50;
  --blue: #56B4E9; --orange: #F0944D; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 17px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
    sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 56px 24px 72px; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 12px; }
h2 { font-size: 1.25rem; letter-spacing: -0.01em; margin: 0 0 4px; }
p { margin: 0 0 12px; max-width: 68ch; }
header p { color: var(--muted); font-size: 1.08rem; }
a { color: var(--blue); }
.number { white-space: nowrap; }
sup { font-size: 0.62em; line-height: 0; }
code { font: 0.88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
  gap: 14px; margin: 28px 0 40px; padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 16px 18px; }
.figures dd { margin: 0; font-size: 1.65rem; font-weight: 650; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.figures dt { color: var(--muted); font-size: 0.9rem; }
.figures .lead dd { color: var(--blue); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 26px 28px; margin: 0 0 22px; }
section p { color: var(--muted); font-size: 0.98rem; }
section img { display: block; max-width: 100%; height: auto; margin: 14px auto 0; }
section img.wide { width: 100%; }
.scroll { overflow-x: auto; margin-top: 14px; }
.scroll img { margin: 0 auto; max-width: none; }
.scroll img.fit { max-width: 100%; }
@media (prefers-color-scheme: dark) {
  /* Drawn on white paper: swap light and dark, keep the hues. */
  img.paper { filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen; } }
pre { background: var(--page); border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 16px; overflow-x: auto; margin: 12px 0 0; }
footer { color: var(--muted); font-size: 0.9rem; margin-top: 34px; }
footer p { max-width: none; }
"""

CREDIT = """<p>The digits: E. Alpaydin and C. Kaynak (1998), <i>Optical Recognition of Handwritten
Digits</i>, UCI Machine Learning Repository,
<a href="https://doi.org/10.24432/C50P49">doi.org/10.24432/C50P49</a>, licensed under
<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>; stored as bytes, values
unchanged.</p>"""


def write_page(
    folder: Path, data: Data, run: Run, check: Check, options: argparse.Namespace
) -> None:
    """Write all pictures and ``index.html`` into ``folder``."""
    pictures.draw_neuron(folder / "neuron.svg")
    pictures.draw_mlp(folder / "mlp.svg")
    wrong = int(np.count_nonzero(run.logits.argmax(axis=1) != data.y_test))
    shown = 0
    for dress in (pictures.LIGHT, pictures.DARK):
        pictures.draw_training(folder / "training.svg", dress, run)
        pictures.draw_gradients(folder / "gradients.svg", dress, run)
        pictures.draw_confusion(folder / "confusion.svg", dress, data, run)
        if data.images is not None:
            pictures.draw_samples(folder / "samples.png", dress, data, run)
            shown = pictures.draw_mistakes(folder / "mistakes.png", dress, data, run)
    body = [_head(data, run, check), _training(run), _answers(data, wrong, shown)]
    body += [_gradients(check), _graphs(), _again(data, options)]
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Blamegraph demo: {run.accuracy:.1%}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{''.join(body)}</main>\n</body>\n</html>\n"
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


def _head(data: Data, run: Run, check: Check) -> str:
    what = "handwritten digits" if data.shipped else "examples"
    count = sum(p.size for p in run.model.parameters())
    right = round(run.accuracy * len(data.y_test))
    tiles = (
        ("lead", f"{run.accuracy:.1%}", f"right: {right:,} of {len(data.y_test):,} held out"),
        ("", f"{run.history.seconds:.1f} s", f"to train, {len(run.history)} epochs on one CPU"),
        ("", f"{count:,}", "parameters"),
        ("", _power(check.worst, 0), "worst relative error of a gradient"),
    )
    return (
        f"<header>\n<h1>A network that reads {what} it has never seen</h1>\n"
        f"<p>{html.escape(data.about)}. The network was trained, and every number on this page "
        "computed, by <b>Blamegraph</b> in plain Python and NumPy.</p>\n</header>\n"
        '<dl class="figures">'
        + "".join(
            f'<div class="{kind}"><dd>{figure}</dd><dt>{text}</dt></div>'
            for kind, figure, text in tiles
        )
        + "</dl>\n"
    )


def _power(x: float, digits: int) -> str:
    """A small number as people write it: 7 × 10⁻¹⁰."""
    mantissa, exponent = f"{x:.{digits}e}".split("e")
    power = f"{int(exponent)}".replace("-", "−")
    return f'<span class="number">{mantissa} × 10<sup>{power}</sup></span>'


def _section(title: str, text: str, *parts: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n<p>{text}</p>\n{''.join(parts)}</section>\n"


def _picture(name: str, alt: str, wide: bool = True, width: int = 0) -> str:
    stem, _, suffix = name.partition(".")
    return (
        f'<picture><source srcset="{stem}-dark.{suffix}" media="(prefers-color-scheme: dark)">'
        f'<img src="{name}" alt="{html.escape(alt)}"{" class=wide" if wide else ""}'
        f"{f' width={width}' if width else ''}></picture>\n"
    )


def _training(run: Run) -> str:
    return _section(
        "Learning",
        "Each epoch goes once through the training data, in a new order. Dropout silences random "
        "units while training, so the network may do worse on what it learns from than on what "
        "was held out.",
        _picture("training.svg", "Loss falls and accuracy rises with the epochs"),
    )


def _answers(data: Data, wrong: int, shown: int) -> str:
    parts = []
    if data.images is not None:
        parts.append(_picture("samples.png", "Held-out pictures with the network's answers"))
    text = "Below each picture, the answer; the mistakes are framed in orange."
    if data.images is None:
        text = "Blue: right answers. Orange: mistakes."
    result = _section("Answers", f"{text} None of these were trained on.", *parts)
    if data.images is not None and shown:
        columns = -(-shown // -(-shown // 8))  # in rows of up to eight, of one length
        few = f"the {min(shown, 16)} it was surest of" if shown > 16 else "the surest first"
        result += _section(
            f"All {wrong} mistakes" if wrong <= 16 else f"The mistakes: {wrong}",
            f"Above each picture what the network says, below it what it is; {few}. Some would "
            "make a person hesitate.",
            _picture("mistakes.png", "Pictures the network got wrong", False, 120 * columns),
        )
    result += _section(
        "What is taken for what",
        "Each row holds the examples of one class. Blue is right; orange is a mistake.",
        _picture("confusion.svg", "Table of true against predicted classes", wide=False),
    )
    return result


def _gradients(check: Check) -> str:
    verdict = "agree" if check.agree else "do NOT agree"
    return _section(
        "Gradients",
        f"Backpropagation and finite differences {verdict}: along {check.directions} random "
        "directions in the space of the parameters, in double precision, the largest relative "
        f"difference is {_power(check.worst, 1)}. Below, how strongly each layer was pulled while "
        "it learnt: a layer whose line sinks far below the others would hardly learn at all.",
        _picture("gradients.svg", "Norms of each layer's gradient by epoch"),
    )


def _graphs() -> str:
    return _section(
        "One neuron",
        "What the engine records when a neuron computes tanh(w0·x0 + w1·x1 + b), and what "
        "<code>backward()</code> adds: each node has its value and the gradient of the output "
        "with respect to it, each edge its local derivative. A gradient is the sum, over all "
        "paths to the output, of the products along the path.",
        '<div class="scroll"><img class="paper fit" src="neuron.svg" '
        'alt="Computation graph of one neuron"></div>\n',
    ) + _section(
        "A small network",
        "The same for the squared error of a network with two inputs, two hidden neurons and "
        "one output. Wide edges carry most of the blame. "
        '<a href="mlp.svg">Open it</a> to zoom.',
        '<div class="scroll"><img class="paper" src="mlp.svg" '
        'alt="Computation graph of a small network"></div>\n',
    )


def _again(data: Data, options: argparse.Namespace) -> str:
    words = ["python -m nn.demo", f"--seed {options.seed}", f"--epochs {options.epochs}"]
    words.append(f"--hidden {','.join(map(str, options.hidden))}")
    if options.data is not None:
        words.append(f"--data {options.data}")
    version = ".".join(map(str, sys.version_info[:3]))
    made = f"Blamegraph {autograd.__version__}, NumPy {np.__version__}, Python {version}."
    return (
        _section(
            "Run it again",
            "The same command gives the same network. <code>--data</code> takes a CSV with the "
            "label in the last column, an <code>.npz</code> with <code>x</code> and "
            "<code>y</code>, or MNIST's files.",
            f"<pre><code>{html.escape(' '.join(words))}</code></pre>\n",
        )
        + f"<footer><p>{made}</p>\n{CREDIT if data.shipped else ''}</footer>\n"
    )
