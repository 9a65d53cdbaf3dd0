"""Gradient flow over training: what is recorded, against the same numbers worked out by hand."""

import copy
import json
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, no_grad
from autograd.viz.flowing import FlowRecorder, flow
from autograd.viz.flowing.measures import GRADIENTS, OUTPUTS, histogram, norm, ordered


def data(n: int = 24, features: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, features))
    return x, (x[:, 0] > 0).astype(np.int64)


def small(activation: str = "tanh") -> nn.MLP:
    return nn.MLP(3, [5, 4], 2, activation=activation, dtype=np.float64, rng=1)


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    d = nn.data.load_digits()
    return (d.x.reshape(len(d.x), -1) / 16).astype(np.float32), d.y


def deep(bend: Any, start: Any) -> nn.Sequential:
    rng = np.random.default_rng(0)
    layers: list[Any] = []
    for k in range(10):
        layers += [nn.Linear(64 if k == 0 else 32, 32, rng=rng), bend()]
        start(layers[-2].weight, rng=rng)
    return nn.Sequential(*layers, nn.Linear(32, 10, rng=rng))


def trained(model: Any, digits: Any, **options: Any) -> FlowRecorder:
    recorder = FlowRecorder(model, options.pop("every", 10))
    settings = {"epochs": 4, "batch_size": 32, "seed": 0, **options}
    nn.fit(model, *digits, callbacks=[recorder], **settings)
    return recorder


def kinds(recorder: FlowRecorder) -> set[str]:
    return {flag.kind for flag in recorder.flags()}


# What is recorded ---------------------------------------------------------------------------------


def test_every_number_is_that_of_the_step() -> None:
    x, y = data()
    model = small()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.5)
    recorder = FlowRecorder(model, 2)
    for step in range(4):
        outs: list[Any] = []
        handles = [
            m.register_forward_hook(lambda m, a, o, outs=outs: outs.append(o)) for m in model
        ]
        before = model.state_dict()
        loss = nn.losses.cross_entropy(model(x), y)
        for handle in handles:
            handle.remove()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recorder.step(loss)
        if step % 2:
            continue
        record = recorder.records[-1]
        assert record.step == step and record.loss == loss.item()
        assert list(record.layers) == list("01234")
        for out, look in zip(outs, record.layers.values(), strict=True):
            array = out.numpy()
            assert look["mean"] == pytest.approx(array.mean())
            assert look["std"] == pytest.approx(array.std())
            assert look["grad"] == pytest.approx(np.linalg.norm(out.grad))
            assert (look["units"], look["dead"]) == (array.shape[1], 0)
            np.testing.assert_array_equal(look["outputs"], counted(array, OUTPUTS))
            np.testing.assert_array_equal(look["grads"], counted(out.grad, GRADIENTS))
        for name, p in model.named_parameters():
            look, size = record.parameters[name], np.linalg.norm(before[name])
            assert look["grad"] == pytest.approx(np.linalg.norm(p.grad))
            assert look["value"] == pytest.approx(size)
            if size:
                moved = np.linalg.norm(p.numpy() - before[name])
                assert look["ratio"] == pytest.approx(moved / size)
            else:
                assert "ratio" not in look
        both = [np.linalg.norm(model[0].weight.grad), np.linalg.norm(model[0].bias.grad)]
        assert recorder.series().gradients("0")[-1] == pytest.approx(np.hypot(*both))
    assert [record.step for record in recorder.records] == [0, 2]
    assert recorder.series().output("1", "saturated")[0] < 0.1


def counted(array: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.histogram(array, np.concatenate([[-np.inf], edges, [np.inf]]))[0]


def test_a_histogram_leaves_out_what_is_not_finite() -> None:
    sample = ordered(np.array([np.nan, 5.0, -np.inf, 0.0, np.inf, -5.0, np.nan]))
    assert histogram(sample, np.array([-1.0, 1.0])).tolist() == [1, 1, 1]
    nothing = ordered(np.array([np.nan, np.inf, -np.inf]))
    assert histogram(nothing, np.array([-1.0, 1.0])).tolist() == [0, 0, 0]


def test_norms_of_float32_neither_overflow_nor_underflow() -> None:
    for n in (10, 20_000):
        for size in (1e-30, 1e30):
            array = np.full(n, size, dtype=np.float32)
            with np.errstate(over="ignore"):
                found = norm(array)
            assert found == pytest.approx(size * n**0.5)


def test_through_fit_it_records_what_it_does_by_hand() -> None:
    x, y = data()
    one, two = small(), small()
    by_fit, by_hand = FlowRecorder(one, 2), FlowRecorder(two, 2)
    nn.fit(one, x, y, epochs=2, batch_size=8, shuffle=False, optimizer="sgd", lr=0.1,
           callbacks=[by_fit])  # fmt: skip
    optimizer = nn.optim.SGD(two.parameters(), lr=0.1)
    for step in range(6):
        rows = slice(step % 3 * 8, step % 3 * 8 + 8)
        loss = nn.losses.cross_entropy(two(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        by_hand.step(loss)
    a, b = by_fit.to_dict(), by_hand.to_dict()
    assert a["records"] == b["records"] and len(a["records"]) == 3 and a["steps"] == 6


def test_recording_changes_nothing_and_leaves_nothing() -> None:
    states = []
    for callbacks in ([], [FlowRecorder(every=1)]):
        net = nn.MLP(3, [8], 2, dropout=0.3, rng=0)
        nn.fit(net, *data(), epochs=3, seed=0, callbacks=callbacks)
        assert not any(m._forward_hooks for m in net.modules())
        states.append(net.state_dict())
    assert all((states[0][k] == states[1][k]).all() for k in states[0])
    model = small()
    with FlowRecorder(model) as recorder:
        assert any(m._forward_hooks for m in model.modules())
    assert not any(m._forward_hooks for m in model.modules()) and not recorder.records


def test_evaluation_and_weights_loaded_later_do_not_count() -> None:
    x, y = data()
    model = small()
    recorder = FlowRecorder(model, 1)
    model.load_state_dict({name: 3 * a for name, a in model.state_dict().items()})
    start = model.state_dict()
    with no_grad():
        model(100 * x)
    model.eval()(100 * x)
    model.train()
    mean = model[0](x).numpy().mean()
    recorder._arm()
    nn.losses.cross_entropy(model(x), y).backward()
    recorder.step()
    (record,) = recorder.records
    assert record.layers["0"]["mean"] == pytest.approx(mean) and record.loss is None
    assert record.parameters["0.weight"]["value"] == pytest.approx(
        np.linalg.norm(start["0.weight"])
    )


def test_memory_is_bounded_and_the_whole_run_stays_covered() -> None:
    x, y = data()
    model = small()
    recorder = FlowRecorder(model, 3, keep=8)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(200):
        loss = nn.losses.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recorder.step(loss)
        assert len(recorder.records) <= 8
    assert recorder.interval == 48
    assert [r.step for r in recorder.records] == [0, 48, 96, 144, 192]
    assert len(pickle.dumps(recorder)) < 5 * 5 * 1500


def test_a_scalar_network_is_recorded_by_layer_and_played_by_number() -> None:
    model = nn.scalar.MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    recorder = FlowRecorder(model, 1)
    for _ in range(2):
        loss = (model([1.0, -2.0]) - 1.0) ** 2
        for p in model.parameters():
            p.grad = 0.0
        loss.backward()
        grads = {p.label: p.grad for p in model.parameters()}
        values = {p.label: p.data for p in model.parameters()}
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        recorder.step(loss)
        frame = recorder.frames()[-1]
        assert frame["grad"] == grads and frame["value"] == values and frame["loss"] == loss.data
    series = recorder.series()
    assert series.layers == ["l0", "l1"] and set(series.ratios()) == {"l0.weight", "l1.weight"}
    first = np.linalg.norm([g for name, g in grads.items() if name.startswith("l0.")])
    assert series.gradients("l0")[-1] == pytest.approx(first)
    weights = [name for name in values if name.startswith("l0.") and ".w" in name]
    ratio = 0.1 * np.linalg.norm([grads[n] for n in weights])
    assert series.ratios()["l0.weight"][-1] == pytest.approx(
        ratio / np.linalg.norm([values[n] for n in weights])
    )


def test_frames_hold_small_parameters_whole_and_norms_of_large_ones() -> None:
    model = nn.MLP(3, [6], 2, dtype=float, rng=0)
    recorder = FlowRecorder(model, 1)
    x, y = data()
    nn.losses.cross_entropy(model(x), y).backward()
    recorder.step()
    (frame,) = recorder.frames()
    np.testing.assert_array_equal(frame["grad"]["2.weight"], model[2].weight.grad)
    np.testing.assert_array_equal(frame["value"]["0.bias"], model[0].bias.data)
    assert frame["grad"]["0.weight"]["norm"] == pytest.approx(np.linalg.norm(model[0].weight.grad))
    assert (frame["step"], frame["loss"]) == (0, None)
    json.dumps(recorder.frames())


def test_any_library_with_modules_hooks_and_parameters_will_do() -> None:
    class Layer:
        """A module of no library, with hooks and names as PyTorch has them."""

        def __init__(self) -> None:
            self.w = Tensor(np.eye(2), requires_grad=True)
            self.hooks: list[Any] = []

        def named_modules(self) -> Any:
            return [("", self)]

        def named_parameters(self) -> Any:
            return [("w", self.w)]

        def register_forward_hook(self, hook: Any) -> Any:
            self.hooks.append(hook)
            owner = self

            class Handle:
                def remove(self) -> None:
                    owner.hooks.remove(hook)

            return Handle()

        def __call__(self, x: Any) -> Any:
            out = x @ self.w
            for hook in list(self.hooks):
                hook(self, (x,), out)
            return out

    layer = Layer()
    recorder = FlowRecorder(layer, 1)
    layer(np.ones((3, 2))).sum().backward()
    recorder.step(1.5)
    recorder.close()
    (record,) = recorder.records
    assert record.layers[""]["grad"] == pytest.approx(6**0.5) and not layer.hooks
    assert record.parameters["w"]["grad"] == pytest.approx(6.0)
    with pytest.raises(TypeError, match=r"named_parameters\(\) or parameters\(\); got"):
        FlowRecorder([1.0])


def test_state_goes_through_json_with_infinities() -> None:
    x, y = data()
    model = small()
    recorder = FlowRecorder(model, 1)
    with no_grad(), np.errstate(all="ignore"):
        model[0].weight.data[0, 0] = np.inf
    with np.errstate(all="ignore"):
        loss = nn.losses.cross_entropy(model(x), y)
        loss.backward()
    recorder.step(loss)
    text = json.dumps(recorder.to_dict(), allow_nan=False)
    again = FlowRecorder.from_dict(json.loads(text))
    assert json.dumps(again.to_dict(), allow_nan=False) == text
    (flag,) = (f for f in again.flags() if f.kind == "non-finite")
    assert flag.layer == "0" and "0 Linear is NaN or infinite at step 0" in flag.text
    assert pickle.loads(pickle.dumps(recorder)).to_dict() == recorder.to_dict()
    assert copy.deepcopy(recorder).to_dict() == recorder.to_dict()
    with pytest.raises(ValueError, match="version 9"):
        FlowRecorder.from_dict({**recorder.to_dict(), "version": 9})


@pytest.mark.parametrize("stop", [3, 4, 6])
def test_a_resumed_run_has_the_records_of_an_unbroken_one(tmp_path: Path, stop: int) -> None:
    class Break(nn.Callback):
        def __init__(self, at: int) -> None:
            self.at = at

        def on_step_end(self, progress: nn.Progress) -> None:
            if progress.step == self.at:
                raise RuntimeError("killed")

    def run(folder: Path, at: int) -> dict[str, Any]:
        model = small()
        recorder = FlowRecorder(model, 2)
        nn.fit(
            model, *data(), epochs=3, batch_size=4, seed=0, callbacks=[recorder, Break(at)],
            checkpoint=nn.Checkpoint(folder, every_steps=1),
        )  # fmt: skip
        return recorder.to_dict()

    whole = run(tmp_path / "whole", -1)
    with pytest.raises(RuntimeError, match="killed"):
        run(tmp_path / "broken", stop + 1)
    resumed = run(tmp_path / "broken", -1)
    assert resumed["records"] == whole["records"] and len(whole["records"]) == 9


def test_mistakes_are_told() -> None:
    with pytest.raises(ValueError, match="every is a whole number of at least 1, got 0"):
        FlowRecorder(small(), 0)
    with pytest.raises(RuntimeError, match=r"FlowRecorder\(model\)"):
        FlowRecorder().step()
    with pytest.raises(ValueError, match="watches another model"):
        nn.fit(small(), *data(), callbacks=[FlowRecorder(small())])
    with pytest.raises(TypeError, match=r"is a class: make a callback of it with FlowRecorder"):
        nn.fit(small(), *data(), callbacks=[FlowRecorder])
    with pytest.raises(TypeError, match=r"a callback is an nn\.Callback, a function, or"):
        nn.fit(small(), *data(), callbacks=[3])
    with pytest.raises(ValueError, match="before the first record"):
        FlowRecorder(small()).plot()
    assert "nothing was recorded" in FlowRecorder(small()).report()


def test_any_object_with_the_methods_of_a_callback_is_one() -> None:
    class Notes:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def on_step_end(self, progress: Any) -> None:
            self.heard.append(f"step {progress.step}")

        def close(self) -> None:
            self.heard.append("closed")

    notes = Notes()
    nn.fit(small(), *data(), epochs=1, batch_size=12, callbacks=[notes])
    assert notes.heard == ["step 1", "step 2", "closed"]


# What it says -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "options"),
    [
        ("relu", {}),
        ("relu", {"lr": 0.01, "epochs": 8}),
        ("relu", {"optimizer": "sgd", "lr": 0.1}),
        ("relu", {"optimizer": "sgd", "lr": 0.001}),
        ("tanh", {"epochs": 10}),
        ("sigmoid", {}),
    ],
)
def test_a_healthy_network_raises_no_flag(digits: Any, activation: str, options: Any) -> None:
    model = nn.MLP(64, (64, 32), 10, activation=activation, rng=0)
    recorder = trained(model, digits, **options)
    assert recorder.flags() == [], recorder.report()
    assert recorder.report().endswith("look healthy")


def test_ten_layers_of_sigmoid_vanish_and_relu_with_he_does_not(digits: Any) -> None:
    options = {"optimizer": "sgd", "lr": 0.05, "epochs": 2}
    sigmoid = trained(deep(nn.Sigmoid, nn.init.xavier_uniform), digits, **options)
    relu = trained(deep(nn.ReLU, nn.init.kaiming_normal), digits, **options)
    (flag,) = sigmoid.flags()
    assert (flag.kind, flag.layer) == ("vanishing", "0") and "10" in flag.layers
    assert "20" not in flag.layers and "million times less" in flag.text
    assert "relu with He initialisation in place of sigmoid" in flag.cure
    assert relu.flags() == []


def test_a_learning_rate_of_ten_is_too_large(digits: Any) -> None:
    model = nn.MLP(64, (128, 64), 10, rng=0)
    recorder = trained(model, digits, optimizer="sgd", lr=10.0, epochs=2)
    assert {"too large steps", "dead"} <= kinds(recorder)
    (flag,) = (f for f in recorder.flags() if f.kind == "too large steps")
    assert "step 0 changes 4.weight by" in flag.text and "10 times lower" in flag.cure


def test_a_run_that_diverges_explodes() -> None:
    rng = np.random.default_rng(0)
    model = nn.MLP(2, [16], 1, rng=0)
    recorder = FlowRecorder(model, 1)
    with pytest.raises(FloatingPointError):
        nn.fit(model, 3 * rng.normal(size=(300, 2)), 10 * rng.normal(size=(300, 1)), loss="mse",
               optimizer="sgd", lr=1.0, seed=0, callbacks=[recorder])  # fmt: skip
    assert {"exploding", "too large steps"} <= kinds(recorder)
    text = str(recorder.flags()[0])
    assert text.startswith("exploding: the gradient of ") and "Linear grew to a norm of" in text


def test_outputs_that_grow_from_layer_to_layer_explode(digits: Any) -> None:
    model = nn.MLP(64, (32,) * 8, 10, rng=0)
    for layer in list(model)[:-1:2]:
        layer.weight.data[...] *= 10
    back = trained(model, digits, epochs=1)
    assert back.flags()[0].text.startswith("going back, the gradient grows 8,100 times")
    model[-1].weight.data[...] *= 1e-3  # the network's end, whose gradient all others are held to
    ahead = trained(model, digits, epochs=1)
    assert "exploding" in kinds(ahead) and "going forward" in ahead.report()


def test_dead_units_and_what_lies_behind_them(digits: Any) -> None:
    model = nn.MLP(64, (32, 16), 10, rng=0)
    model[0].bias.data[...] = -100
    flags = {flag.kind: flag for flag in trained(model, digits).flags()}
    assert set(flags) == {"dead", "vanishing"} and flags["dead"].layer == "1"
    assert "32 of 32 units of 1 ReLU gave nothing but zeros" in flags["dead"].text
    assert flags["vanishing"].text.startswith("no gradient at all arrives at 0 Linear, for 1 ReLU")


def test_saturated_units(digits: Any) -> None:
    model = nn.MLP(64, (32,), 10, activation="tanh", rng=0)
    model[0].weight.data[...] *= 100
    (flag,) = trained(model, digits, epochs=1).flags()
    assert (flag.kind, flag.layer) == ("saturated", "1") and "% of the outputs" in flag.text


def test_what_comes_after_a_nan_raises_no_flags_of_its_own(digits: Any) -> None:
    """NaN has no slope, so ReLUs pass nothing back: no gradient has vanished for that."""
    model = nn.MLP(64, (32, 16), 10, rng=0)
    recorder = FlowRecorder(model, 1)
    x, y = digits
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    for k in range(12):
        rows = slice(32 * k, 32 * k + 32)
        loss = nn.losses.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        if k == 3:
            model[0].weight.grad[0, 0] = np.nan
        optimizer.step()
        recorder.step(loss)
    (flag,) = recorder.flags()
    assert flag.kind == "non-finite" and flag.text.startswith("the gradient of 0.weight is NaN")
    assert "at step 3, the first such record" in flag.text


def test_a_run_that_is_broken_from_its_first_record(digits: Any) -> None:
    model = nn.MLP(64, (32,), 10, rng=0)
    model[0].weight.data[...] = np.nan
    recorder = FlowRecorder(model, 1)
    loss = nn.losses.cross_entropy(model(digits[0][:8]), digits[1][:8])
    loss.backward()
    recorder.step(loss)
    assert kinds(recorder) == {"non-finite"}


def test_units_that_die_are_told_as_the_reason_that_no_gradient_arrives(digits: Any) -> None:
    model = nn.MLP(64, (32, 16), 10, rng=0)
    model[0].bias.data[:31] = -100
    model[2].weight.data[:, 31] = 0  # nobody listens to the one that lives
    recorder = FlowRecorder(model, 1)
    for _ in range(3):
        nn.losses.cross_entropy(model(digits[0][:32]), digits[1][:32]).backward()
        recorder.step()
    flags = {flag.kind: flag for flag in recorder.flags()}
    reason = "for 97% of the units of 1 ReLU give nothing but zeros"
    assert flags["vanishing"].text == f"no gradient at all arrives at 0 Linear, {reason}"
    assert flags["vanishing"].cure == flags["dead"].cure


def test_a_saturated_recurrent_layer() -> None:
    class Last(nn.Module):
        def __init__(self, nonlinearity: str = "tanh") -> None:
            super().__init__()
            self.rnn = nn.RNN(3, 16, nonlinearity=nonlinearity, rng=0)
            self.head = nn.Linear(16, 2, rng=1)

        def forward(self, x: Any) -> Any:
            return self.head(self.rnn(x)[0][-1])

    def flags(model: Any) -> list[Any]:
        recorder = FlowRecorder(model, 1)
        optimizer = nn.optim.SGD(model.parameters(), lr=1e-2)
        x = np.random.default_rng(0).normal(size=(6, 32, 3))
        for _ in range(3):
            loss = nn.losses.cross_entropy(model(x), (x.sum((0, 2)) > 0).astype(int))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recorder.step(loss)
        return recorder.flags()

    assert flags(Last()) == []
    model = Last()
    for p in model.rnn.parameters():
        p.data[...] *= 8
    (flag,) = flags(model)
    assert (flag.kind, flag.layer) == ("saturated", "rnn")
    assert all(flag.kind != "saturated" for flag in flags(Last("relu")))


def test_steps_that_are_too_small(digits: Any) -> None:
    model = nn.MLP(64, (32,), 10, rng=0)
    recorder = trained(model, digits, optimizer="sgd", lr=1e-6, epochs=1)
    assert kinds(recorder) == {"too small steps"}
    assert "10 times higher" in recorder.report()


# Pictures -----------------------------------------------------------------------------------------


def drawn(figure: Any) -> dict[str, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def test_pictures_show_the_records() -> None:
    pytest.importorskip("matplotlib")
    model = small("sigmoid")
    recorder = FlowRecorder(model, 2)
    nn.fit(model, *data(), epochs=5, batch_size=8, callbacks=[recorder])
    series = recorder.series()
    panels = drawn(recorder.plot())
    heat = panels["gradient norm of the parameters"]
    assert [t.get_text() for t in heat.get_yticklabels()] == ["0 Linear", "2 Linear", "4 Linear"]
    norms = [series.gradients(name) for name in ("0", "2", "4")]
    np.testing.assert_allclose(heat.collections[0].get_array(), np.log10(norms))
    outputs = panels["gradient norm of the outputs"].collections[0]
    assert outputs.get_array().shape == (5, 8)
    assert {"loss", "dead units and saturated outputs", "outputs of 1 Sigmoid"} <= set(panels)
    (loss,) = panels["loss"].get_lines()
    assert list(loss.get_ydata()) == list(series.loss)
    (ratios,) = drawn(recorder.ratios()).values()
    lines = {line.get_label(): list(line.get_ydata()) for line in ratios.get_lines()}
    assert lines["0.weight"] == list(series.ratios()["0.weight"])
    tides = drawn(recorder.histograms("1"))
    assert set(tides) == {"outputs of 1 Sigmoid", "gradients of the outputs of 1 Sigmoid"}
    shares = tides["outputs of 1 Sigmoid"].collections[0].get_array()
    np.testing.assert_allclose((shares**2).sum(axis=0), 1)
    assert "gradient norm of the outputs" in drawn(recorder.heatmap("outputs"))
    with pytest.raises(ValueError, match=r"no layer '9' was recorded; there are '0', '1'"):
        recorder.histograms("9")


def test_runs_side_by_side_share_a_colour_scale() -> None:
    pytest.importorskip("matplotlib")
    runs = []
    for lr in (0.001, 0.1):
        model = small()
        runs.append(FlowRecorder(model, 2))
        nn.fit(model, *data(), lr=lr, epochs=3, batch_size=8, callbacks=[runs[-1]])
    figure = flow(runs, labels=["slow $x$", "fast"])
    drawn(figure)
    heats = [
        axes for axes in figure.axes if axes.get_title(loc="left").startswith(("slow", "fast"))
    ]
    assert len({axes.collections[0].get_clim() for axes in heats}) == 1 and len(heats) == 2
    assert drawn(flow(runs[0])).keys() == drawn(runs[0].plot()).keys()
    with pytest.raises(ValueError, match="2 runs need a label each, got 1"):
        flow(runs, labels=["one"])
    with pytest.raises(TypeError, match="flow draws a FlowRecorder"):
        flow([model])  # type: ignore[list-item]


@pytest.mark.filterwarnings("error")
def test_odd_records_are_drawn_and_marked() -> None:
    pytest.importorskip("matplotlib")
    recorder = FlowRecorder(nn.MLP(2, [3], 1, rng=0), 1)
    model = recorder._probe.model  # type: ignore[union-attr]
    model[0].bias.data[...] = -100  # no gradient in layer 0
    with np.errstate(all="ignore"):
        for x in (1.0, np.nan):
            model.zero_grad()
            loss = model(np.full((4, 2), x)).sum()
            loss.backward()
            recorder.step(loss)
    drawn(recorder.plot())
    heat = drawn(recorder.heatmap())["gradient norm of the parameters"]
    (note,) = (t.get_text() for t in heat.texts)
    assert note == "grey: exactly 0, red ×: not finite"
    assert "non-finite" in kinds(recorder)
    bare = FlowRecorder(nn.scalar.MLP(2, [2, 1]), 1, histograms=False)
    bare.step()
    assert "gradient norm of the parameters" in drawn(bare.plot())
