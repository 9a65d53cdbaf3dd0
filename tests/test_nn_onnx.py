"""Exported models give in onnxruntime what they give here, layer by layer."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from nn.layers.conv import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from nn.layers.pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
)
from nn.onnx.graph import NotExportable
from nn.onnx.table import _TABLE

from .nn_cases import MODULES

onnx = pytest.importorskip("onnx", reason="pip install 'blamegraph[onnx]'")
runtime = pytest.importorskip("onnxruntime", reason="pip install onnxruntime, which runs the files")

# float32: both sides compute the same formulas in another order of operations.
CLOSE = {"rtol": 2e-5, "atol": 2e-6}


def run(path: Path, x: np.ndarray) -> np.ndarray:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(["output"], {"input": x})[0]


def compare(model: nn.Module, x: np.ndarray, path: Path, **settings: Any) -> None:
    """Export, run, and hold against the model: one example, all, and one more than there are."""
    nn.export_onnx(model, path, x, **settings)
    model.eval()
    for batch in (x[:1], x, np.concatenate([x, x[:1]])):
        due = model(batch)
        due = np.asarray(due.numpy() if hasattr(due, "numpy") else due)
        out = run(path, batch)
        assert out.dtype == due.dtype and out.shape == due.shape
        np.testing.assert_allclose(out, due, **CLOSE)


WRITTEN = [kind for kind in MODULES if any(base in _TABLE for base in kind.__mro__)]

# What a layer may be set to that ONNX has not, and what is then said.
REFUSED = "without running statistics|in a batch it has|takes export_onnx|function of one's own"


@pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: kind.__name__)
def test_every_layer(kind: type, tmp_path: Path) -> None:
    agreed = 0
    for case in MODULES[kind]:
        model = case.make({"dtype": np.float32, "rng": 0})
        (x,) = case.given(np.float32)
        try:
            compare(model, x, tmp_path / "model.onnx")
        except NotExportable as error:
            assert re.search(REFUSED, str(error))
        else:
            agreed += 1
    assert agreed


@pytest.mark.parametrize(
    "kind", [kind for kind in MODULES if kind not in WRITTEN], ids=lambda kind: kind.__name__
)
def test_every_other_layer_is_refused_by_name(kind: type, tmp_path: Path) -> None:
    model = MODULES[kind][0].make({"dtype": np.float32, "rng": 0})
    x = MODULES[kind][0].given(np.float32)[0]
    # A model of layers is refused for one of them.
    words = r"cannot be written to ONNX: (known are .*Linear.*|it has a forward of its own)"
    with pytest.raises(NotExportable, match=words):
        nn.export_onnx(nn.Sequential(nn.Identity(), model), tmp_path / "x", x)
    assert not list(tmp_path.iterdir())


def test_no_layer_is_forgotten() -> None:
    names = {kind.__name__ for kind in WRITTEN}
    dense = {"Linear", "MLP", "Sequential", "Residual", "Flatten", "Dropout", "Embedding"}
    norms = {"BatchNorm1d", "BatchNorm2d", "LayerNorm", "GroupNorm"}
    assert dense | norms <= names
    for name in set(nn.activations.names()) - {"prelu", "parametric_relu"}:
        assert any(base in _TABLE for base in type(nn.activations.get(name)).__mro__), name


# Activations at the ends of their range, where formulas overflow or cancel --------------------

ENDS = np.array([[-1e4, -200, -20.5, -5, -2, -1, -1e-3, 0, 1e-3, 1, 2, 5, 19.5, 20.5, 200, 1e4]])


@pytest.mark.parametrize("name", nn.activations.names())
def test_activations_far_out(name: str, tmp_path: Path) -> None:
    compare(nn.activations.get(name), ENDS.astype(np.float32), tmp_path / "model.onnx")


SMALL = np.random.default_rng(1).normal(size=(3, 4, 2, 3)).astype(np.float32)
FLAT = SMALL[:, :, 0, 0]


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (nn.BatchNorm1d(4, eps=0.5), FLAT),
        (nn.BatchNorm2d(4, eps=0.5, affine=False), SMALL),
        (nn.LayerNorm((2, 3), eps=0.5), SMALL),
        (nn.GroupNorm(2, 4, eps=0.5), SMALL),
        (nn.Softplus(beta=2.0, threshold=0.5), FLAT),
        (nn.Softplus(beta=2.0, threshold=None), FLAT),
        (nn.CELU(0.3), FLAT),
        (nn.ELU(0.3), FLAT),
        (nn.GELU("tanh"), FLAT),
        (nn.Hardtanh(-0.5, 0.25), FLAT),
        (nn.LeakyReLU(-0.3), FLAT),
        (nn.PReLU(4, 0.7), SMALL),
        (nn.Softmax(1), SMALL),
        (nn.LogSoftmax(-2), SMALL),
    ],
    ids=lambda x: repr(x) if isinstance(x, nn.Module) else "",
)
def test_settings_are_heeded(layer: nn.Module, x: np.ndarray, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, tensor in layer.named_state():
        if name in ("weight", "bias", "running_mean", "running_var"):
            tensor.data[...] = rng.uniform(0.5, 1.5, tensor.shape)
    compare(layer, x, tmp_path / "model.onnx")


# Convolution, over its settings -----------------------------------------------------------------

PICTURES = np.random.default_rng(0).normal(size=(3, 4, 9, 8)).astype(np.float32)
SEQUENCES = PICTURES[:, :, :, 0].copy()
LAYERS: dict[str, tuple[Any, np.ndarray]] = {
    repr(layer): (layer, PICTURES if "2d" in type(layer).__name__ else SEQUENCES)
    for layer in (
        Conv1d(4, 6, 3, rng=0),
        Conv1d(4, 6, 2, stride=2, padding=1, dilation=3, groups=2, bias=False, rng=0),
        Conv1d(4, 2, 4, padding="same", rng=0),
        Conv1d(4, 2, 3, padding=2, padding_mode="reflect", rng=0),
        Conv2d(4, 6, 3, rng=0),
        Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=4, rng=0),
        Conv2d(4, 2, (2, 4), padding="same", rng=0),
        Conv2d(4, 2, 3, padding="valid", rng=0),
        Conv2d(4, 2, (3, 4), padding="same", padding_mode="replicate", rng=0),
        Conv2d(4, 2, 3, padding=(2, 1), padding_mode="reflect", rng=0),
        ConvTranspose1d(4, 2, 3, stride=2, padding=1, output_padding=1, rng=0),
        ConvTranspose2d(4, 6, 3, rng=0),
        ConvTranspose2d(4, 2, (3, 2), stride=(2, 3), dilation=2, groups=2, bias=False, rng=0),
        MaxPool1d(2),
        MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True),
        MaxPool2d(2),
        MaxPool2d((3, 2), stride=2, padding=1),
        MaxPool2d(3, stride=(2, 3), padding=1, ceil_mode=True),
        MaxPool2d(2, stride=3, ceil_mode=True),
        AvgPool1d(2),
        AvgPool1d(4, stride=3, padding=1, ceil_mode=True),
        AvgPool2d(3, stride=2),
        AvgPool2d(2, ceil_mode=True),
        AdaptiveAvgPool1d(1),
        AdaptiveAvgPool1d(4),
        AdaptiveAvgPool2d(1),
        AdaptiveAvgPool2d((5, 3)),
        AdaptiveAvgPool2d((None, 2)),
    )
}


@pytest.mark.parametrize("name", LAYERS)
def test_convolution_and_pooling(name: str, tmp_path: Path) -> None:
    layer, x = LAYERS[name]
    compare(layer, x, tmp_path / "model.onnx")


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("divisor", [None, 5])
def test_all_that_average_pooling_can_be_told(
    ceil: bool, padding: int, counted: bool, divisor: int | None, tmp_path: Path
) -> None:
    pool = AvgPool2d((3, 2), (2, 3), padding, ceil, counted, divisor)
    compare(pool, PICTURES, tmp_path / "model.onnx")


def test_circular_padding_came_with_opset_19(tmp_path: Path) -> None:
    layer = Conv2d(4, 2, 3, padding=(2, 1), padding_mode="circular", rng=0)
    with pytest.raises(NotExportable, match=r"takes export_onnx\(\.\.\., opset=19\)"):
        nn.export_onnx(layer, tmp_path / "x", PICTURES)
    compare(layer, PICTURES, tmp_path / "model.onnx", opset=19)


def test_one_picture_is_no_batch(tmp_path: Path) -> None:
    with pytest.raises(NotExportable, match=r"inputs has shape \(9, 8\), and in a batch it has 3"):
        nn.export_onnx(Conv2d(2, 2, 3), tmp_path / "x", (9, 8))


# Whole models -----------------------------------------------------------------------------------


def network() -> nn.Sequential:
    return nn.Sequential(
        Conv2d(4, 8, 3, padding=1, rng=0),
        nn.BatchNorm2d(8),
        nn.SiLU(),
        nn.Residual(nn.Sequential(Conv2d(8, 8, 3, padding="same", rng=1), nn.PReLU(8))),
        MaxPool2d(2),
        nn.Flatten(),
        nn.MLP(8 * 4 * 4, [16], 5, activation=np.arctan, norm="layer", dropout=0.3, rng=2),
        nn.Softmax(),
    )


def test_a_trained_network(tmp_path: Path) -> None:
    model = network()
    y = np.arange(3)
    nn.fit(model, PICTURES, y, epochs=3, lr=0.01, seed=0, batch_size=3, loss=lambda p, t: (
        -p[np.arange(len(t)), t].log().mean()
    ))  # fmt: skip
    compare(model, PICTURES, tmp_path / "model.onnx")
    compare(model, PICTURES, tmp_path / "model.onnx", opset=21)


def test_names_are_those_of_the_model(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    nn.export_onnx(network(), path, (4, 9, 8))
    graph = onnx.load(path).graph
    assert graph.name == "Sequential"
    assert [node.name for node in graph.node][:6] == [
        "0.Conv", "1.BatchNormalization", "2.Sigmoid", "2.Mul",
        "3.module.0.Conv", "3.module.1.PRelu",
    ]  # fmt: skip
    weights = {
        constant.name: onnx.numpy_helper.to_array(constant) for constant in graph.initializer
    }
    for name, array in network().state_dict().items():
        if name in weights:
            np.testing.assert_array_equal(weights[name], array)
    missing = network().state_dict().keys() - weights.keys()
    assert missing == {"1.num_batches_tracked", "3.module.1.weight"}  # unused; written as a column

    def shape(value: Any) -> list[Any]:
        return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]

    assert [(v.name, shape(v)) for v in graph.input] == [("input", ["batch", 4, 9, 8])]
    assert [(v.name, shape(v)) for v in graph.output] == [("output", ["batch", 5])]


def test_layers_that_are_shared(tmp_path: Path) -> None:
    layer = nn.Linear(4, 4, rng=0)
    model = nn.Sequential(layer, nn.Tanh(), layer, nn.Residual(layer))
    compare(model, PICTURES[:, :, 0, 0], tmp_path / "model.onnx")
    constants = onnx.load(tmp_path / "model.onnx").graph.initializer
    assert sorted(c.name for c in constants) == ["0.bias", "0.weight"]


def test_models_that_do_nothing(tmp_path: Path) -> None:
    for model in (nn.Identity(), nn.Sequential(), nn.Dropout(), nn.Residual(nn.Identity())):
        compare(model, PICTURES, tmp_path / "model.onnx")


def test_inputs_of_all_kinds(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    words = nn.Sequential(nn.Embedding(7, 3, padding_idx=0, rng=0), nn.Flatten(), nn.Linear(6, 2))
    nn.export_onnx(words, path, (2,))
    numbers = np.array([[0, 6], [3, 2], [1, 1]])
    np.testing.assert_allclose(run(path, numbers), words(numbers).numpy(), **CLOSE)
    compare(words, numbers, path)
    # Doubles stay doubles, a list will do, and so will integers where floats are due.
    double = nn.Sequential(nn.Linear(2, 3, dtype=float, rng=0), nn.Tanh())
    x = np.array([[1.0, 2.0]])
    nn.export_onnx(double, path, [[1, 2]])
    np.testing.assert_allclose(run(path, x), double(x).numpy(), rtol=1e-12)
    nn.export_onnx(double, path, (2,))
    np.testing.assert_allclose(run(path, x), double(x).numpy(), rtol=1e-12)
    # Axes between the batch and the features, and all joined into one.
    compare(nn.Sequential(nn.Linear(8, 3, rng=0), nn.Flatten(2, 3)), PICTURES, path)
    compare(nn.Sequential(nn.Linear(8, 3, bias=False, rng=0), nn.Flatten(0, 1)), PICTURES, path)


def test_modes_are_left_as_they_were(tmp_path: Path) -> None:
    model = network()
    model[1].eval()
    before = model.state_dict()
    modes = [m.training for m in model.modules()]
    nn.export_onnx(model, tmp_path / "model.onnx", PICTURES)
    assert [m.training for m in model.modules()] == modes
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


# What cannot be written -------------------------------------------------------------------------


class Own(nn.Linear):
    def forward(self, x: Any) -> Any:
        return super().forward(x) * 2


class Renamed(nn.Linear):
    """A subclass that computes what its base does."""


class Squared(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * x


def test_a_forward_of_ones_own_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    model = nn.Sequential(nn.ReLU(), nn.Residual(nn.Sequential(Own(3, 3))))
    words = (
        r"layer '1\.module\.0', Own\(.*forward of its own; take Linear as it is, or say how with @"
    )
    with pytest.raises(TypeError, match=words):
        nn.export_onnx(model, path, (3,))
    compare(Renamed(3, 2, rng=0), PICTURES[:, :3, 0, 0], path)


def test_one_can_say_how(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 3, rng=0), Squared())
    path = tmp_path / "model.onnx"
    with pytest.raises(
        NotExportable, match=r"layer '1', Squared\(\), cannot .* known are AdaptiveAvg"
    ):
        nn.export_onnx(model, path, (3,))

    @nn.onnx.register(Squared)
    def squared(graph: Any, module: Squared, x: Any) -> str:
        return graph.node("Pow", x, np.array(2, x.dtype))

    try:
        compare(model, PICTURES[:, :3, 0, 0], path)
    finally:
        del _TABLE[Squared]


def test_functions(tmp_path: Path) -> None:
    x = PICTURES[:, :, 0, 0]
    for f in (np.sin, np.exp, nn.activations.mish, nn.activations.relu, np.abs):
        compare(nn.MLP(4, [3], 2, activation=f, rng=0), x, tmp_path / "model.onnx")
    own = nn.MLP(4, [3], 2, activation=lambda x: x * 2)
    with pytest.raises(
        NotExportable, match=r"layer '1', Function\(<lambda>\).*write it as a module"
    ):
        nn.export_onnx(own, tmp_path / "x", x)


@pytest.mark.parametrize(
    ("model", "example", "opset", "error", "words"),
    [
        (nn.ReLU, (3,), 17, TypeError, r"takes an nn\.Module, got <class"),
        (nn.ReLU(), (3,), 16, ValueError, r"opset is from 17 to \d+ with this onnx, got 16"),
        (nn.ReLU(), (3,), "17", ValueError, "opset is from"),
        (nn.ReLU(), np.array(["a"]), 17, TypeError, "the example holds <U1, not numbers"),
        (nn.ReLU(), np.zeros((0, 3)), 17, ValueError, r"example has shape \(0, 3\)"),
        (nn.ReLU(), 3, 17, ValueError, r"example has shape \(\): it takes one input or more"),
        (nn.Linear(3, 2), (4,), 17, ValueError, "its last axis has to have length 3"),
    ],
)
def test_wrong_use_answers_at_once(
    model: Any, example: Any, opset: Any, error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        nn.export_onnx(model, tmp_path / "x", example, opset=opset)
    assert not list(tmp_path.iterdir())


def test_import_without_onnx_and_the_cure(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "import nn\n"
        "try: nn.export_onnx(nn.ReLU(), 'x', (3,))\n"
        "except ImportError as error: print(error)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(nn.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env,
        check=True,
    )  # fmt: skip
    assert done.stdout == (
        "writing ONNX files takes the onnx package: pip install 'blamegraph[onnx]'\n"
    )
