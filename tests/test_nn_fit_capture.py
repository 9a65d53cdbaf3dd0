"""``fit`` with captured steps is ``fit`` without them, to the bit, and says which it was."""

from __future__ import annotations

import functools
import pickle
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.viz import FlowRecorder
from nn.training.ownership import foreign

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 5))
Y = RNG.integers(0, 3, 70)
WEIGHTS = RNG.uniform(0, 2, 70)
TIMED = ("seconds",)


def mlp(**settings: Any) -> nn.Module:
    return nn.MLP(5, [8, 6], 3, rng=0, **settings)


def leaky() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 4, rng=0), nn.LeakyReLU(), nn.Linear(4, 3, rng=1))


def figures(history: nn.History) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k not in TIMED} for row in history]


def same_state(a: nn.Module, b: nn.Module) -> bool:
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(
        ours[k].dtype == theirs[k].dtype and np.array_equal(ours[k], theirs[k]) for k in ours
    )


def fitted(make: Callable[[], nn.Module], capture: Any, **settings: Any) -> Any:
    model = make()
    given = {"x": X, "y": Y, "epochs": 9, "batch_size": 16, "seed": 3, "lr": 0.02, **settings}
    if isinstance(given.get("optimizer"), OfModel):
        given["optimizer"] = given["optimizer"].make(model)
        del given["lr"]
    return model, nn.fit(model, given.pop("x"), given.pop("y"), capture=capture, **given)


class OfModel:
    """An optimizer that is made from the model, anew for each run."""

    def __init__(self, make: Callable[[nn.Module], Any]) -> None:
        self.make = make


def check_same(make: Callable[[], nn.Module] = mlp, told: str = "yes", **settings: Any) -> Any:
    """Captured and as it is: the same weights, the same history."""
    plain, as_it_was = fitted(make, False, **settings)
    captured, history = fitted(make, True, **settings)
    assert figures(history) == figures(as_it_was)
    assert same_state(plain, captured)
    assert history.captured.startswith(told), history.captured
    assert as_it_was.captured == "no: capture=False"
    return captured, history


class Unfreeze(nn.Callback):
    """Train the last layer first, then the others too."""

    def on_start(self, progress: Any) -> None:
        self.first = progress.model.parameters()[:2]
        for p in self.first:
            p.requires_grad_(False)

    def on_epoch_end(self, progress: Any) -> None:
        for p in self.first:
            p.requires_grad_(progress.epoch >= 4)


class Grow(nn.Callback):
    """Give the optimizer the first layer's weights in the midst of the run."""

    def on_epoch_end(self, progress: Any) -> None:
        if progress.epoch == 3:
            progress.optimizer.add_param_group({"params": progress.model.parameters()[:2]})


class Swap(nn.Callback):
    """Another optimizer in the midst of the run."""

    def on_epoch_end(self, progress: Any) -> None:
        if progress.epoch == 3:
            progress.optimizer = nn.optim.SGD(progress.model.parameters(), lr=0.1)


class Soften(nn.Callback):
    """Change a setting of the loss in the midst of the run."""

    def __init__(self, loss: Any) -> None:
        self.loss = loss

    def on_epoch_end(self, progress: Any) -> None:
        if progress.epoch == 4:
            self.loss.label_smoothing = 0.2


class Steeper(nn.Callback):
    """Change a setting of a layer, and a layer, after some steps."""

    def on_step_end(self, progress: Any) -> None:
        if progress.step == 12:
            progress.model[1].negative_slope = 0.5
        if progress.step == 22:
            progress.model[1] = nn.Tanh()


class Reseed(nn.Callback):
    def on_epoch_end(self, progress: Any) -> None:
        if progress.epoch == 4:
            nn.manual_seed(5)


class Gradients(nn.Callback):
    """Look at the gradients after each step."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_step_end(self, progress: Any) -> None:
        self.seen.append(sum(float(abs(p.grad).sum()) for p in progress.model.parameters()))


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "SGD": {"optimizer": "sgd", "lr": 0.1},
    "RMSprop": {"optimizer": "rmsprop"},
    "norm and dropout": {"make": lambda: mlp(norm="batch", dropout=0.3)},
    "mean of all batches": {
        "make": lambda: nn.Sequential(
            nn.Linear(5, 4, rng=0), nn.BatchNorm1d(4, momentum=None), nn.Linear(4, 3, rng=1)
        )
    },
    "float64": {"make": lambda: mlp(dtype=np.float64)},
    "float32 inputs": {"x": X.astype(np.float32)},
    "sample weights": {"sample_weight": WEIGHTS},
    "class weights": {"class_weight": "balanced", "loss": "cross_entropy"},
    "regression": {
        "make": lambda: nn.MLP(5, [6], 2, rng=0), "y": X[:, :2], "loss": "mse", "metrics": ["r2"],
    },
    "a single logit": {
        "make": lambda: nn.MLP(5, [6], 1, rng=0), "y": Y == 1,
        "loss": "binary_cross_entropy_with_logits",
    },
    "clip": {"clip_norm": 0.1, "clip_value": 0.05},
    "clip a growing group": {
        "clip_norm": 0.1, "callbacks": [Grow()],
        "optimizer": OfModel(lambda m: nn.optim.Adam(m.parameters()[2:], lr=0.02)),
    },
    "schedule by step": {"scheduler": "one_cycle"},
    "schedule by epoch": {"scheduler": "cosine"},
    "early stopping": {"early_stopping": 2, "validation": 0.3, "lr": 0.2, "epochs": 40},
    "validation": {"validation": 0.2, "restore_best": True},
    "in order": {"shuffle": False},
    "unfreezing": {"callbacks": [Unfreeze()]},
    "another optimizer": {"callbacks": [Swap()]},
    "settings of layers": {
        "make": leaky, "callbacks": [Steeper()],
    },
    "a new seed": {
        "make": lambda: nn.manual_seed(0) and nn.Sequential(nn.Dropout(), nn.Linear(5, 3, rng=0)),
        "callbacks": [Reseed()],
    },
    "all at once": {"batch_size": 70, "epochs": 30},
    "one by one": {"batch_size": 1, "epochs": 3},
    "no metrics": {"metrics": []},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_captured_is_the_same_to_the_bit(name: str) -> None:
    check_same(**CASES[name])


def test_a_setting_of_the_loss_that_changes_is_seen() -> None:
    states = []
    for capture in (False, True):
        loss = nn.CrossEntropyLoss()
        model, history = fitted(mlp, capture, loss=loss, callbacks=[Soften(loss)])
        states.append((figures(history), model))
    assert states[0][0] == states[1][0] and same_state(states[0][1], states[1][1])
    assert history.captured == "yes"


def test_gradients_are_there_after_each_step() -> None:
    looks = [Gradients(), Gradients()]
    for capture, look in zip((False, True), looks):
        fitted(mlp, capture, callbacks=[look])
    assert looks[0].seen == looks[1].seen and len(set(looks[0].seen)) > 30


def test_hooks_on_parameters_are_called() -> None:
    calls: list[list[float]] = [[], []]
    for capture, seen in zip((False, True), calls):

        def make(seen: list[float] = seen) -> nn.Module:
            model = mlp()
            model.parameters()[0].register_hook(lambda g: seen.append(float(g.sum())) or g * 0.5)
            return model

        fitted(make, capture)
    assert calls[0] == calls[1] and len(calls[0]) == 45


# When it is captured, and what is said of it ----------------------------------------------------


def quiet_loss(out: Any, y: Any) -> Any:
    return nn.losses.cross_entropy(out, y) * 1.0


class Odd(nn.Module):
    """Somebody's own layer."""

    def __init__(self) -> None:
        self.inner = nn.Linear(5, 3, rng=0)

    def forward(self, x: Any) -> Any:
        return self.inner(x) * 2.0


class Reads(Odd):
    """One that looks at numbers, which a recording cannot: after it drew some and counted."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5, rng=4)
        self.norm = nn.BatchNorm1d(5)

    def forward(self, x: Any) -> Any:
        h = self.inner(self.dropout(self.norm(x)))
        return h * 2.0 if float(h.numpy().sum()) > 0 else h


class Counts(Odd):
    """One that is another in each call, which shows in the second."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = [0]

    def forward(self, x: Any) -> Any:
        # The recording looks at lists of the module; not at what is hidden in its methods.
        self.count()
        return self.inner(x) * float(hidden[0])

    def count(self) -> None:
        if self.training:
            hidden[0] += 1


hidden = [0]


class Listed(nn.Module):
    """One whose parts are in a plain list."""

    def __init__(self) -> None:
        self.parts: list[Any] = [nn.Linear(5, 3, rng=0), nn.Tanh()]

    def forward(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x


class Rebuild(nn.Callback):
    """Change such a list, of which nobody is told, after some steps."""

    def on_step_end(self, progress: Any) -> None:
        if progress.step == 22:
            progress.model.parts[1] = nn.Sigmoid()


def test_parts_that_are_replaced_in_a_list_are_seen() -> None:
    check_same(Listed, callbacks=[Rebuild()])


def test_auto_takes_what_is_the_librarys_own() -> None:
    _, history = fitted(mlp, "auto", epochs=40)
    assert history.captured == "yes" and "captured" in repr(history)
    _, history = fitted(mlp, "auto", epochs=40, loss=functools.partial(nn.losses.cross_entropy))
    assert history.captured == "yes"


@pytest.mark.parametrize(
    ("make", "loss", "named"),
    [
        (mlp, quiet_loss, "the loss quiet_loss"),
        (Odd, "cross_entropy", "the module Odd"),
        (lambda: nn.Sequential(nn.Linear(5, 3), Odd.__new__(Odd)), "x", "the module Odd (1)"),
        (lambda: mlp(activation=lambda x: x * x), "cross_entropy", "the module Function (1)"),
    ],
)
def test_auto_leaves_what_others_wrote(make: Any, loss: Any, named: str) -> None:
    if loss == "x":

        def make() -> nn.Module:
            inner = Odd()
            inner.inner = nn.Linear(3, 3, rng=1)
            return nn.Sequential(nn.Linear(5, 3, rng=0), inner)

        loss = "cross_entropy"
    _, history = fitted(make, "auto", epochs=40, loss=loss)
    assert history.captured.startswith(f"no: {named}")
    assert "capture=True" in history.captured
    check_same(make, loss=loss)


def test_a_stale_number_is_never_trained_with() -> None:
    """Under "auto" a loss that goes by a number from elsewhere follows that number."""
    ends = []
    for capture in (False, "auto"):
        factor = [1.0]

        def loss(out: Any, y: Any, factor: list[float] = factor) -> Any:
            return nn.losses.cross_entropy(out, y) * factor[0]

        def fade(progress: Any, factor: list[float] = factor) -> None:
            factor[0] *= 0.5

        ends.append(fitted(mlp, capture, loss=loss, callbacks=[fade], epochs=40))
    assert figures(ends[0][1]) == figures(ends[1][1]) and same_state(ends[0][0], ends[1][0])


def test_a_function_without_a_module_is_somebodys_own() -> None:
    loss = eval("lambda out, y: out.sum()", {})
    optimizer = nn.optim.SGD(mlp().parameters(), lr=0.1)
    assert foreign(mlp(), loss, optimizer) == "the loss <lambda>"


@pytest.mark.parametrize("put", [lambda x: x, np.sin, ag.sin])
def test_a_function_in_a_module_is_looked_at(put: Any) -> None:
    model = mlp()
    model[0].forward = put
    told = foreign(model, nn.losses.mse_loss, nn.optim.SGD(model.parameters(), lr=0.1))
    mine = "the function forward of Linear"
    assert told == (mine if getattr(put, "__name__", "") == "<lambda>" else "")


def test_few_steps_are_not_captured() -> None:
    _, history = fitted(mlp, "auto", epochs=3)
    assert history.captured.startswith("no: a recording pays from 150 steps")
    # Four of five batches of an epoch have one size; the last is run as it is.
    model, history = fitted(mlp, "auto", epochs=38)
    plain, _ = fitted(mlp, False, epochs=38)
    assert history.captured == "yes" and same_state(model, plain)


def test_what_cannot_be_recorded_is_run_as_it_is() -> None:
    _, history = check_same(Reads, told="no: the step could not be recorded")
    assert "Return the tensor" in history.captured


def test_a_step_that_differs_the_second_time_is_not_made_twice() -> None:
    runs = []
    for capture in (False, True):
        hidden[0] = 0
        runs.append(fitted(Counts, capture, shuffle=False))
    assert hidden[0] == 45
    assert figures(runs[0][1]) == figures(runs[1][1])
    assert same_state(runs[0][0], runs[1][0])
    assert runs[1][1].captured.startswith("the first 1 steps, until the step could not be recorded")


def test_recordings_that_never_hold_are_given_up() -> None:
    class Restless(nn.Callback):
        def on_step_end(self, progress: Any) -> None:
            progress.model[1].negative_slope = 0.1 / progress.step

    _, history = check_same(leaky, told="the first 25 steps", callbacks=[Restless()])
    assert "had changed" in history.captured


def test_capture_takes_three_words() -> None:
    with pytest.raises(ValueError, match="True, False or \"auto\", not 'always'"):
        fitted(mlp, "always")


# What goes wrong ---------------------------------------------------------------------------------


def test_a_loss_that_runs_away_raises_before_the_weights_move() -> None:
    seen = []
    for capture in (False, True):
        model = mlp()

        class Blow(nn.Callback):
            def on_step_end(self, progress: Any) -> None:
                if progress.step == 30:
                    with ag.no_grad():
                        progress.model.parameters()[0][...] = np.inf
                    self.kept = progress.model.state_dict()

        blow = Blow()
        with pytest.raises(FloatingPointError) as caught:
            nn.fit(model, X, Y, batch_size=16, epochs=12, seed=0, capture=capture, callbacks=[blow])
        assert all(np.array_equal(model.state_dict()[k], v) for k, v in blow.kept.items())
        seen.append(str(caught.value))
    assert seen[0] == seen[1] and "step 31" in seen[0]


@pytest.mark.parametrize("capture", [False, True])
def test_anomalies_are_named_in_any_step(capture: bool) -> None:
    class Blow(nn.Callback):
        def on_step_end(self, progress: Any) -> None:
            if progress.step == 30:
                with ag.no_grad():
                    progress.model.parameters()[0][...] = np.inf

    with ag.detect_anomaly(), pytest.raises(ag.errors.AnomalyError, match="linear"):
        fitted(mlp, capture, callbacks=[Blow()])


def test_a_scope_around_it_changes_nothing() -> None:
    alone, _ = fitted(mlp, False)
    with ag.scope("outer"):
        inside, history = fitted(mlp, True)
    assert history.captured == "yes" and same_state(alone, inside)


def test_no_grad_around_it_is_told_as_ever() -> None:
    told = []
    for capture in (False, True):
        with ag.no_grad(), pytest.raises(RuntimeError) as caught:
            fitted(mlp, capture)
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_ctrl_c_ends_after_the_step(tmp_path: Path) -> None:
    class Press(nn.Callback):
        def on_step_end(self, progress: Any) -> None:
            if progress.step == 33:
                signal.raise_signal(signal.SIGINT)

    states = []
    for capture in (False, True):
        model, history = fitted(mlp, capture, callbacks=[Press()])
        assert history.stopped.startswith("interrupted in epoch 7")
        states.append((figures(history), model))
    assert states[0][0] == states[1][0] and same_state(states[0][1], states[1][1])


def test_a_resumed_run_goes_on_to_the_bit(tmp_path: Path) -> None:
    def make() -> nn.Module:
        return mlp(dropout=0.3, norm="batch")

    class Stop(nn.Callback):
        def on_step_end(self, progress: Any) -> None:
            if progress.step == 33 and not (tmp_path / "stopped").exists():
                (tmp_path / "stopped").touch()
                signal.raise_signal(signal.SIGINT)

    whole, _ = fitted(make, False, callbacks=[Stop()] if (tmp_path / "stopped").touch() else [])
    (tmp_path / "stopped").unlink()
    folder = tmp_path / "run"
    fitted(make, True, callbacks=[Stop()], checkpoint=folder)
    rest, history = fitted(make, True, callbacks=[Stop()], checkpoint=folder)
    assert history.stopped == "" and len(history) == 9 and history.captured == "yes"
    assert same_state(whole, rest)


def test_two_runs_in_two_threads() -> None:
    alone, _ = fitted(mlp, False)
    models: list[nn.Module] = []
    threads = [
        threading.Thread(target=lambda: models.append(fitted(mlp, True)[0])) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(models) == 2 and all(same_state(alone, model) for model in models)


@pytest.mark.parametrize(("every", "told"), [(1, "no: forward hooks"), (3, "yes")])
def test_flow_is_recorded_with_every_step_it_wants(every: int, told: str) -> None:
    flows = [FlowRecorder(every=every), FlowRecorder(every=every)]
    runs = [fitted(mlp, capture, callbacks=[f]) for capture, f in zip((False, True), flows)]
    assert same_state(runs[0][0], runs[1][0])
    assert runs[1][1].captured.startswith(told)
    assert len(flows[0].records) == len(flows[1].records) > 0


def test_lbfgs_is_told_apart() -> None:
    _, history = fitted(mlp, True, optimizer="lbfgs", lr=0.5, batch_size=70, epochs=3)
    assert history.captured.startswith("no: LBFGS")


def test_a_history_keeps_what_it_says() -> None:
    _, history = fitted(mlp, True)
    again = nn.History.from_dict(history.to_dict())
    assert again.captured == history.captured == "yes"
    pytest.importorskip("matplotlib")
    assert "captured: yes" in str(history._repr_html_())
    old = {k: v for k, v in history.to_dict().items() if k != "captured"}
    assert nn.History.from_dict(old).captured == ""


# scikit-learn's face -----------------------------------------------------------------------------

ESTIMATORS: dict[str, dict[str, Any]] = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.05},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "max_iter": 60, "tol": 1e-2},
    "dropout and norm": {"dropout": 0.3, "normalization": "batch"},
    "layers": {"normalization": "layer", "activation": "gelu", "solver": "adamw"},
    "class weights": {"class_weight": "balanced"},
    "clip": {"clip_norm": 0.1, "clip_value": 0.05},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 3},
    "another loss": {"loss": "multi_margin"},
    "another loss and weights": {"loss": "multi_margin", "class_weight": "balanced"},
    "in order": {"shuffle": False},
    "no penalty": {"alpha": 0.0},
    "a schedule": {"learning_rate": "one_cycle"},
    "float32": {"dtype": "float32"},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_classifiers_are_the_same_to_the_bit(name: str) -> None:
    pytest.importorskip("sklearn")
    made = [estimator("MLPClassifier", capture, **ESTIMATORS[name]) for capture in (False, True)]
    plain, captured = (mlp.fit(X, Y) for mlp in made)
    assert captured.history_.captured == "yes" and plain.history_.captured.startswith("no")
    assert plain.loss_curve_ == captured.loss_curve_
    assert same_state(plain.module_, captured.module_)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("loss", ["squared_error", "poisson", "huber"])
@pytest.mark.parametrize("weighted", [False, True])
def test_regressors_are_the_same_to_the_bit(loss: str, weighted: bool) -> None:
    pytest.importorskip("sklearn")
    y = np.abs(X[:, :2]) if loss != "huber" else X[:, 0]
    made = [estimator("MLPRegressor", capture, loss=loss) for capture in (False, True)]
    plain, captured = (m.fit(X, y, sample_weight=WEIGHTS if weighted else None) for m in made)
    assert captured.history_.captured == "yes"
    assert plain.loss_curve_ == captured.loss_curve_
    assert same_state(plain.module_, captured.module_)


def estimator(kind: str, capture: Any, **settings: Any) -> Any:
    import nn.sklearn

    given = {"max_iter": 20, "batch_size": 16, "random_state": 0, **settings}
    return getattr(nn.sklearn, kind)((8,), capture=capture, **given)


@pytest.mark.filterwarnings("ignore")
def test_partial_fits_share_recordings_and_are_pickled() -> None:
    pytest.importorskip("sklearn")
    from sklearn.base import clone

    plain, captured = (
        estimator("MLPClassifier", capture, batch_size=7) for capture in (False, "auto")
    )
    for k in range(40):
        for mlp in (plain, captured):
            mlp.partial_fit(X, Y, classes=[0, 1, 2])
        if k == 30:
            assert captured.history_.captured == "yes"
            captured = pickle.loads(pickle.dumps(captured))
        if k == 35:
            plain.set_params(alpha=0.1), captured.set_params(alpha=0.1)
    assert same_state(plain.module_, captured.module_)
    assert clone(captured).get_params()["capture"] == "auto"


def test_an_estimator_refuses_other_words() -> None:
    pytest.importorskip("sklearn")
    with pytest.raises(ValueError, match="'capture' parameter of MLPClassifier must be a bool"):
        estimator("MLPClassifier", "always").fit(X, Y)


def test_weights_that_lie_by_columns_give_the_same_bits_in_small_batches() -> None:
    """BLAS adds up in another order for eight rows of a matrix in the other layout."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 8)).astype(np.float32)
    y = rng.integers(0, 2, 40)

    def trained(capture: bool) -> list[np.ndarray]:
        model = nn.Sequential(
            nn.Linear(8, 128, rng=0), nn.ReLU(), nn.Linear(128, 256, rng=1), nn.Tanh(),
            nn.Linear(256, 2, rng=2),
        )  # fmt: skip
        assert model[2].weight.data.flags.f_contiguous
        nn.fit(model, x, y, epochs=3, batch_size=16, capture=capture, seed=3, progress=False)
        return [p.numpy() for p in model.parameters()]

    for a, b in zip(trained(False), trained(True), strict=True):
        np.testing.assert_array_equal(a, b)
