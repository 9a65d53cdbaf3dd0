"""Weights written here load in PyTorch, and the other way round, under the same names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn

torch = pytest.importorskip("torch", reason="PyTorch is the judge here (make oracle)")
files = pytest.importorskip("safetensors.torch")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

ROWS = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
PICTURES = np.random.default_rng(1).normal(size=(3, 2, 8, 8)).astype(np.float32)
SEQUENCES = np.random.default_rng(2).normal(size=(4, 3, 6)).astype(np.float32)
NUMBERS = np.random.default_rng(3).integers(9, size=(4, 3))


def dense(lib: Any) -> Any:
    return lib.Sequential(
        lib.Linear(6, 8), lib.Tanh(), lib.Dropout(0.5), lib.Linear(8, 3, bias=False), lib.PReLU(3)
    )


def normalised(lib: Any) -> Any:
    return lib.Sequential(
        lib.Linear(6, 4), lib.BatchNorm1d(4), lib.ReLU(), lib.Linear(4, 4), lib.LayerNorm(4),
        lib.BatchNorm1d(4, affine=False),
    )  # fmt: skip


def convolutional(lib: Any) -> Any:
    return lib.Sequential(
        lib.Conv2d(2, 4, 3, padding=1), lib.BatchNorm2d(4), lib.ReLU(), lib.MaxPool2d(2),
        lib.GroupNorm(2, 4), lib.ConvTranspose2d(4, 2, 2, stride=2), lib.Flatten(),
        lib.Linear(128, 3),
    )  # fmt: skip


def looked_up(lib: Any) -> Any:
    return lib.Sequential(lib.Embedding(9, 4, padding_idx=0), lib.Flatten(), lib.Linear(12, 2))


MODELS: dict[str, tuple[Any, np.ndarray]] = {
    "dense": (dense, ROWS),
    "normalised": (normalised, ROWS),
    "convolutional": (convolutional, PICTURES),
    "looked up": (looked_up, NUMBERS),
    "rnn": (lambda lib: lib.RNN(6, 5, num_layers=2, nonlinearity="relu"), SEQUENCES),
    "lstm": (lambda lib: lib.LSTM(6, 5, num_layers=2, bidirectional=True), SEQUENCES),
    "gru": (lambda lib: lib.GRU(6, 5, batch_first=True), SEQUENCES),
    "attention": (lambda lib: lib.TransformerEncoderLayer(6, 2, 7, batch_first=True), SEQUENCES),
}


@pytest.fixture(params=MODELS)
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any, np.ndarray]:
    """The model here and there, with weights of their own, and an input."""
    make, x = MODELS[request.param]
    nn.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = make(nn), make(torch.nn)
    for model, given in ((ours, x), (theirs, torch.tensor(x))):
        model(given)  # moves running means off their starting values
    return ours, theirs, x


def agree(ours: Any, theirs: Any, x: np.ndarray) -> None:
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)  # in the same order, even
    for name, array in ours.state_dict().items():
        other = state[name].numpy()
        assert array.dtype == other.dtype and array.shape == other.shape, name
        assert array.tobytes() == other.tobytes(), name
    out, due = ours.eval()(x), theirs.eval()(torch.tensor(x))
    if isinstance(out, tuple):
        out, due = out[0], due[0]
    np.testing.assert_allclose(out.numpy(), due.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_ours_loads_in_pytorch(pair: tuple[Any, Any, np.ndarray], tmp_path: Path) -> None:
    ours, theirs, x = pair
    nn.save(ours, tmp_path / "model.safetensors", metadata={"by": "us"})
    theirs.load_state_dict(files.load_file(tmp_path / "model.safetensors"))
    agree(ours, theirs, x)


def test_pytorchs_loads_in_ours(pair: tuple[Any, Any, np.ndarray], tmp_path: Path) -> None:
    ours, theirs, x = pair
    files.save_file(theirs.state_dict(), tmp_path / "model.safetensors", {"format": "pt"})
    nn.load(tmp_path / "model.safetensors", ours)
    agree(ours, theirs, x)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_short_floats_of_pytorch_are_widened(dtype: str, tmp_path: Path) -> None:
    theirs = dense(torch.nn).to(getattr(torch, dtype))
    files.save_file(theirs.state_dict(), tmp_path / "model.safetensors")
    ours = nn.load(tmp_path / "model.safetensors", dense(nn))
    agree(ours, theirs.float(), ROWS)


def test_shared_weights_both_ways(tmp_path: Path) -> None:
    def tied(lib: Any) -> Any:
        layer = lib.Linear(6, 6)
        return lib.Sequential(layer, lib.Tanh(), layer)

    path = tmp_path / "model.safetensors"
    ours, theirs = tied(nn), tied(torch.nn)
    nn.save(ours, path)
    files.load_model(theirs, path)
    x = torch.tensor(ROWS)
    np.testing.assert_allclose(ours(ROWS).numpy(), theirs(x).detach().numpy(), rtol=1e-5, atol=1e-6)
    theirs = tied(torch.nn)
    files.save_model(theirs, path)
    nn.load(path, ours)
    np.testing.assert_allclose(ours(ROWS).numpy(), theirs(x).detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("zipped", [True, False])
def test_what_torch_save_writes_is_refused(zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(dense(torch.nn).state_dict(), path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"model\.pt: it is a (zip file|pickle).*save_file\(model"):
        nn.load(path)
    # The cure, taken at its word.
    files.save_file(torch.load(path), tmp_path / "model.safetensors")
    nn.load(tmp_path / "model.safetensors", dense(nn))


def test_an_optimizers_state_goes_through_a_checkpoint(tmp_path: Path) -> None:
    theirs = dense(torch.nn)
    ours = dense(nn)
    ours.load_state_dict(theirs.state_dict())
    there = torch.optim.Adam(theirs.parameters(), lr=0.01)
    for _ in range(3):
        there.zero_grad()
        theirs(torch.tensor(ROWS)).square().sum().backward()
        there.step()
    plain = there.state_dict()
    plain["state"] = {
        i: {k: v.numpy() for k, v in kept.items()} for i, kept in plain["state"].items()
    }
    nn.Checkpoint(tmp_path).write(3, *nn.checkpoint.pack(plain))
    found = nn.Checkpoint(tmp_path).latest()
    assert found is not None
    here = nn.optim.Adam(ours.parameters())
    here.load_state_dict(nn.checkpoint.unpack(found.arrays, found.state))
    state = here.state_dict()
    for i, kept in plain["state"].items():
        assert state["state"][i]["step"] == 3
        for name in ("exp_avg", "exp_avg_sq"):
            np.testing.assert_array_equal(state["state"][i][name], kept[name])
    assert state["param_groups"][0]["lr"] == 0.01
