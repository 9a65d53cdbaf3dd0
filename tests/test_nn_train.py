"""The training loop on small problems, and every way to start it wrong."""

import io
import subprocess
import sys
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
    assert history.names == ["loss", "accuracy", "val_loss", "val_accuracy"]
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
        model, x, y[:, None], loss="binary_cross_entropy", lr=0.05, epochs=40, batch_size=20, seed=0
    )
    assert history[-1]["accuracy"] > 0.9
    assert nn.predict_proba(model, x).shape == (80, 1)
    assert set(nn.predict_classes(model, x).ravel()) == {0, 1}
    line = nn.Linear(2, 1, rng=0)
    target = x @ [[2.0], [-1.0]] + 0.5
    history = nn.fit(line, x, target, loss="mse", optimizer="sgd", lr=0.1, epochs=60, batch_size=8)
    assert history.names == ["loss"]
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

    def stop(progress: nn.Progress) -> None:
        progress.stop = progress.epoch == 2

    watch, norms = Watch(), nn.GradientNorms()
    model = nn.MLP(2, [4], 2, rng=0)
    history = nn.fit(model, *moons(40), epochs=9, batch_size=20, callbacks=[watch, norms, stop])
    assert len(history) == 2
    assert watch.seen == ["start", 1, 2, 3, 4]
    assert {name: len(n) for name, n in norms.norms.items()} == {
        name: 2 for name, _ in model.named_parameters()
    }
    assert all(n > 0 for series in norms.norms.values() for n in series)


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
        ({"x": np.where(np.eye(8, 3), np.nan, 0)}, r"data holds 3 .*first \(nan\) at \[0, 0"),
        ({"x": np.full((8, 3), np.inf)}, "not finite"),
        ({"x": X[:0], "y": Y[:0]}, "training dataset is empty"),
        ({"batch_size": 9}, "from 1 to the number of examples, 8; got 9"),
        ({"batch_size": 0}, "batch_size"),
        ({"epochs": 0}, "epochs is 1 or more"),
        ({"y": Y + 1}, "labels run from 1 to 2, but logits .* 2 classes 0 to 1"),
        ({"y": np.eye(2, dtype=int)[Y]}, "one-hot"),
        ({"y": Y[:5]}, "8 examples and labels of shape"),
        ({"x": X[:, :2]}, r"layer '0': Linear\(in_features=3"),
        ({"loss": "crossentropy"}, "there are .*cross_entropy"),
        ({"optimizer": "adamm"}, "there are adam, adamw, sgd"),
        ({"lr": -1.0}, "learning rate is a positive number"),
        ({"loss": nn.CrossEntropyLoss(reduction="none")}, r"reduce it with \.mean\(\)"),
        ({"validation": (X[:, :1], Y)}, "layer '0'"),
        ({"validation": (X, Y + 5)}, "labels run from 5 to 6"),
        ({"progress": "sometimes"}, "progress is True, False"),
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


def test_nn_uses_public_names_only() -> None:
    import ast

    for path in sorted((ROOT / "nn").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd"):
                assert node.module in ("autograd", "autograd.viz", "autograd.testing"), path
                assert not any(alias.name.startswith("_") for alias in node.names), path
