"""What a notebook shows for what these functions return: a picture, and a line of text."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value
from autograd.viz import FlowRecorder, blame, build, descent, saliency, view

PNG = b"\x89PNG"


def trained() -> tuple[nn.History, FlowRecorder]:
    flow = FlowRecorder(every=1)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), np.arange(12) % 2
    model = nn.MLP(3, [4], 2, rng=0)
    return nn.fit(model, x, y, epochs=2, seed=0, callbacks=[flow]), flow


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    pytest.importorskip("matplotlib")
    history, flow = trained()
    w = Value(2.0, label="w")
    return {
        "history": history.plot(),
        "flow": flow.plot(),
        "ratios": flow.ratios(),
        "descent": descent(lambda x: x * x, 1.0, 0.1, steps=3),
        "blame": blame((w * 3.0) ** 2, [w]).plot(),
        "saliency": saliency(lambda x: (x * x).sum(axis=1), np.ones((2, 4))).plot(),
    }


@pytest.mark.parametrize("name", ["history", "flow", "ratios", "descent", "blame", "saliency"])
def test_a_notebook_shows_a_figure(figures: dict[str, Any], name: str) -> None:
    figure = figures[name]
    assert figure._repr_png_()[:4] == PNG
    # It still goes through pickle, and shows itself there.
    assert pickle.loads(pickle.dumps(figure))._repr_png_()[:4] == PNG


def test_ipython_finds_the_picture(figures: dict[str, Any]) -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(figures["descent"])
    assert data["image/png"][:4] == PNG


def test_a_saliency_and_a_recorder_show_pictures() -> None:
    pytest.importorskip("matplotlib")
    found = saliency(lambda x: (x * x).sum(axis=1), np.ones((2, 4)))
    _, flow = trained()
    for shown in (found, flow):
        picture = shown._repr_png_()
        assert picture is not None
        assert picture[:4] == PNG


def test_what_has_no_picture_shows_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FlowRecorder()._repr_png_() is None
    found = saliency(lambda x: (x * x).sum(axis=1), np.ones((2, 4)))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert found._repr_png_() is None
    assert "Saliency of 2 × 4" in repr(found)


def test_a_model_is_one_line_and_a_picture() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0 + x
    for model in (view(y), build(y)):
        text = repr(model)
        assert text == "<Model: 3 vertices, 4 edges; draw(it) draws it>"
        bundle = model._repr_mimebundle_()
        assert sorted(bundle) == ["image/svg+xml", "text/html", "text/plain"]
        assert bundle["text/plain"] == text
        assert "<svg" in bundle["image/svg+xml"]
    t = Tensor(np.ones(3), requires_grad=True)
    for _ in range(5):
        t = t * 2.0
    assert repr(build(t, max_nodes=2)).startswith("<Model: 2 vertices for 6 nodes, ")


def test_a_model_that_cannot_be_drawn_still_shows_its_line() -> None:
    model = build(Value(2.0) * 3.0)
    model.edges[0].target = 99
    bundle = model._repr_mimebundle_()
    assert bundle["text/plain"].startswith("<Model: ")
