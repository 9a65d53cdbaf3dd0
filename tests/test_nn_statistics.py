"""Statistics of a training run against the same numbers worked out by hand."""

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import no_grad
from nn.layers.conv import Conv1d, Conv2d
from nn.layers.recurrent import LSTM
from nn.statistics import Statistics


def data(n: int = 24, features: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, features))
    return x, (x[:, 0] > 0).astype(np.int64)


def model(activation: str = "relu") -> nn.MLP:
    return nn.MLP(3, [5, 4], 2, activation=activation, dtype=np.float64, rng=1)


class ByHand(nn.Callback):
    """Keeps copies of weights and gradients around each step."""

    def on_start(self, progress: nn.Progress) -> None:
        self.weights = [{k: p.numpy() for k, p in progress.model.named_parameters()}]
        self.grads: list[dict[str, np.ndarray]] = []

    def on_step_end(self, progress: nn.Progress) -> None:
        named = list(progress.model.named_parameters())
        self.weights.append({k: p.numpy() for k, p in named})
        self.grads.append({k: np.array(p.grad) for k, p in named})


def test_gradients_and_updates_are_means_over_the_looks_of_each_epoch() -> None:
    watch, hand = Statistics(every=2), ByHand()
    net = model()
    nn.fit(net, *data(), epochs=2, batch_size=4, callbacks=[watch, hand], seed=0)
    looks = ([0, 2, 4], [6, 8, 10])  # steps counted from 0: six in an epoch
    assert watch.looks == 6 and watch.epochs == [1, 2]
    for name in hand.grads[0]:
        for epoch, steps in enumerate(looks):
            g = [hand.grads[t][name] for t in steps]
            of = watch.gradients[name]
            assert of["norm"][epoch] == pytest.approx(np.mean([np.linalg.norm(v) for v in g]))
            assert of["mean"][epoch] == pytest.approx(np.mean([v.mean() for v in g]))
            assert of["std"][epoch] == pytest.approx(np.mean([v.std() for v in g]))
            assert of["zeros"][epoch] == pytest.approx(np.mean([(v == 0).mean() for v in g]))
            before, after = hand.weights, hand.weights[1:]
            ratios = [
                np.linalg.norm(after[t][name] - before[t][name]) / np.linalg.norm(before[t][name])
                for t in steps
            ]
            assert watch.updates[name][epoch] == pytest.approx(np.mean(ratios))


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_activations_are_those_of_the_forward_pass(activation: str) -> None:
    x, y = data()
    watch = Statistics(every=1)
    net = model(activation)
    with no_grad():
        net[0].weight.data[...] *= 20  # saturates a share of the units
    start = copy.deepcopy(net)
    nn.fit(net, x, y, epochs=1, batch_size=len(x), shuffle=False, callbacks=[watch])
    with no_grad():
        out = start[1](start[0](nn.layers.Flatten()(np.asarray(x)))).numpy()
    of = {name: series[0] for name, series in watch.activations["1"].items()}
    assert watch.kinds["1"] == type(net[1]).__name__ and set(watch.activations) == set("01234")
    assert of["mean"] == pytest.approx(out.mean()) and of["std"] == pytest.approx(out.std())
    assert of["zeros"] == pytest.approx((out == 0).mean())
    for q in (5, 25, 50, 75, 95):
        assert of[f"q{q}"] == pytest.approx(np.quantile(out, q / 100))
    assert of["units"] == 5 and of["dead"] == (out == 0).all(axis=0).sum()
    slope = {"tanh": 1 - out**2, "sigmoid": 4 * out * (1 - out)}.get(activation)
    if slope is None:
        assert "saturated" not in of and 0 < of["zeros"] < 1
    else:
        assert of["saturated"] == pytest.approx((slope < 0.05).mean()) and of["saturated"] > 0.1


def test_a_unit_is_dead_only_if_silent_in_every_look_of_the_epoch() -> None:
    net = nn.Sequential(nn.Linear(2, 3, dtype=float), nn.ReLU(), nn.Linear(3, 1, dtype=float))
    net[0].load_state_dict({"weight": [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], "bias": [0, 0, -1]})
    x = np.array([[1.0, -1.0], [-1.0, 1.0]])  # one of the units in turn; the third never
    watch = Statistics(every=1)
    optimizer = nn.optim.SGD(net.parameters(), lr=1e-9)
    nn.fit(
        net, x, np.zeros((2, 1)), loss="mse", optimizer=optimizer, epochs=3, batch_size=1,
        shuffle=False, callbacks=[watch],
    )  # fmt: skip
    assert watch.activations["1"]["dead"] == [1, 1, 1]
    assert watch.activations["1"]["zeros"] == pytest.approx([2 / 3] * 3)


def test_channels_are_the_units_of_a_convolution() -> None:
    rng = np.random.default_rng(0)
    plane = nn.Sequential(Conv2d(1, 4, 3), nn.ReLU())
    line = nn.Sequential(Conv1d(1, 4, 3), nn.ReLU())
    for net, x in ((plane, rng.normal(size=(6, 1, 7, 7))), (line, rng.normal(size=(6, 1, 9)))):
        with no_grad():
            net[0].bias.data[...] = [0, -100, 0, -100]
        figures = Statistics().look_at(net, x.astype(np.float32))
        assert (figures["1"]["units"], figures["1"]["dead"]) == (4, 2)
    series = Statistics().look_at(nn.Sequential(nn.ReLU()), -np.ones((6, 9, 2)))
    assert (series["0"]["units"], series["0"]["dead"]) == (2, 2)


def test_one_activation_used_for_several_layers_is_told_apart() -> None:
    net = nn.MLP(3, [5, 4], 2, activation=nn.ReLU(), rng=0)
    watch = Statistics(every=1)
    nn.fit(net, *data(), epochs=2, callbacks=[watch])
    units = {name: of["units"][-1] for name, of in watch.activations.items()}
    assert units == {"0": 5, "1": 5, "2": 4, "1 (call 2)": 4, "4": 2}


def test_only_named_layers_and_unknown_names() -> None:
    watch = Statistics(every=1, layers=["1"])
    nn.fit(model(), *data(), epochs=1, callbacks=[watch])
    assert list(watch.activations) == ["1"] and len(watch.gradients) == 6
    with pytest.raises(ValueError, match=r"no module called '9'; there are '0', '1'"):
        nn.fit(model(), *data(), epochs=1, callbacks=[Statistics(layers=["9"])])
    with pytest.raises(ValueError, match="every is 1 or more"):
        Statistics(every=0)
    with pytest.raises(TypeError, match="list of names"):
        Statistics(layers="relu")


def test_dropout_a_recurrent_net_and_a_zero_weight() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            self.rnn, self.drop, self.out = (
                LSTM(3, 4, batch_first=True),
                nn.Dropout(0.5),
                nn.Linear(4, 2),
            )

        def forward(self, x: Any) -> Any:
            return self.out(self.drop(self.rnn(x)[0])[:, -1])

    net = Net()
    with no_grad():
        net.out.bias.data[...] = 0
    watch = Statistics(every=1)
    x, y = data()
    nn.fit(
        net, x.reshape(-1, 1, 3).repeat(5, axis=1), y, epochs=2, batch_size=24, callbacks=[watch]
    )
    assert set(watch.activations) == {"rnn", "out"}
    assert watch.activations["rnn"]["units"] == [4, 4]
    # The first step starts from zero, so there is nothing to compare it with.
    assert watch.updates["out.bias"][0] is None and watch.updates["out.bias"][1] > 0


def test_nothing_of_the_run_is_kept() -> None:
    watch = Statistics(every=3)
    net = model()
    hooked = []

    class Count(nn.Callback):
        def on_step_end(self, progress: nn.Progress) -> None:
            hooked.append(sum(len(m._forward_hooks) for m in net.modules()))

    nn.fit(net, *data(), epochs=2, batch_size=4, callbacks=[watch, Count()], validation=data())
    assert [n > 0 for n in hooked] == [step % 3 == 0 for step in range(1, 13)]
    assert not any(m._forward_hooks for m in net.modules())
    twin = pickle.loads(pickle.dumps(watch))
    assert twin.to_dict() == watch.to_dict() == copy.deepcopy(watch).to_dict()
    assert len(pickle.dumps(watch)) < 20_000
    again = Statistics.from_dict(json.loads(json.dumps(watch.to_dict())))
    assert again.to_dict() == watch.to_dict()
    assert watch.seconds > 0 and "4 looks" in repr(watch)


def test_a_failed_run_leaves_hooks_for_one_pass_at_most() -> None:
    net = model()
    x, y = data()

    class Interrupted(nn.Module):
        fails = False

        def forward(self, x: Any) -> Any:
            if self.training and self.fails:
                raise RuntimeError("killed")
            return x

    broken = nn.Sequential(net, Interrupted())

    def soon(progress: nn.Progress) -> None:
        broken[1].fails = True

    with pytest.raises(RuntimeError, match="killed"):
        nn.fit(broken, x, y, epochs=5, callbacks=[Statistics(every=1), soon])
    broken[1].fails = False
    broken.train()(x)
    assert not any(m._forward_hooks for m in broken.modules())


def test_the_held_out_data_and_a_second_run_do_not_count() -> None:
    watch = Statistics(every=1)
    x, y = data()
    nn.fit(model(), x, y, epochs=2, seed=0, callbacks=[watch])
    alone = watch.to_dict()
    nn.fit(model(), x, y, epochs=2, seed=0, callbacks=[watch], validation=(x * 1e6, y))
    for name in ("epochs", "activations", "gradients", "updates", "looks"):
        assert watch.to_dict()[name] == alone[name], name


@pytest.mark.parametrize("stop", [3, 4, 6, 7])
def test_a_resumed_run_has_the_statistics_of_an_unbroken_one(tmp_path: Path, stop: int) -> None:
    class Break(nn.Callback):
        def __init__(self, at: int) -> None:
            self.at = at

        def on_step_end(self, progress: nn.Progress) -> None:
            if progress.step == self.at:
                raise RuntimeError("killed")

    def run(folder: Path, at: int) -> Statistics:
        watch = Statistics(every=2)
        from nn.checkpoint import Checkpoint

        nn.fit(
            model(), *data(), epochs=3, batch_size=4, seed=0, callbacks=[watch, Break(at)],
            checkpoint=Checkpoint(folder, every_steps=1),
        )  # fmt: skip
        return watch

    whole = run(tmp_path / "whole", -1).to_dict()
    with pytest.raises(RuntimeError, match="killed"):
        run(tmp_path / "broken", stop + 1)
    resumed = run(tmp_path / "broken", -1).to_dict()
    for name in ("epochs", "kinds", "activations", "gradients", "updates", "looks"):
        assert resumed[name] == whole[name], name


def test_statistics_do_not_change_the_run() -> None:
    states = []
    for callbacks in ([], [Statistics(every=1)]):
        net = nn.MLP(3, [8], 2, dropout=0.3, rng=0)
        nn.fit(net, *data(), epochs=3, seed=0, callbacks=callbacks)
        states.append(net.state_dict())
    assert all((states[0][k] == states[1][k]).all() for k in states[0])


def test_an_optimizer_that_looks_several_times_is_noted_once_a_step() -> None:
    watch = Statistics(every=1)
    net = model("tanh")
    x, y = data()
    nn.fit(net, x, y, epochs=2, batch_size=24, optimizer="lbfgs", callbacks=[watch])
    assert watch.looks == 2 and set(watch.activations) == set("01234")
    assert all(r is not None and r > 0 for r in watch.updates["0.weight"])


def test_plot() -> None:
    figure_module = pytest.importorskip("matplotlib.figure")
    watch = Statistics(every=1)
    with pytest.raises(ValueError, match="nothing to plot"):
        watch.plot()
    nn.fit(model("tanh"), *data(), epochs=3, callbacks=[watch])
    figure = watch.plot()
    assert isinstance(figure, figure_module.Figure)
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert {"0 (Linear)", "1 (Tanh)", "4 (Linear)", "dead units and saturated outputs"} <= set(
        panels
    )
    (flow,) = panels["gradient norm, log10"].get_images()
    norms = [watch.gradients[f"{k}.weight"]["norm"] for k in (0, 2, 4)]
    np.testing.assert_allclose(flow.get_array(), np.log10(norms))
    drawn = {
        line.get_label(): list(line.get_ydata())
        for line in panels["step / weight, norms"].get_lines()
    }
    assert drawn["0.weight"] == watch.updates["0.weight"]
    figure.canvas.draw()
