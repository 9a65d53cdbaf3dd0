"""The page: the report of the run, with the gradient check and the graphs of two small networks."""

from __future__ import annotations

import argparse
import html
from pathlib import Path

from nn.reporting import report
from nn.reporting.facts import gather
from nn.reporting.mistakes import tiles
from nn.reporting.model import inline
from nn.reporting.page import Section
from nn.reporting.text import power

from . import graphs
from .job import Check, Data, Run

__all__ = ["write_page"]

SAMPLES = 30
CREDIT = """<p>The digits: E. Alpaydin and C. Kaynak (1998), <i>Optical Recognition of Handwritten
Digits</i>, UCI Machine Learning Repository,
<a href="https://doi.org/10.24432/C50P49">doi.org/10.24432/C50P49</a>, licensed under
<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>; stored as bytes, values
unchanged.</p>"""


def write_page(
    folder: Path, data: Data, run: Run, check: Check, options: argparse.Namespace
) -> None:
    """Write the drawings and ``index.html``, which holds them too, into ``folder``."""
    what = "handwritten digits" if data.shipped else "examples"
    sections = [_gradients(check), _neuron(folder), _network(folder), _again(data, options)]
    if data.images is not None:
        sections.insert(0, _samples(data, run))
    report(
        folder / "index.html",
        run.history,
        run.model,
        (data.x_test, data.y_test),
        statistics=run.statistics,
        task="classes",
        classes=data.classes,
        image_shape=None if data.images is None else data.images.shape[1:],
        title=f"A network that reads {what} it has never seen",
        about=f"{data.about}. The network was trained, and every number on this page computed, by "
        "Blamegraph in plain Python and NumPy.",
        examples=len(data.x_train),
        sections=sections,
    )


def _samples(data: Data, run: Run) -> Section:
    assert data.images is not None
    shown = data.x_test[:SAMPLES], data.y_test[:SAMPLES]
    facts = gather(
        run.model, shown, task="classes", classes=data.classes, image_shape=data.images.shape[1:]
    )
    return Section(
        "samples", "Some answers",
        "The first of the held-out examples, as they come, with the network's answers; mistakes "
        "are framed. None of these were trained on.",
        [tiles(facts, range(len(facts.truth)))],
    )  # fmt: skip


def _gradients(check: Check) -> Section:
    verdict = "agree" if check.agree else "do NOT agree"
    return Section(
        "check", "Gradients, checked",
        f"Backpropagation and finite differences {verdict}: along {check.directions} random "
        "directions in the space of the parameters, in double precision, the largest relative "
        f"difference is {power(check.worst, 1)}.",
    )  # fmt: skip


def _neuron(folder: Path) -> Section:
    return Section(
        "neuron", "One neuron",
        "What the engine records when a neuron computes tanh(w0·x0 + w1·x1 + b), and what "
        "<code>backward()</code> adds: each node has its value and the gradient of the output "
        "with respect to it, each edge its local derivative. A gradient is the sum, over all "
        "paths to the output, of the products along the path.",
        [inline(graphs.draw_neuron(folder / "neuron.svg"))],
    )  # fmt: skip


def _network(folder: Path) -> Section:
    return Section(
        "network", "A small network",
        "The same for the squared error of a network with two inputs, two hidden neurons and "
        "one output. Wide edges carry most of the blame. "
        '<a href="mlp.svg">Open it</a> to zoom.',
        [inline(graphs.draw_mlp(folder / "mlp.svg"))],
    )  # fmt: skip


def _again(data: Data, options: argparse.Namespace) -> Section:
    words = ["python -m nn.demo", f"--seed {options.seed}", f"--epochs {options.epochs}"]
    words.append(f"--hidden {','.join(map(str, options.hidden))}")
    if options.data is not None:
        words.append(f"--data {options.data}")
    return Section(
        "again", "Run it again",
        "The same command gives the same network. <code>--data</code> takes a CSV with the label "
        "in the last column, an <code>.npz</code> with <code>x</code> and <code>y</code>, or "
        "MNIST's files.",
        [
            f"<pre><code>{html.escape(' '.join(words))}</code></pre>\n",
            CREDIT if data.shipped else "",
        ],
    )  # fmt: skip
