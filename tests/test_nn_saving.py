"""Weights in files: what comes back is what went in, and the old file outlives every mishap."""

import errno
import io
import os
import pickle
import stat
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd as ag
import nn
from nn import atomic, saving


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether every bit is equal."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


# Back and forth ---------------------------------------------------------------------------------


def test_a_model_comes_back(tmp_path: Path) -> None:
    one, two = nn.MLP(3, [4], 2, rng=0), nn.MLP(3, [4], 2, rng=1)
    path = tmp_path / "model.safetensors"
    nn.save(one, path)
    assert nn.load(path, two) is two
    for p, q in zip(one.parameters(), two.parameters(), strict=True):
        assert same(p.numpy(), q.numpy())
    assert list(nn.load(path)) == ["0.bias", "0.weight", "2.bias", "2.weight"]
    nn.load(path)["0.bias"][...] = 1.0  # an array of one's own


CODES = ("?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8")
DTYPES = [np.dtype(code) for code in CODES]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=3))
)


@given(st.dictionaries(st.text(max_size=5), ARRAYS, max_size=4))
def test_arrays_of_every_dtype_and_shape_come_back(arrays: dict[str, np.ndarray]) -> None:
    back = saving.from_bytes(bytes(saving.to_bytes(arrays)))
    assert back.keys() == arrays.keys()
    assert all(same(back[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12.0)[::-2],
        np.broadcast_to(np.float32(2), (2, 3)),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(3, dtype=">i4"),
        np.array(5.0),
        np.zeros((0, 3)),
        np.float32(1.5),
        [[1, 2], [3, 4]],
        ag.tensor([1.0, 2.0], requires_grad=True),
    ],
    ids=str,
)
def test_arrays_in_any_layout_come_back(array: Any, tmp_path: Path) -> None:
    nn.save({"x": array}, tmp_path / "x")
    back = nn.load(tmp_path / "x")["x"]
    due = array.detach().numpy() if isinstance(array, ag.Tensor) else np.asarray(array)
    assert back.shape == due.shape and back.dtype == due.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, due)


def test_shared_parameters_are_written_once_and_come_back_shared(tmp_path: Path) -> None:
    def tied(rng: int) -> nn.Sequential:
        first = nn.Linear(3, 3, rng=rng)
        return nn.Sequential(first, nn.Tanh(), first)

    nn.save(tied(0), tmp_path / "tied")
    assert list(nn.load(tmp_path / "tied")) == ["0.bias", "0.weight"]
    model = nn.load(tmp_path / "tied", tied(1))
    assert same(model[2].weight.numpy(), tied(0)[0].weight.numpy())


def test_paths_of_all_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"x": np.ones(2)}
    monkeypatch.chdir(tmp_path)
    for path in ("bare", Path("deep.name.with.dots"), str(tmp_path / "ünï cødé"), "n" * 255):
        nn.save(state, path)
        assert same(nn.load(path)["x"], state["x"])
    assert len(os.listdir()) == 4
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to write model in"):
        nn.save(state, tmp_path / "nowhere" / "model")
    with pytest.raises(IsADirectoryError):
        nn.save(state, tmp_path)
    with pytest.raises(FileNotFoundError, match="absent"):
        nn.load("absent")
    with pytest.raises(IsADirectoryError):
        nn.load(tmp_path)


def test_notes_are_kept(tmp_path: Path) -> None:
    notes = {"epochs": "12", "a": "b", 'with "quotes"': "ü\n"}
    nn.save(nn.Linear(1, 1), tmp_path / "x", metadata=notes)
    assert saving.read_metadata(tmp_path / "x") == notes
    nn.save({}, tmp_path / "x")
    assert saving.read_metadata(tmp_path / "x") == nn.load(tmp_path / "x") == {}


def test_bfloat16_becomes_float32(tmp_path: Path) -> None:
    # 1.0, -2.5, infinity, a subnormal: the upper halves of the float32 numbers.
    exact = np.array([1.0, -2.5, np.inf, 9.183549615799121e-41], np.float32)
    halves = (exact.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = b'{"x":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}'
    (tmp_path / "x").write_bytes(struct.pack("<Q", len(header)) + header + halves)
    back = nn.load(tmp_path / "x")["x"]
    assert same(back, exact.reshape(2, 2))


def test_dtypes_that_numpy_has_not_are_named(tmp_path: Path) -> None:
    header = b'{"x":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}'
    (tmp_path / "x").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0")
    with pytest.raises(ValueError, match="'x' holds F8_E4M3, which NumPy has not; convert it"):
        nn.load(tmp_path / "x")


# Wrong use --------------------------------------------------------------------------------------


def test_a_file_that_does_not_fit_leaves_the_model_alone(tmp_path: Path) -> None:
    path = tmp_path / "model"
    nn.save(nn.MLP(3, [5], 2, rng=0), path)
    model = nn.MLP(3, [4], 2, rng=1)
    before = model.state_dict()
    with pytest.raises(
        ValueError, match=r"model: this state does not fit MLP: 0\.weight has shape"
    ):
        nn.load(path, model)
    nn.save({"0.bias": np.ones(4)}, path)
    with pytest.raises(ValueError, match=r"missing: 0\.weight"):
        nn.load(path, model)
    assert all(same(a, before[name]) for name, a in model.state_dict().items())
    nn.load(path, model, strict=False)
    assert model[0].bias.numpy().tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        (nn.Linear, TypeError, "a model or a dict of arrays, got <class"),
        (np.ones(3), TypeError, "a model or a dict of arrays"),
        ({1: np.ones(2)}, TypeError, "1 is no str"),
        ({"x": np.array(["a"])}, TypeError, "'x' holds <U1, which the safetensors format has not"),
        ({"x": np.array([None])}, TypeError, "'x' holds object"),
        ({"x": np.ones(2, np.complex128)}, TypeError, "'x' holds complex128"),
        ({"__metadata__": np.ones(2)}, ValueError, "the format's own"),
        ({"\ud800": np.ones(2)}, ValueError, "not valid Unicode"),
    ],
)
def test_what_cannot_be_saved_is_named(
    state: Any, error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        nn.save(state, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_metadata_is_text(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="metadata maps str to str, got 'epochs': 3"):
        nn.save({}, tmp_path / "x", metadata={"epochs": 3})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match=r"into an nn\.Module, not <class"):
        nn.load(tmp_path / "x", nn.Linear)  # type: ignore[call-overload]


class Trap:
    """Pickled, it would run code when it is read."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_are_refused_unread(
    protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.pt").write_bytes(pickle.dumps({"w": Trap()}, protocol))
    words = "pickle can run any code.*save_file" if protocol >= 2 else "no safetensors file"
    with pytest.raises(ValueError, match=words):
        nn.load("model.pt")
    assert not Path("sprung").exists()


def test_zip_files_are_refused_with_a_cure(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "model.pth", "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps({}))
    with pytest.raises(ValueError, match=r"model\.pth: it is a zip file, such as torch\.save"):
        nn.load(tmp_path / "model.pth")
    stream = io.BytesIO()
    np.savez(stream, x=np.ones(3))
    (tmp_path / "x.npz").write_bytes(stream.getvalue())
    with pytest.raises(ValueError, match=r"x\.npz: it is an \.npz file: nn\.save\(dict"):
        nn.load(tmp_path / "x.npz")


def test_a_header_that_begins_like_a_pickle_is_read() -> None:
    arrays = {"x": np.arange(3.0)}
    for length in range(300, 700):
        data = bytes(saving.to_bytes(arrays, {"n": " " * length}))
        if data[:2] == b"\x80\x02":
            break
    else:
        pytest.fail("no header had the length that looks like a pickle")
    assert same(saving.from_bytes(data)["x"], arrays["x"])


def test_damaged_files_are_refused_in_one_line(tmp_path: Path) -> None:
    whole = bytes(saving.to_bytes({"x": np.arange(4.0), "y": np.ones(2, bool)}, {"a": "b"}))
    path = tmp_path / "x"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"^.*x: this is no safetensors file, or a damaged"):
            nn.load(path)
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(3000):
        bad = bytearray(whole)
        bad[rng.integers(len(bad))] = rng.integers(256)
        try:
            saving.from_bytes(bytes(bad))
            saving.metadata_of(bytes(bad))
            outcomes.add("read")  # another number or name: there is no checksum in the format
        except ValueError as error:
            assert "\n" not in str(error)
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


# Files written whole or not at all --------------------------------------------------------------


def test_a_failed_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    atomic.write(path, b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=f"No space left on device: .*{path.name}"):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["x"]

    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["x"]


def test_the_bytes_are_on_the_disk_before_the_file_takes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        events.append(f"fsync {kind} of {os.fstat(handle).st_size if kind == 'file' else '-'}")
        fsync(handle)

    def watched_replace(a: Any, b: Any) -> None:
        events.append("replace")
        replace(a, b)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    atomic.write(tmp_path / "x", b"12345")
    assert events == ["fsync file of 5", "replace", "fsync folder of -"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX systems")
def test_permissions_are_those_of_open(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with open(tmp_path / "opened", "wb"):
            pass
        atomic.write(tmp_path / "new", b"")
        assert os.stat(tmp_path / "new").st_mode == os.stat(tmp_path / "opened").st_mode
    finally:
        os.umask(mask)
    (tmp_path / "new").chmod(0o604)
    atomic.write(tmp_path / "new", b"more")
    assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o604


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write protected files"
)
def test_write_protected_files_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="x is write-protected"):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old"


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "x"
    target.write_bytes(b"old")
    for name, points_at in (("link", target), ("dangling", tmp_path / "real" / "y")):
        link = tmp_path / name
        link.symlink_to(points_at)
        atomic.write(link, b"new")
        assert link.is_symlink() and points_at.read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path / "real")) == ["x", "y"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_devices_are_written_to_and_stay() -> None:
    atomic.write(os.devnull, b"anything")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_leftovers_are_found_by_the_name_they_were_for(tmp_path: Path) -> None:
    (tmp_path / ".x-0123456789abcdef.tmp").touch()
    for other in (".y-0123456789abcdef.tmp", "x", ".x-0123.tmp", ".x-0123456789abcdef"):
        (tmp_path / other).touch()
    assert [p.name for p in atomic.leftovers(tmp_path, "x")] == [".x-0123456789abcdef.tmp"]
