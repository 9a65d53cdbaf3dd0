"""The training loop on small problems, and every way to start it wrong."""

import io
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn

ROOT = Path(__file__).resolve().parent.parent
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


def moons(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    t = rng.uniform(0, np.pi, n)
    y = np.arange(n) % 2
    x = np.where(y[:, None], np.stack([1 - np.cos(t), 0.5 - np.sin(t)], 1),
                 np.stack([np.cos(t), np.sin(t)], 1))  # fmt: skip
    return x + rng.normal(0, 0.08, x.shape), y


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_xor_is_learnt(activation: str) -> None:
    model = nn.MLP(2, [8], 2, activation=activation, rng=1)
    history = nn.fit(model, *XOR, lr=0.05, epochs=400, batch_size=4, seed=0)
    assert history[-1]["accuracy"] == 1
    assert nn.predict_classes(model, XOR[0]).tolist() == [0, 1, 1, 0]


def test_moons_are_learnt_and_measured() -> None:
    x, y = moons()
    model = nn.MLP(2, [16, 16], 2, rng=0)
    history = nn.fit(
        model, x[:150], y[:150], lr=0.02, epochs=40, batch_size=25,
        validation=(x[150:], y[150:]), seed=0,
    )  # fmt: skip
    assert history.names == ["loss", "accuracy", "val_loss", "val_accuracy", "lr", "seconds"]
    assert len(history) == 40 and len(history["loss"]) == 40
    assert history["val_accuracy"][-1] > 0.95
    measured = nn.evaluate(model, x[150:], y[150:])
    assert measured["loss"] == pytest.approx(history[-1]["val_loss"])
    p = nn.predict_proba(model, x)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert model.training


def test_a_single_logit_and_a_regression() -> None:
    x, y = moons(80)
    model = nn.MLP(2, [8], 1, rng=0)
    history = nn.fit(
        model,
        x,
        y[:, None],
        loss="binary_cross_entropy_with_logits",
        lr=0.05,
        epochs=40,
        batch_size=20,
        seed=0,
    )
    assert history[-1]["accuracy"] > 0.9
    assert nn.predict_proba(model, x).shape == (80, 1)
    assert set(nn.predict_classes(model, x).ravel()) == {0, 1}
    line = nn.Linear(2, 1, rng=0)
    target = x @ [[2.0], [-1.0]] + 0.5
    history = nn.fit(line, x, target, loss="mse", optimizer="sgd", lr=0.1, epochs=60, batch_size=8)
    assert history.names == ["loss", "lr", "seconds"]
    np.testing.assert_allclose(line.weight.numpy(), [[2, -1]], atol=1e-2)


def test_a_seed_repeats_the_run() -> None:
    def run(seed: int) -> list[float]:
        model = nn.MLP(2, [8], 2, dropout=0.3, rng=0)
        return nn.fit(model, *moons(60), epochs=3, seed=seed)["loss"]  # type: ignore[return-value]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_callbacks_see_steps_and_can_stop() -> None:
    class Watch(nn.Callback):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def on_start(self, progress: nn.Progress) -> None:
            self.seen.append("start")

        def on_step_end(self, progress: nn.Progress) -> None:
            assert all(p.grad is not None for p in progress.model.parameters())
            self.seen.append(progress.step)

        def on_end(self, progress: nn.Progress) -> None:
            self.seen.append("end")

    def stop(progress: nn.Progress) -> None:
        progress.stop = progress.epoch == 2

    watch = Watch()
    model = nn.MLP(2, [4], 2, rng=0)
    history = nn.fit(model, *moons(40), epochs=9, batch_size=20, callbacks=[watch, stop])
    assert len(history) == 2
    assert watch.seen == ["start", 1, 2, 3, 4, "end"]
    assert history.stopped == "a callback stopped it"


def test_progress_is_quiet_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    nn.fit(nn.Linear(2, 2), *moons(20), epochs=1, batch_size=5)
    assert capsys.readouterr() == ("", "")


def test_progress_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tqdm")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    nn.fit(nn.Linear(2, 2), *moons(20), epochs=2, batch_size=5)
    assert "epoch 2/2" in terminal.getvalue() and "acc " in terminal.getvalue()


X, Y = np.zeros((8, 3)), np.arange(8) % 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.where(np.eye(8, 3), np.nan, 0)}, r"data: 3 of 24 .*first \(nan\) at \[0, 0"),
        ({"x": np.full((8, 3), np.inf)}, "not finite"),
        ({"x": X[:0], "y": Y[:0]}, "training dataset is empty"),
        ({"batch_size": 9}, "from 1 to the number of examples, 8; got 9"),
        ({"batch_size": 0}, "batch_size"),
        ({"epochs": 0}, "epochs is 1 or more"),
        ({"y": Y + 1}, "labels run from 1 to 2, but logits .* 2 classes 0 to 1"),
        ({"y": np.eye(2, dtype=int)[Y]}, "one-hot"),
        ({"y": Y[:5]}, "8 examples and labels of shape"),
        ({"x": X[:, :2]}, r"layer '0': Linear\(in_features=3"),
        ({"loss": "cross entropia"}, "[Tt]here are .*cross_entropy"),
        ({"optimizer": "adamm"}, "did you mean .adam.. There are adadelta"),
        ({"lr": -1.0}, "learning rate is a positive number"),
        ({"loss": nn.CrossEntropyLoss(reduction="none")}, r"reduce it with \.mean\(\)"),
        ({"validation": (X[:, :1], Y)}, "layer '0'"),
        ({"validation": (X, Y + 5)}, "labels run from 5 to 6"),
        ({"progress": "sometimes"}, "progress is True, False"),
        ({"validation": (X, Y, Y)}, "validation is a pair"),
        ({"validation": 1.5}, "a share between 0 and 1"),
        ({"sample_weight": [1.0, 2.0]}, r"sample_weight has shape \(2,\); .* 8 examples"),
        ({"sample_weight": -np.ones(8)}, "from 0 on"),
        ({"class_weight": {5: 1.0}}, "class_weight names 5; the labels are 0, 1"),
        ({"class_weight": "fair"}, '"balanced", not'),
        ({"loss": "mse", "y": np.eye(2)[Y], "class_weight": {0: 1.0}}, "loss of class numbers"),
        ({"scheduler": "cosinus"}, "cosine"),
        ({"clip_norm": -1.0}, "clip_norm is a positive number"),
        ({"early_stopping": 0}, "patience"),
    ],
)
def test_wrong_use_answers_at_once(change: dict[str, Any], message: str) -> None:
    model = nn.MLP(3, [4], 2, rng=0)
    before = model.state_dict()
    settings = {"x": X, "y": Y, "batch_size": 4, **change}
    with pytest.raises(ValueError, match=message):
        nn.fit(model, settings.pop("x"), settings.pop("y"), **settings)
    assert model.training
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_wrong_kinds() -> None:
    model = nn.MLP(3, [4], 2)
    with pytest.raises(TypeError, match="not numbers"):
        nn.fit(model, X.astype(str), Y)
    with pytest.raises(TypeError, match=r"np\.unique"):
        nn.fit(model, X, np.array(["a", "b"] * 4))
    with pytest.raises(TypeError, match="a callback is"):
        nn.fit(model, X, Y, batch_size=4, callbacks=[3])  # type: ignore[list-item]


def test_a_loss_that_runs_away_is_reported() -> None:
    x = np.random.default_rng(0).normal(size=(32, 3)) * 1e3
    model = nn.MLP(3, [8], 1, rng=0)
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        nn.fit(model, x, x[:, :1], loss="mse", optimizer="sgd", lr=1e3, epochs=50)


def test_fit_takes_tensors_and_an_optimizer_object() -> None:
    x, y = moons(40)
    model = nn.MLP(2, [4], 2, rng=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = nn.fit(model, ag.Tensor(x), y, optimizer=optimizer, epochs=2, batch_size=40)
    assert history["loss"][1] < history["loss"][0]  # type: ignore[index]
    nn.fit(model, x, y, optimizer=lambda ps: nn.optim.AdamW(ps, lr=0.1), epochs=1)


def test_a_held_out_share_is_of_every_class() -> None:
    x, y = moons(60)
    history = nn.fit(nn.MLP(2, [4], 2, rng=0), x, y, validation=0.25, epochs=1, seed=0)
    assert "val_accuracy" in history
    y = np.arange(60) % 2
    rows = [0.25, 0.5]
    for share in rows:
        seen: list[np.ndarray] = []
        nn.fit(
            nn.Linear(2, 2, rng=0), x, y, validation=share, epochs=1, seed=0,
            metrics=[lambda out, truth, seen=seen: seen.append(truth) or 0.0],
        )  # fmt: skip
        train, held = seen
        assert len(held) == 60 * share and len(train) == 60 - len(held)
        assert 2 * held.sum() in (len(held) - 1, len(held), len(held) + 1)


def test_weights_of_examples_are_like_repeating_them() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), np.arange(12) % 3
    counts = rng.integers(0, 4, 12)
    kind: dict[str, Any] = {"epochs": 5, "optimizer": "sgd", "lr": 0.3, "shuffle": False}
    weighted, repeated = (nn.Linear(3, 3, dtype=np.float64, rng=0) for _ in range(2))
    first = nn.fit(weighted, x, y, sample_weight=counts, batch_size=12, **kind)
    rows = np.repeat(np.arange(12), counts)
    second = nn.fit(repeated, x[rows], y[rows], batch_size=len(rows), **kind)
    np.testing.assert_allclose(weighted.weight.numpy(), repeated.weight.numpy(), rtol=1e-12)
    np.testing.assert_allclose(first["loss"], second["loss"], rtol=1e-12)
    # Weights matter: without them the answer is another one.
    plain = nn.Linear(3, 3, dtype=np.float64, rng=0)
    nn.fit(plain, x, y, batch_size=12, **kind)
    assert np.abs(plain.weight.numpy() - weighted.weight.numpy()).max() > 1e-3


def test_weights_of_classes_are_those_of_their_examples() -> None:
    x, y = moons(40)
    x, y = x[:30], np.r_[np.zeros(20, int), np.ones(10, int)]
    kind: dict[str, Any] = {"epochs": 3, "lr": 0.1, "seed": 0, "batch_size": 7}
    weights = []
    for given in (
        {"class_weight": "balanced"},
        {"class_weight": {0: 0.75, 1: 1.5}},
        {"class_weight": [0.75, 1.5]},
        {"sample_weight": np.where(y == 0, 0.75, 1.5)},
        {"sample_weight": np.full(30, 0.75), "class_weight": {1: 2.0}},
    ):
        model = nn.Linear(2, 2, dtype=np.float64, rng=0)
        nn.fit(model, x, y, **kind, **given)
        weights.append(model.weight.numpy())
    for other in weights[1:]:
        np.testing.assert_allclose(other, weights[0], rtol=1e-12)


def test_early_stopping_keeps_the_best_weights() -> None:
    x, y = moons(80)
    rng = np.random.default_rng(3)
    y = np.where(rng.random(80) < 0.3, 1 - y, y)  # something to over-fit
    model = nn.MLP(2, [32], 2, rng=0)
    history = nn.fit(
        model, x[:40], y[:40], lr=0.05, epochs=200, validation=(x[40:], y[40:]),
        early_stopping=4, seed=0,
    )  # fmt: skip
    assert len(history) == history.best_epoch + 4 < 200
    assert "no better val_loss" in history.stopped
    held = nn.evaluate(model, x[40:], y[40:])["loss"]
    assert held == pytest.approx(min(history["val_loss"]))
    assert held < history["val_loss"][-1]
    assert history["val_loss"].index(min(history["val_loss"])) + 1 == history.best_epoch


def test_restore_best_without_stopping() -> None:
    x, y = moons(40)
    model = nn.Linear(2, 2, rng=0)
    history = nn.fit(
        model, x, y, optimizer="sgd", lr=8.0, epochs=12, batch_size=40, seed=1, restore_best=True,
        validation=(x, y),
    )  # fmt: skip
    assert len(history) == 12 and not history.stopped
    assert nn.evaluate(model, x, y)["loss"] == pytest.approx(min(history["val_loss"]))


def test_early_stopping_knows_which_way_is_better() -> None:
    x, y = moons(60)
    stopping = nn.EarlyStopping(None, monitor="val_accuracy")
    history = nn.fit(
        nn.MLP(2, [8], 2, rng=0), x, y, validation=(x, y), epochs=8, early_stopping=stopping, seed=0
    )
    assert history["val_accuracy"][history.best_epoch - 1] == max(history["val_accuracy"])
    with pytest.raises(ValueError, match=r"watches 'val_loss'.*validation="):
        nn.fit(nn.Linear(2, 2), x, y, epochs=2, early_stopping=nn.EarlyStopping(monitor="val_loss"))
    for wrong in ({"patience": 0}, {"mode": "up"}, {"min_delta": -1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            nn.EarlyStopping(**wrong)  # type: ignore[arg-type]


def test_ctrl_c_keeps_the_best_weights_and_the_history() -> None:
    x, y = moons(60)
    at_best: list[dict[str, np.ndarray]] = []

    def press(progress: nn.Progress) -> None:
        if progress.history.best_epoch == progress.epoch:
            at_best[:] = [progress.model.state_dict()]
        if progress.epoch == 5:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    model = nn.MLP(2, [8], 2, rng=0)
    history = nn.fit(
        model, x, y, lr=0.1, epochs=50, validation=(x, 1 - y), callbacks=[press], seed=0
    )
    assert signal.getsignal(signal.SIGINT) is before
    assert len(history) == 5
    assert history.best_epoch == 1  # the held-out labels are the wrong ones
    assert history.stopped == (
        "interrupted in epoch 6; the weights are those of epoch 1, the best by val_loss"
    )
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, at_best[0][name])


def test_an_interrupt_within_a_step_ends_the_run_too() -> None:
    class Press(nn.Callback):
        def on_step_end(self, progress: nn.Progress) -> None:
            if progress.step == 7:
                raise KeyboardInterrupt

    history = nn.fit(nn.Linear(2, 2, rng=0), *moons(20), batch_size=5, callbacks=[Press()])
    assert len(history) == 1 and history.stopped.startswith("interrupted in epoch 2")


def test_metrics_of_ones_own() -> None:
    x, y = moons(40)
    target = (x @ [[2.0], [-1.0]]).astype(np.float32)

    def bias(outputs: np.ndarray, truth: np.ndarray) -> float:
        assert outputs.shape == truth.shape
        return float((outputs - truth).mean())

    model = nn.Linear(2, 1, rng=0)
    history = nn.fit(
        model, x, target, loss="mse", metrics=["r2", "mae", bias], validation=(x, target),
        epochs=30, lr=0.1, seed=0,
    )  # fmt: skip
    assert history.names[:8] == [
        "loss", "r2", "mae", "bias", "val_loss", "val_r2", "val_mae", "val_bias",
    ]  # fmt: skip
    assert history["val_r2"][-1] > 0.99
    assert nn.r2_score(nn.predict(model, x), target) == pytest.approx(history["val_r2"][-1])
    measured = nn.evaluate(model, x, target, loss="mse", metrics={"error": "mae"})
    assert measured["error"] == pytest.approx(history["val_mae"][-1])
    assert nn.fit(nn.Linear(2, 2), x, y, metrics=[], epochs=1).names == ["loss", "lr", "seconds"]
    for wrong, message in (("f1", "no metric is called 'f1'"), ({"lr": "r2"}, "cannot be called")):
        with pytest.raises(ValueError, match=message):
            nn.fit(nn.Linear(2, 2), x, y, metrics=wrong, epochs=1)


def test_gradients_are_clipped() -> None:
    x, y = moons(40)
    x = x * 100

    class Norms(nn.Callback):
        def on_start(self, progress: nn.Progress) -> None:
            self.norms: list[float] = []
            self.largest: list[float] = []

        def on_step_end(self, progress: nn.Progress) -> None:
            g = np.concatenate([p.grad.ravel() for p in progress.model.parameters()])
            self.norms.append(float(np.sqrt(g @ g)))
            self.largest.append(float(np.abs(g).max()))

    def run(**clip: float) -> Norms:
        norms = Norms()
        nn.fit(nn.Linear(2, 2, rng=0), x, y, epochs=2, callbacks=[norms], seed=0, **clip)  # type: ignore[arg-type]
        return norms

    assert max(run().norms) > 5
    assert max(run(clip_norm=0.5).norms) <= 0.5 + 1e-6
    assert max(run(clip_value=0.25).largest) == 0.25
    with pytest.raises(ValueError, match="clip_norm is a positive number"):
        run(clip_norm=0.0)


def test_a_schedule_is_stepped_and_written_down() -> None:
    x, y = moons(40)

    def rates(scheduler: Any, **more: Any) -> list[float]:
        return nn.fit(  # type: ignore[no-any-return]
            nn.Linear(2, 2, rng=0), x, y, lr=0.1, epochs=4, batch_size=10, scheduler=scheduler,
            seed=0, **more,
        )["lr"]  # fmt: skip

    np.testing.assert_allclose(
        rates("cosine"), [0.05 * (1 + np.cos(np.pi * k / 4)) for k in range(4)]
    )
    step = lambda optimizer: nn.optim.schedulers.StepLR(optimizer, 2, gamma=0.5)
    np.testing.assert_allclose(rates(step), [0.1, 0.1, 0.05, 0.05])
    one_cycle = rates("one_cycle")
    assert one_cycle[0] > 0.05 and one_cycle[-1] < 0.05 * max(one_cycle)  # after the last step
    plateau = lambda optimizer: nn.optim.schedulers.ReduceLROnPlateau(optimizer, patience=0)
    assert rates(plateau, validation=(x, 1 - y))[-1] == pytest.approx(0.1 * 0.1**2)


def test_a_last_batch_of_one_joins_the_one_before_where_there_is_a_batch_norm() -> None:
    x, y = moons(65)
    sizes: list[int] = []

    def run(norm: str | None, shuffle: bool) -> list[int]:
        model = nn.MLP(2, [4], 2, norm=norm, rng=0)
        sizes.clear()
        with model.register_forward_hook(
            lambda m, args, out: sizes.append(len(out)) if m.training else None
        ):
            history = nn.fit(model, x, y, epochs=2, batch_size=32, shuffle=shuffle, seed=0)
        assert type(history[-1]["accuracy"]) is float
        return list(sizes)

    assert run("batch", True) == run("batch", False) == [32, 33] * 2
    assert run(None, True) == run(None, False) == [32, 32, 1] * 2


def test_a_layer_in_evaluation_mode_stays_frozen_in_a_run() -> None:
    x, y = moons(40)
    model = nn.MLP(2, [4], 2, norm="batch", rng=0)
    norm = next(m for m in model.modules() if isinstance(m, nn.BatchNorm1d))
    norm.eval()
    means = norm.running_mean.numpy()
    nn.fit(model, x, y, validation=(x, y), epochs=2, seed=0)
    np.testing.assert_array_equal(norm.running_mean.numpy(), means)
    assert model.training and not norm.training
    model.eval()
    nn.fit(model, x, y, epochs=1, seed=0)  # a model that is not in training mode is put in it
    assert (norm.running_mean.numpy() != means).any()
    assert not model.training and not norm.training


def test_an_early_answer_where_weights_and_loss_do_not_go_together() -> None:
    x, y = moons(20)
    cases: list[tuple[Any, str]] = [
        (nn.CrossEntropyLoss(weight=np.ones(2)), "give them to fit as class_weight"),
        (nn.CrossEntropyLoss(reduction="sum"), "has reduction='mean', not 'sum'"),
    ]
    for loss, message in cases:
        nn.fit(nn.Linear(2, 2, rng=0), x, y, loss=loss, epochs=1)
        with pytest.raises(ValueError, match=message):
            nn.fit(nn.Linear(2, 2), x, y, loss=loss, sample_weight=np.ones(20), epochs=1)


def test_masked_and_overflowing_data_are_refused() -> None:
    x, y = moons(20)
    masked = np.ma.masked_greater(x, 1.0)
    with pytest.raises(ValueError, match=r"numbers are masked.*filled"):
        nn.fit(nn.Linear(2, 2), masked, y, epochs=1)
    with pytest.raises(ValueError, match=r"in the model's float32: .*inf"):
        nn.fit(nn.Linear(2, 2), x * 1e300, y, epochs=1)
    long = np.zeros(2000, np.float32)
    assert nn.predict(nn.Linear(2000, 3), long).shape == (3,)


def test_callbacks_are_closed_however_a_run_ends() -> None:
    class Boom(nn.Callback):
        def on_step_end(self, progress: nn.Progress) -> None:
            raise RuntimeError("boom")

    model = nn.MLP(2, [4], 2, rng=0)
    with pytest.raises(RuntimeError, match="boom"):
        nn.fit(model, *moons(20), callbacks=[nn.Statistics(every=1), Boom()])
    assert not any(m._forward_hooks for m in model.modules())


def test_a_checkpoint_that_cannot_be_written_does_not_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = nn.Checkpoint(tmp_path, every_steps=2)
    folder = nn.MLP(2, [4], 2, rng=0)

    def full(progress: nn.Progress) -> None:
        if progress.epoch == 1:
            for path in tmp_path.iterdir():
                path.unlink()
            tmp_path.rmdir()
            tmp_path.write_text("a file stands in the way")

    with pytest.warns(RuntimeWarning, match="no checkpoint was written after step"):
        history = nn.fit(folder, *moons(40), epochs=3, callbacks=[full], checkpoint=checkpoint)
    assert len(history) == 3


def test_one_number_for_each_example_fits_a_single_output() -> None:
    x, y = moons(40)
    for loss, truth in (("mse", x[:, 0]), ("binary_cross_entropy_with_logits", y)):
        both = []
        for given in (truth, truth[:, None]):
            model = nn.Linear(2, 1, rng=0)
            held = (x[:10], given[:10])
            history = nn.fit(model, x, given, loss=loss, validation=held, epochs=3, seed=0)
            measured = nn.evaluate(model, *held, loss=loss)
            assert measured["loss"] == pytest.approx(history["val_loss"][-1])
            both.append((history["loss"], history["val_loss"]))
        assert both[0] == both[1]
    # A loss of one's own sees what it was given.
    own = lambda out, truth: ((out[:, 0] - truth) ** 2).mean()
    nn.fit(nn.Linear(2, 1), x, x[:, 0], loss=own, epochs=1)


def test_lbfgs_trains_on_the_whole_data() -> None:
    x, y = moons(80)
    model = nn.MLP(2, [8], 2, activation="tanh", dtype=np.float64, rng=0)
    wolfe = partial(nn.optim.LBFGS, line_search_fn="strong_wolfe")
    history = nn.fit(model, x, y, optimizer=wolfe, lr=1.0, epochs=10, batch_size=80)
    assert history["accuracy"][-1] == 1 and history["loss"][-1] < 1e-2


def test_a_history_plots_itself_and_comes_back_from_a_dict() -> None:
    pytest.importorskip("matplotlib")
    history = nn.fit(nn.Linear(2, 2), *moons(20), validation=moons(20), epochs=3, seed=0)
    figure = history.plot()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["loss", "accuracy"]
    lines = figure.axes[0].get_lines()
    np.testing.assert_array_equal(lines[0].get_ydata(), history["loss"])
    np.testing.assert_array_equal(lines[1].get_ydata(), history["val_loss"])
    assert (history._repr_html_() or "").startswith("<svg")
    again = nn.History.from_dict(history.to_dict())
    assert list(again) == list(history) and again.best_epoch == history.best_epoch
    assert nn.History()._repr_html_() is None
    with pytest.raises(ValueError, match="before the first epoch"):
        nn.History().plot()


def test_hooks_see_and_change_what_a_layer_gives() -> None:
    model = nn.MLP(2, [3], 2, rng=0)
    seen = []
    handle = model[1].register_forward_hook(lambda m, args, out: seen.append((m, args[0].shape)))
    x = np.ones((4, 2), np.float32)
    before = model(x).numpy()
    assert seen == [(model[1], (4, 3))]
    with model[1].register_forward_hook(lambda m, args, out: out * 0):
        np.testing.assert_array_equal(model(x).numpy(), np.tile(model[2].bias.numpy(), (4, 1)))
    handle.remove()
    handle.remove()
    np.testing.assert_array_equal(model(x).numpy(), before)
    assert len(seen) == 2
    with pytest.raises(TypeError, match="a hook is called as"):
        model.register_forward_hook(3)  # type: ignore[arg-type]


def test_metrics() -> None:
    assert nn.confusion_matrix([0, 1, 2, 2], [0, 1, 1, 2]).tolist() == [
        [1, 0, 0],
        [0, 1, 1],
        [0, 0, 1],
    ]
    with pytest.raises(ValueError, match="2 outputs against 3"):
        nn.accuracy(np.zeros((2, 2)), np.zeros(3))


def test_importing_is_light() -> None:
    heavy = ["matplotlib", "tqdm", "graphviz", "pygraphviz", "scipy", "hypothesis"]
    code = f"import sys, autograd, nn; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


PUBLIC = (
    "autograd", "autograd.extend", "autograd.testing", "autograd.viz", "autograd.viz.flowing",
)  # fmt: skip


def test_nn_uses_public_names_only() -> None:
    import ast

    for path in sorted((ROOT / "nn").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd"):
                assert node.module in PUBLIC, path
                assert not any(alias.name.startswith("_") for alias in node.names), path


def test_what_the_optimizer_does_not_train_is_left_out_of_the_norm() -> None:
    x, y = moons(40)
    lower: list[float] = []

    def run(train_all: bool, clip_norm: float | None) -> np.ndarray:
        model = nn.MLP(2, [8], 2, rng=0)
        head = model.parameters()[2:]
        if not train_all:  # the same model to the optimizer, without gradients below the head
            model[0].weight.requires_grad = model[0].bias.requires_grad = False
        optimizer = nn.optim.SGD(head, lr=0.1)
        nn.fit(
            model, x, y, optimizer=optimizer, clip_norm=clip_norm, epochs=20, batch_size=10, seed=0
        )
        if train_all:
            lower.append(float(np.abs(model[0].weight.grad).max()))
        return head[0].numpy()

    np.testing.assert_array_equal(run(True, 0.2), run(False, 0.2))
    assert np.abs(run(True, 0.2) - run(True, None)).max() > 0
    assert max(lower) < 1  # of one step, not of all of them together


def test_an_optimizer_of_another_model_is_refused() -> None:
    other = nn.optim.Adam(nn.MLP(3, [4], 2).parameters())
    with pytest.raises(ValueError, match=r"none of the model's parameters.*Adam\(model\.param"):
        nn.fit(nn.MLP(3, [4], 2), X, Y, optimizer=other)


def test_lbfgs_does_not_pass_over_clipping() -> None:
    for clip in ({"clip_norm": 1.0}, {"clip_value": 1.0}):
        with pytest.raises(ValueError, match="LBFGS looks for its step along the gradient"):
            nn.fit(nn.MLP(3, [4], 2), X, Y, optimizer="lbfgs", **clip)  # type: ignore[arg-type]


def test_a_plateau_of_the_loss_is_not_sought_in_the_accuracy() -> None:
    x, y = moons(100)
    watched: list[float] = []

    class Plateau(nn.optim.schedulers.ReduceLROnPlateau):
        def step(self, metric: Any = None) -> None:
            watched.append(metric)
            super().step(metric)

    def run(mode: str, **more: Any) -> nn.History:
        watched.clear()
        return nn.fit(
            nn.Linear(2, 2, rng=0), x, y, lr=0.1, epochs=6, seed=0,
            scheduler=lambda optimizer: Plateau(optimizer, mode, patience=2), **more,
        )  # fmt: skip

    by_accuracy = nn.EarlyStopping(None, monitor="val_accuracy")
    history = run("min", early_stopping=by_accuracy, validation=0.2)
    assert history.monitor == "val_accuracy" and watched == history["val_loss"]
    history = run("max", early_stopping=by_accuracy, validation=0.2)
    assert watched == history["val_accuracy"]
    with pytest.raises(ValueError, match="less is better"):
        run("max")


def test_labels_to_be_ignored_weigh_nothing() -> None:
    x, y = moons(40)
    y = np.where(np.arange(40) % 3 == 0, -100, y)

    def run(**weights: Any) -> tuple[Any, np.ndarray]:
        model = nn.Linear(2, 2, dtype=np.float64, rng=0)
        history = nn.fit(
            model, x, y, optimizer="sgd", lr=0.5, epochs=3, batch_size=40, seed=0, **weights
        )
        return history["loss"], model.weight.numpy()

    plain, weighed = run(), run(sample_weight=np.ones(40))
    np.testing.assert_allclose(weighed[0], plain[0], rtol=1e-12)
    np.testing.assert_allclose(weighed[1], plain[1], rtol=1e-12)
    with pytest.raises(ValueError, match="leave nothing to train on"):
        run(sample_weight=y == -100)


def test_a_model_is_left_as_it_was_by_a_run_that_did_not_begin() -> None:
    class Refuses(nn.Callback):
        def on_start(self, progress: nn.Progress) -> None:
            raise RuntimeError("no")

    model = nn.MLP(3, [4], 2).eval()
    with pytest.raises(RuntimeError, match="no"):
        nn.fit(model, X, Y, callbacks=[Refuses()])
    assert not model.training


def test_two_metrics_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="name them with a dict"):
        nn.fit(nn.MLP(3, [4], 2), X, Y, metrics=[lambda out, y: 0.0, lambda out, y: 1.0])
    with pytest.raises(ValueError, match="cannot be called 'val_loss'"):
        nn.fit(nn.MLP(3, [4], 2), X, Y, metrics={"val_loss": lambda out, y: 0.0})


def test_arguments_of_a_wrong_kind_are_named() -> None:
    model: Any = nn.MLP(3, [4], 2)
    with pytest.raises(TypeError, match=r"fit trains an nn\.Module"):
        nn.fit(nn.MLP, X, Y)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="callbacks is a list"):
        nn.fit(model, X, Y, callbacks=nn.Callback())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="class_weight is a dict"):
        nn.fit(model, X, Y, class_weight=3.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="clip_norm is a positive number, got 'a'"):
        nn.fit(model, X, Y, clip_norm="a")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "ask",
    [
        lambda model, x, y: nn.predict(model, x),
        lambda model, x, y: nn.predict_proba(model, x),
        lambda model, x, y: nn.evaluate(model, x, y),
        lambda model, x, y: model.summary((2,)),
    ],
)
def test_asking_a_model_leaves_every_layer_in_its_mode(ask: Any) -> None:
    frozen, dropout = nn.BatchNorm1d(2).eval(), nn.Dropout(0.5, rng=0)
    model = nn.Sequential(frozen, dropout, nn.Linear(2, 2, rng=0))
    before = model.state_dict()
    ask(model, np.eye(2), np.array([0, 1]))
    assert [layer.training for layer in model] == [False, True, True]
    assert all((before[k] == v).all() for k, v in model.state_dict().items())


@pytest.mark.parametrize(
    ("loss", "labels"),
    [
        (nn.CrossEntropyLoss(), np.where(np.arange(30) < 12, -100, np.arange(30) % 3)),
        (nn.CrossEntropyLoss(ignore_index=2), np.arange(30) % 3),
        (nn.CrossEntropyLoss(weight=np.array([1.0, 5.0, 9.0])), np.arange(30) // 10),
        (nn.CrossEntropyLoss(reduction="sum"), np.arange(30) % 3),
    ],
)
def test_figures_do_not_depend_on_how_the_data_is_cut(loss: Any, labels: np.ndarray) -> None:
    x = np.random.default_rng(0).normal(size=(30, 4))
    model = nn.Linear(4, 3, dtype=np.float64, rng=0)
    whole = nn.evaluate(model, x, labels, loss=loss)
    parts = nn.evaluate(model, x, labels, loss=loss, batch_size=7)
    assert parts["loss"] == pytest.approx(whole["loss"], rel=1e-12)
    kept = (labels >= 0) & (labels != loss.ignore_index)
    right = nn.predict_classes(model, x)[kept] == labels[kept]
    assert parts["accuracy"] == whole["accuracy"] == right.mean()
