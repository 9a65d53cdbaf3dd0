"""The page of a training run: what is on it, what it warns of, and that it is well made."""

import os
import re
import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import no_grad
from nn.layers.conv import Conv2d
from nn.reporting import report
from nn.reporting.facts import gather
from nn.reporting.inside import heat_map, measure_units, units
from nn.reporting.model import inline
from nn.reporting.page import Finding, Section
from nn.reporting.png import encode
from nn.reporting.svg import Axis, Line, line_chart
from nn.reporting.text import number, percent
from nn.statistics import Statistics

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """A page taken apart; every tag has to be closed, in order, and every id has to be its own."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text = path.read_text(encoding="utf-8")
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.titles: list[str] = []
        self.findings: dict[str, list[str]] = {}
        self._section = ""
        self.feed(self.text)
        self.close()
        assert not self.open and len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
                if tag == "section":
                    self._section = value or ""
        if tag not in VOID:
            self.open.append(tag)
        if tag == "li":
            self.findings.setdefault(self._section, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, (tag, self.open, self.getpos())

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["h2"]:
            self.titles.append(data)
        if "li" in self.open:
            self.findings[self._section][-1] += data


def made(path: Path, *args: Any, **kwargs: Any) -> Page:
    assert report(path, *args, **kwargs) == path
    page = Page(path)
    for tag, name, value in page.attributes:
        assert not value.startswith(("http:", "https:", "//")), (tag, name, value)
        if name in ("src", "srcset"):
            assert value.startswith("data:image/png;base64,")
        if name == "href" and value.startswith("#"):
            assert value[1:] in page.ids
    assert "http" not in page.text and "<script" not in page.text and "@import" not in page.text
    for word in ("NaN", "nan ", "None", "inf "):
        assert word not in re.sub(r"base64,[^\"]*|<style>.*?</style>", "", page.text, flags=re.S)
    return page


def moons(n: int = 160) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    t, y = rng.uniform(0, np.pi, n), np.arange(n) % 2
    upper, lower = np.stack([np.cos(t), np.sin(t)]), np.stack([1 - np.cos(t), 0.5 - np.sin(t)])
    return np.where(y, lower, upper).T + 0.1 * rng.normal(size=(n, 2)), y


# Sections for each kind of problem ------------------------------------------------------------


def test_two_features_and_two_classes(tmp_path: Path) -> None:
    x, y = moons()
    model, watch = nn.MLP(2, [8], 2, activation="tanh", rng=0), Statistics(every=2)
    history = nn.fit(
        model, x[:100], y[:100], epochs=12, lr=0.03, validation=(x[100:], y[100:]),
        callbacks=[watch], seed=0,
    )  # fmt: skip
    page = made(
        tmp_path / "run.html", history, model, (x[100:], y[100:]), statistics=watch,
        classes=["upper", "lower"], title="Moons", examples=100, settings={"lr": 0.03},
    )  # fmt: skip
    found = ("What stands out", "Mistakes", "The mistake")
    assert [title for title in page.titles if not title.startswith(found)] == [
        "Learning", "Decision regions", "What is taken for what", "Confidence",
        "Gradients and steps", "Units", "The model", "Time", "Settings",
    ]  # fmt: skip
    accuracy = nn.accuracy(nn.predict(model, x[100:]), y[100:])
    assert f"<dd>{percent(accuracy)}</dd>" in page.text and "<h1>Moons</h1>" in page.text
    assert "1/1000, a rule of thumb" in page.text and "examples in a second" in page.text
    assert "42 parameters" in page.text
    # An example is drawn with the shape of its class: circles, squares.
    points = re.findall(r"<title>(upper|lower)(?:, taken for \w+)?</title></path>", page.text)
    assert len(points) == 60 + 2 and points.count("upper") == 30 + 1  # and two in the key
    assert page.text.count("h6v6h-6z") == 30 + 1


def test_pictures(tmp_path: Path) -> None:
    digits = nn.data.load_digits()
    x, y = digits.x[:300] / 16.0, digits.y[:300]
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10, rng=0))
    history = nn.fit(model, x, y, epochs=3, seed=0)
    page = made(tmp_path / "run.html", history, model, (x, y), classes=digits.classes)
    wrong = int((nn.predict_classes(model, x) != y).sum())
    assert wrong > 1 and f"Mistakes: {wrong}" in page.titles
    shown = [v for tag, name, v in page.attributes if (tag, name) == ("img", "src")]
    assert len(shown) == min(wrong, 24)
    assert "Decision regions" not in page.titles and "Gradients and steps" not in page.titles
    flat = made(
        tmp_path / "flat.html", history, nn.Sequential(model[1]), (x.reshape(-1, 64), y),
        image_shape=(8, 8),
    )  # fmt: skip
    assert [v for tag, name, v in flat.attributes if (tag, name) == ("img", "src")] == shown
    table = made(tmp_path / "table.html", history, nn.Sequential(model[1]), (x.reshape(-1, 64), y))
    assert "<img" not in table.text and "<th>x7</th>" in table.text


def test_mistakes_come_surest_first() -> None:
    class Echo(nn.Module):
        def forward(self, x: Any) -> Any:
            return x

    from nn.reporting.mistakes import mistakes

    p = np.array([[0.6, 0.4], [0.99, 0.01], [0.2, 0.8], [0.7, 0.3], [0.9, 0.1]])
    facts = gather(Echo(), (np.log(p), np.array([1, 1, 1, 0, 1])), classes=["a", "b"])
    np.testing.assert_allclose(facts.probabilities, p)
    section = mistakes(facts)
    assert section is not None and section.title == "Mistakes: 3"
    rows = re.findall(r"<tr><td>(\d)</td><td>a</td><td>b</td><td>([\d.]+) %</td>", section.parts[0])
    assert rows == [("1", "99.0"), ("4", "90.0"), ("0", "60.0")]
    assert mistakes(gather(Echo(), (np.log(p), p.argmax(axis=1)))) is None


def test_regression(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 5))
    y = x[:, :1] * 2 + 1
    model = nn.Linear(5, 1, rng=0)
    history = nn.fit(model, x, y, loss="mse", epochs=4, lr=0.1, metrics=["r2"], seed=0)
    page = made(tmp_path / "run.html", history, model, (x, y))
    assert "Predicted against true" in page.titles and "What is taken for what" not in page.titles
    score = nn.r2_score(nn.predict(model, x), y)
    assert f"<dd>{number(score)}</dd>" in page.text
    assert page.text.count("predicted ") >= 240  # each example in both charts


def test_one_and_two_features_of_a_regression(tmp_path: Path) -> None:
    x = np.linspace(-1, 1, 50)[:, None]
    model = nn.MLP(1, [4], 1, rng=0)
    history = nn.fit(model, x, x**2, loss="mse", epochs=2)
    assert "The function it learnt" in made(tmp_path / "1.html", history, model, (x, x**2)).titles
    model = nn.MLP(2, [4], 1, rng=0)
    x = np.random.default_rng(0).normal(size=(40, 2))
    history = nn.fit(model, x, x[:, :1], loss="mse", epochs=2)
    assert (
        "The surface it learnt" in made(tmp_path / "2.html", history, model, (x, x[:, :1])).titles
    )


def test_drawings_of_either_renderer_scroll_where_they_are_wide() -> None:
    for unit in ("pt", "px"):
        page = inline(f'<svg width="1200{unit}" height="50{unit}" viewBox="0 0 9 9"></svg>')
        assert 'class="scroll paper wide"' in page


def test_labels_of_which_an_example_may_have_several(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 3))
    y = np.stack([x[:, 0] > 0, x[:, 1] > 0, np.zeros(90)], axis=1).astype(float)
    model = nn.Linear(3, 3, rng=0)
    history = nn.fit(model, x, y, loss="bce_with_logits", epochs=20, lr=0.1)
    page = made(tmp_path / "run.html", history, model, (x, y), classes=["left", "low", "odd"])
    assert "Label by label" in page.titles and "All labels at once" in page.text
    assert "<td>left</td>" in page.text and "label 0" not in page.text


def test_the_history_alone_is_enough(tmp_path: Path) -> None:
    history = nn.History()
    for k in range(600):
        history.append({"loss": 1.0 / (k + 1), "val_loss": 1.1 / (k + 1), "lr": 0.1 * 0.99**k})
    page = made(tmp_path / "run.html", history)
    assert page.titles == ["Learning"]
    assert "Learning rate" in page.text and "Loss (log scale)" in page.text
    assert "best: 0.00183" in page.text  # 1.1 / 600
    assert len(page.text) < 60_000  # thinned lines, and no column of its own for each epoch
    assert made(tmp_path / "none.html", nn.History()).titles == []


def test_a_convolutional_model_is_drawn_as_blocks(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(30, 1, 8, 8))
    y = np.arange(30) % 3
    model = nn.Sequential(Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
    history = nn.fit(model, x, y, epochs=2)
    page = made(tmp_path / "run.html", history, model, (x, y))
    assert "(n, 4, 6, 6)" in page.text and "Conv2d" in page.text and "Mistakes" in str(page.titles)


# What it warns of -----------------------------------------------------------------------------


def test_planted_dead_units_are_reported(tmp_path: Path) -> None:
    x, y = moons()
    model, watch = nn.MLP(2, [16, 8], 2, rng=0), Statistics(every=1)
    with no_grad():
        model[0].bias.data[:5] = -100
        model[2].weight.data[...] = 0  # the whole layer
        model[2].bias.data[...] = -1
    history = nn.fit(model, x, y, epochs=3, callbacks=[watch], seed=0)
    page = made(tmp_path / "run.html", history, model, (x, y), statistics=watch)
    (finding,) = page.findings["units"]
    out = np.maximum(x @ model[0].weight.numpy().T + model[0].bias.numpy(), 0)
    dead = int((out == 0).all(axis=0).sum())
    assert dead >= 5
    assert finding.startswith(f"{dead} of 16 units of layer 1 (ReLU) and 8 of 8 units of layer 3")
    assert any("never fire on the held-out examples" in f for f in page.findings["findings"])
    (silent,) = [f for f in page.findings["gradients"] if "No gradient reaches" in f]
    assert "'0.weight'" in silent and "'4.weight'" in silent
    alone = made(tmp_path / "alone.html", history, statistics=watch.to_dict())
    assert "in the steps of the last epoch" in alone.findings["units"][0]
    healthy = measure_units(nn.Sequential(nn.Tanh()), x)
    section = units(healthy, None)
    assert section is not None and not section.findings


def test_saturation_is_reported(tmp_path: Path) -> None:
    x, y = moons()
    model = nn.MLP(2, [8], 2, activation="sigmoid", rng=0)
    with no_grad():
        model[0].weight.data[...] *= 1000
    history = nn.fit(model, x, y, epochs=1)
    page = made(tmp_path / "run.html", history, model, (x, y))
    assert "of the outputs of layer 1 (Sigmoid) are saturated" in page.findings["units"][0]


def statistics(**norms: list[float]) -> dict[str, Any]:
    return {
        **Statistics().to_dict(),
        "epochs": [1, 2, 3],
        "gradients": {f"{k}.weight": {"norm": v} for k, v in norms.items()},
        "updates": {f"{k}.weight": [1e-3] * 3 for k in norms},
    }


@pytest.mark.parametrize(
    ("given", "ratio", "message"),
    [
        ({"a": [1e-6] * 3, "b": [1.0] * 3}, 1e-3, "Vanishing gradients: that of 'a.weight' is"),
        (
            {"a": [1e-5, 1.0, 1.0], "b": [1.0] * 3},
            1e-3,
            "Vanishing gradients in the first epoch: that of 'a.weight' is 100,000 times smaller",
        ),
        ({"a": [1.0, 900.0, 1.0], "b": [1.0] * 3}, 1e-3, "The gradient of 'a.weight' burst: 900"),
        ({"a": [0.0] * 3, "b": [1.0] * 3}, 1e-3, "No gradient reaches 'a.weight'"),
        ({"a": [1.0] * 3}, 0.2, "Large steps: a step moves 'a.weight' by 20.0 % of its size."),
        ({"a": [1.0] * 3}, 1e-7, "Tiny steps: a step moves 'a.weight' by 1·10⁻⁷ of its size."),
        ({"a": [1.0] * 3, "b": [0.5] * 3}, 1e-3, None),
    ],
)
def test_gradients_and_steps_are_judged(
    tmp_path: Path, given: dict[str, list[float]], ratio: float, message: str | None
) -> None:
    figures = statistics(**given)
    figures["updates"] = {name: [ratio] * 3 for name in figures["updates"]}
    page = made(tmp_path / "run.html", nn.History(), statistics=figures)
    found = page.findings.get("gradients", [])
    assert len(found) == (message is not None)
    if message is not None:
        assert found[0].startswith(message)
        assert page.findings["findings"][0].startswith(message)


@pytest.mark.parametrize(
    ("loss", "held", "message"),
    [
        ([1.0] * 10, [1.0] * 10, "hardly moved"),
        (
            [1 / (k + 1) for k in range(12)],
            [1, 0.8, 0.5, 0.4, 0.45, 0.55, 0.6, 0.7, 0.8, 0.9, 1, 1.1],
            "Over-fitting: from about epoch 4 on the held-out loss rose, from 0.45 to 1,",
        ),
        ([1.0, float("nan"), float("nan")], [1.0, 1.0, 1.0], "not finite from epoch 2"),
        ([0.9**k for k in range(10)], [0.9**k for k in range(10)], "train for longer"),
        ([1 / (k + 1) for k in range(12)], [0.5 + (k % 2) / 50 for k in range(12)], None),
    ],
)
def test_curves_are_judged(
    tmp_path: Path, loss: list[float], held: list[float], message: str | None
) -> None:
    history = nn.History()
    for a, b in zip(loss, held):
        history.append({"loss": a, "val_loss": b})
    found = made(tmp_path / "run.html", history).findings.get("learning", [])
    assert len(found) == (message is not None) and (message is None or message in found[0])


def test_answers_are_judged(tmp_path: Path) -> None:
    class Same(nn.Module):
        def forward(self, x: Any) -> Any:
            return np.array([[2.0, 0.0, -1.0]]) + 0 * x

    y = np.array([0] * 50 + [1] * 40 + [2] * 10)
    page = made(
        tmp_path / "run.html", nn.History(), Same(), (np.zeros((100, 3)), y),
        classes=["a", "b", "c"],
    )  # fmt: skip
    found = page.findings["classes"]
    assert found[0] == (
        "No better than a guess: always answering 'a' would be right in 50.0 % of the examples, "
        "and the model is in 50.0 %."
    )
    assert found[1] == "The model never answers 'b', 'c'."
    assert found[2] == "Most often confused: 'b' is taken for 'a', 40 times."
    assert (
        "too sure of itself: on average 84.4 % sure and 50.0 % right"
        in (page.findings["calibration"][0])
    )


def test_a_model_that_is_not_sure_enough_is_reported(tmp_path: Path) -> None:
    class Echo(nn.Module):
        def forward(self, x: Any) -> Any:
            return x

    y = np.arange(100) % 2
    p = np.where(np.eye(2)[y] > 0, 0.6, 0.4)
    page = made(tmp_path / "run.html", nn.History(), Echo(), (np.log(p), y))
    assert (
        "not sure enough of itself: on average 60.0 % sure and 100 % right"
        in (page.findings["calibration"][0])
    )
    assert "classes" not in page.findings


def test_a_biased_or_useless_regression_is_reported(tmp_path: Path) -> None:
    class Echo(nn.Module):
        def forward(self, x: Any) -> Any:
            return x

    y = np.random.default_rng(0).normal(size=(100, 1))
    low = made(tmp_path / "low.html", nn.History(), Echo(), (y - 0.5, y))
    assert low.findings["quantities"] == ["The predictions are 0.5 too low on average."]
    useless = made(tmp_path / "useless.html", nn.History(), Echo(), (-y, y))
    assert "R² is −" in useless.findings["quantities"][0]
    exact = made(tmp_path / "exact.html", nn.History(), Echo(), (y, y))
    assert "quantities" not in exact.findings


def test_outputs_that_ran_away_are_reported_and_do_no_harm(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    with no_grad():
        model.weight.data[0, 0] = np.nan
    x, y = moons(20)
    page = made(tmp_path / "run.html", nn.History(), model, (x, y))
    assert "20 of 40 outputs on the held-out examples are not finite" in page.findings["answers"][0]


# How it is made -------------------------------------------------------------------------------


def test_every_string_of_the_user_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script>&\"\\"
    x, y = moons(80)

    class Odd(nn.Module):
        def __init__(self) -> None:
            self.parts = {evil: nn.Linear(2, 2, rng=0), "act": nn.ReLU()}

        def forward(self, x: Any) -> Any:
            return self.parts["act"](self.parts[evil](x))

    model, watch = Odd(), Statistics(every=1)
    with no_grad():
        model.parts[evil].bias.data[...] = -100
    with pytest.warns(UserWarning, match="ends in relu"):
        history = nn.fit(
            model, x, y, epochs=2, validation=(x, y), callbacks=[watch],
            metrics={evil: lambda out, truth: 0.5},
        )  # fmt: skip
    history.stopped = evil
    page = made(
        tmp_path / "run.html", history, model, (x, y), statistics=watch, classes=[evil, "b"],
        title=evil, about=evil, settings={evil: evil},
        sections=[Section(evil, evil, findings=[Finding(evil)])],
    )  # fmt: skip
    assert "alert" in page.text and "<script" not in page.text
    assert evil in page.titles and evil in page.findings[evil]


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "run.html"
    report(path, nn.History(), title="old")
    kept = tmp_path / "kept.html"
    os.link(path, kept)  # which writing over the file would change too
    report(path, nn.History(), title="new")
    assert "old" in kept.read_text(encoding="utf-8") and "new" in path.read_text(encoding="utf-8")
    kept.unlink()

    class Breaks(Section):
        def html(self) -> str:
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        report(path, nn.History(), sections=[Breaks("a", "b")])
    assert "new" in path.read_text(encoding="utf-8") and list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileNotFoundError, match="no folder"):
        report(tmp_path / "missing" / "run.html", nn.History())


def test_wrong_use_is_told(tmp_path: Path) -> None:
    x, y = moons(20)
    model, path = nn.MLP(2, [3], 2), tmp_path / "run.html"
    for args, kwargs, message in (
        ((None, (x, y)), {}, "validation needs the model"),
        ((model, x), {}, r"a pair \(x, y\)"),
        ((model, (x, y[:3])), {}, "20 examples and 3 labels"),
        ((model, (x, y)), {"classes": ["a"]}, "names 1 classes where there are 2"),
        ((model, (x, y)), {"image_shape": (3, 3)}, "of 2 numbers"),
        ((model, (x, y)), {"task": "guess"}, "task is one of"),
        ((model, (x, y + 5)), {}, "classes run from 5 to 6 where the model has 2 outputs"),
        ((model, (x, y / 3)), {}, "should be integers"),
    ):
        with pytest.raises(ValueError, match=message):
            report(path, nn.History(), *args, **kwargs)
    assert not path.exists()


def test_a_single_output_is_a_class_or_a_number() -> None:
    x, y = moons(40)
    model = nn.Linear(2, 1, rng=0)
    assert gather(model, (x, y)).task == "classes"
    assert gather(model, (x, y.astype(float))).task == "quantities"
    assert gather(model, (x, y.astype(float)), accuracy=True).task == "classes"
    signs = gather(model, (x, 2 * y - 1))
    assert signs.task == "classes" and set(signs.truth) == {0, 1}
    z = nn.predict(model, x)[:, 0]
    assert signs.probabilities is not None
    np.testing.assert_allclose(signs.probabilities[:, 1], 1 / (1 + np.exp(-z)), rtol=1e-6)
    squashed = gather(nn.Sequential(model, nn.Sigmoid()), (x, y))
    np.testing.assert_allclose(squashed.probabilities, signs.probabilities, rtol=1e-6)
    assert gather(nn.Linear(2, 2), (x, np.eye(2)[y])).task == "classes"


def test_png_files_can_be_read_back() -> None:
    for shape in ((3, 5), (3, 5, 3), (3, 5, 4)):
        pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        data, parts = encode(pixels), {}
        place = 8
        while place < len(data):
            (length,) = struct.unpack(">I", data[place : place + 4])
            kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
            assert struct.unpack(">I", data[place + 8 + length :][:4])[0] == zlib.crc32(kind + body)
            parts[kind] = body
            place += 12 + length
        assert struct.unpack(">II", parts[b"IHDR"][:8]) == (5, 3)
        rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), dtype=np.uint8).reshape(3, -1)
        assert (rows[:, 0] == 0).all() and (rows[:, 1:].reshape(shape) == pixels).all()


def test_axes_have_round_ticks_inside() -> None:
    assert Axis(0, 1, 0, 100).ticks() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert Axis(1, 12, 0, 100, whole=True).ticks(6) == [2, 4, 6, 8, 10, 12]
    assert Axis(1e-4, 1, 0, 100, log=True).ticks() == [1e-4, 1e-3, 1e-2, 1e-1, 1]
    assert Axis(1e-4, 1, 0, 100, log=True)(1e-2) == 50
    for low, high, log in ((5, 5, False), (0, 0, False), (3, 3, True), (1e-9, 1e9, True)):
        axis = Axis(low, high, 0, 100, log=log)
        assert 1 <= len(axis.ticks()) <= 8
        assert all(0 <= axis(t) <= 100 for t in axis.ticks())


def test_lines_break_where_there_is_no_number_and_keep_their_peaks() -> None:
    chart = line_chart("t", [Line("a", [1.0, 2.0, None, 3.0, float("nan"), 4.0, 5.0])])
    assert chart.count('<path d="M') - chart.count("H350") - chart.count("v4") == 2
    assert chart.count("<circle") == 1
    long = [0.0] * 5000
    long[1234] = 1.0
    (d,) = re.findall(r'd="(M[^"]+)" fill="none"', line_chart("t", [Line("a", long)]))
    ys = [float(p.split()[1]) for p in d[1:].split("L")]
    assert len(ys) <= 420 and min(ys) < 0.2 * max(ys)
    assert line_chart("t", [Line("a", [None, None])]) == ""
    assert heat_map("t", {"a": [None, None]}) == ""


def test_numbers_in_words() -> None:
    texts = [number(x) for x in (0, 1234.5, -0.012345, 1e-7, 12, 3.14159, float("inf"))]
    assert texts == ["0", "1,234", "−0.0123", "1·10⁻⁷", "12", "3.14", "infinite"]
    assert [percent(x) for x in (0, 1, 0.5, 0.9999, 0.0001)] == [
        "0 %", "100 %", "50.0 %", "> 99.9 %", "< 0.1 %",
    ]  # fmt: skip
