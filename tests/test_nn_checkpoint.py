"""Checkpoints: exactly what was saved, or refused; and the one before is never lost."""

import math
import os
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn
from nn import saving
from nn.checkpoint import (
    Checkpoint,
    CheckpointError,
    capture_random,
    files,
    pack,
    read,
    restore_random,
    unpack,
)


def equal(a: Any, b: Any) -> bool:
    """Whether both are the same to the last bit and of the same types, dicts in the same order."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            equal(p, q) for p, q in zip(a.items(), b.items(), strict=True)
        )
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b)
    return a == b


# State taken apart and put together --------------------------------------------------------------

DTYPES = [np.dtype(c) for c in ("?", "u1", "i4", "u8", "i8", "f2", "f4", "f8", "c8")]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=3))
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**200), 2**200)
    | st.floats()
    | st.text()
    | ARRAYS
    | ARRAYS.filter(lambda a: a.size).map(lambda a: a.flat[0])
)
KEYS = st.text(max_size=3) | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
STATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(
            st.sampled_from(["$", "a", "a.b", "b", ""]) | st.text(), inner, max_size=4
        )
        | st.dictionaries(KEYS | st.tuples(KEYS, KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(state=STATES)
def test_state_comes_back_through_a_file_exactly(state: Any) -> None:
    arrays, rest = pack(state)
    step, back, found = files._decode(bytes(files._encode(3, arrays, rest)))
    assert step == 3
    assert equal(unpack(back, found), state)


def test_numbers_that_json_has_not_come_back() -> None:
    nans = [struct.unpack(">d", bytes.fromhex(h))[0] for h in ("7ff8000000000000",
            "fff8000000000000", "7ff800000000beef")]  # fmt: skip
    floats = [math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1, *nans]
    ints = [2**63, 2**64 - 1, 2**64, -(2**64), 2**127 + 1, -(10**5000)]
    state = {"floats": floats, "ints": ints, 1: True, 2.5: None, (1, "a"): np.float32(0.1)}
    assert equal(unpack(*_through_a_file(*pack(state))), state)


def test_packed_state_is_readable() -> None:
    optimizer = {"state": {0: {"step": 3, "exp_avg": np.ones(2)}}, "param_groups": [{"lr": 0.1}]}
    arrays, rest = pack({"model": {"0.weight": np.zeros((1, 2))}, "optimizer": optimizer})
    assert list(arrays) == ["model.0.weight", "optimizer.state.0.exp_avg"]
    assert rest["optimizer"]["param_groups"] == [{"lr": 0.1}]
    arrays, rest = pack({"a.b": np.ones(1), "a": {"b": np.zeros(2)}})
    assert list(arrays) == ["a.b", "a.b'"]
    assert pack(np.ones(1))[0].keys() == {"array"}


def test_what_cannot_be_packed_is_named() -> None:
    loop: list[Any] = []
    loop.append(loop)
    for bad, words in (
        ({"a": [1, {2}]}, r"state\['a'\]\['1'\] is a set"),
        ({"rng": np.random.default_rng(0)}, r"state\['rng'\] is a Generator"),
        ({"x": np.array(["a"])}, r"state\['x'\] holds <U1"),
        ({"x": np.zeros(1, np.complex128)}, r"state\['x'\] holds complex128"),
    ):
        with pytest.raises(TypeError, match=words):
            pack(bad)
    with pytest.raises(ValueError, match="nested more than 100 deep, or holds itself"):
        pack({"a": loop})


@pytest.mark.parametrize(
    "rest",
    [
        {"$": "array", "name": "absent"},
        {"$": "array"},
        {"$": "float", "hex": "00"},
        {"$": "int", "hex": "zz"},
        {"$": "dict", "items": [[[], 1]]},
        {"$": "dict", "items": 3},
        {"$": "number", "name": {}},
        {"$": "eval"},
    ],
    ids=str,
)
def test_what_pack_did_not_make_is_refused(rest: Any) -> None:
    with pytest.raises(ValueError, match="not made by pack"):
        unpack({}, rest)


# Random numbers -----------------------------------------------------------------------------------

BITS = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]


class Noisy(nn.Module):
    """Generators as an attribute, in a list, in a dict, and in a layer inside."""

    def __init__(self, bits: Any) -> None:
        self.rng = np.random.Generator(bits(0))
        self.more = [np.random.default_rng(1), {"a": np.random.default_rng(2)}]
        self.layers = [nn.Dropout(rng=np.random.default_rng(3)), nn.Dropout(rng=self.rng)]
        self.shared = nn.Dropout()

    def draw(self) -> list[np.ndarray]:
        one, rest = self.more
        # An odd number of 32-bit numbers leaves half of a 64-bit one waiting.
        odd = self.rng.integers(2**20, size=3, dtype=np.uint32)
        x = np.ones(40)
        drawn = [odd, self.rng.normal(size=3), one.random(2), rest["a"].random(2)]
        return drawn + [layer(x) for layer in (*self.layers, self.shared)]


@pytest.mark.parametrize("bits", BITS, ids=lambda b: b.__name__)
def test_random_numbers_go_on_where_they_were(bits: Any) -> None:
    nn.manual_seed(5)
    model, other = Noisy(bits), np.random.default_rng(9)
    model.draw()
    arrays, rest = pack(capture_random(model, other))
    due = [*model.draw(), other.random(3)]
    nn.manual_seed(6)
    twin, another = Noisy(bits), np.random.default_rng(10)
    saved = unpack(*_through_a_file(arrays, rest))
    restore_random(twin, another, saved)
    assert equal([*twin.draw(), another.random(3)], due)
    restore_random(model, other, saved)
    assert equal([*model.draw(), other.random(3)], due)


def _through_a_file(arrays: Any, rest: Any) -> tuple[Any, Any]:
    return files._decode(bytes(files._encode(0, arrays, rest)))[1:]


def test_a_generator_that_is_shared_is_saved_once() -> None:
    model = Noisy(np.random.PCG64)
    assert list(capture_random(model, model.rng)) == [
        "nn", "other 0", "model.more.0", "model.more.1.a", "model.layers.0.rng"
    ]  # fmt: skip


def test_random_state_of_another_model_is_refused() -> None:
    model = Noisy(np.random.PCG64)
    state = capture_random(model)
    with pytest.raises(ValueError, match=r"drawn from nn, model\.rng, .* and are now from nn;"):
        restore_random(nn.ReLU(), state)
    before = capture_random(model)
    with pytest.raises(ValueError, match=r"of model\.rng came from MT19937 and now come from PCG"):
        restore_random(model, capture_random(Noisy(np.random.MT19937)))
    assert equal(capture_random(model), before)


# Files -------------------------------------------------------------------------------------------

ARRAY = {"w": np.arange(3.0), "flags": np.array([True, False])}
STATE = {"epoch": 2, "history": [{"loss": 0.5}], "name": 'a "checkpoint":"quoted"'}


def small() -> bytes:
    return bytes(files._encode(7, ARRAY, STATE))


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "deep" / "run", every_steps=5)
    assert checkpoint.latest() is None
    path = checkpoint.write(7, ARRAY, STATE)
    found = checkpoint.latest()
    assert found is not None and found.path == path and found.step == 7
    assert equal(found.arrays, dict(sorted(ARRAY.items()))) and found.state == STATE
    assert nn.load(path).keys() == ARRAY.keys()  # it is a safetensors file like others


def test_the_last_ones_are_kept(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, keep=3)
    # The number of digits does not matter, nor do files that are none of ours.
    (tmp_path / "notes.txt").touch()
    (tmp_path / "step-5.safetensors.bak").touch()
    for step in (5, 99, 100, 10**10, 10**11):
        checkpoint.write(step, {}, step)
    assert sorted(os.listdir(tmp_path)) == [
        "notes.txt", "step-0000000100.safetensors", "step-10000000000.safetensors",
        "step-100000000000.safetensors", "step-5.safetensors.bak",
    ]  # fmt: skip
    found = checkpoint.latest()
    assert found is not None and found.state == 10**11


def test_the_old_one_goes_only_when_the_new_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Checkpoint(tmp_path, keep=1)
    checkpoint.write(1, ARRAY, None)

    def fail(a: Any, b: Any) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="gone"):
            checkpoint.write(2, ARRAY, None)
    found = checkpoint.latest()
    assert found is not None and found.step == 1
    checkpoint.write(2, ARRAY, None)
    assert os.listdir(tmp_path) == ["step-0000000002.safetensors"]


def test_half_written_files_of_a_killed_run_are_cleaned_up(tmp_path: Path) -> None:
    Checkpoint(tmp_path).write(1, ARRAY, None)
    litter = tmp_path / ".step-0000000002.safetensors-0123456789abcdef.tmp"
    other = tmp_path / ".another-0123456789abcdef.tmp"
    litter.write_bytes(small()[:50])
    other.touch()
    found = Checkpoint(tmp_path).latest()
    assert found is not None and found.step == 1
    assert not litter.exists() and other.exists()


def test_no_changed_byte_goes_unnoticed() -> None:
    whole = small()
    rng = np.random.default_rng(0)
    for at in range(len(whole)):
        for flip in {1 << int(rng.integers(8)), int(rng.integers(1, 256))}:
            bad = bytearray(whole)
            bad[at] ^= flip
            with pytest.raises(ValueError, match=r"^it is|^this is no safetensors file") as caught:
                files._decode(bytes(bad))
            assert type(caught.value) is ValueError and "\n" not in str(caught.value)
    assert files._decode(whole)[2] == STATE


def test_no_file_cut_short_or_grown_goes_unnoticed(tmp_path: Path) -> None:
    whole = small()
    path = tmp_path / "step-1.safetensors"
    for cut in [whole[:length] for length in range(len(whole))] + [whole + b"\0", whole + whole]:
        path.write_bytes(cut)
        with pytest.raises(CheckpointError, match=r"^\S+step-1\.safetensors: (it|this) is [^\n]+$"):
            read(path)
    path.write_bytes(whole)
    assert read(path).state == STATE


def blocks_swapped() -> bytes:
    """A file with numbers exchanged, as a disk might do with blocks."""
    whole = bytearray(small())
    whole[-26:-18], whole[-18:-10] = whole[-18:-10], whole[-26:-18]
    return bytes(whole)


def foreign(name: str, version: str) -> bytes:
    """What another program, or another version of this one, may have written, checksum and all."""
    keep = files.FORMAT, files.VERSION
    files.FORMAT, files.VERSION = name, version
    try:
        return small()
    finally:
        files.FORMAT, files.VERSION = keep


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"\0" * 500, "no safetensors file, or a damaged one"),
        (b"PK\x03\x04" + b"\0" * 100, "a zip file, such as torch.save"),
        (bytes(saving.to_bytes(ARRAY)), "a safetensors file, but no checkpoint"),
        (bytes(saving.to_bytes({}, {"checkpoint": "0" * 64})), "the checksum"),
        (small()[:-8], "the checksum"),
        (blocks_swapped(), "the checksum"),
        (foreign("another", "1"), "of another program"),
        (foreign(files.FORMAT, "2"), "version '2' of the format, and this is a program for"),
    ],
)
def test_the_one_before_a_bad_one_is_used(data: bytes, words: str, tmp_path: Path) -> None:
    Checkpoint(tmp_path).write(1, ARRAY, "good")
    bad = tmp_path / "step-0000000002.safetensors"
    bad.write_bytes(data)
    checkpoint = Checkpoint(tmp_path)
    with pytest.warns(UserWarning) as said:
        found = checkpoint.latest()
    assert found is not None and found.state == "good"
    (line,) = (str(w.message) for w in said)
    assert line.startswith(f"passed over a checkpoint: {bad}: ") and words in line
    assert "\n" not in line
    # It does not count among those to keep, and nobody throws it away.
    checkpoint.write(3, ARRAY, "better")
    assert len(os.listdir(tmp_path)) == 3 and bad.read_bytes() == data
    bad.unlink()
    found = checkpoint.latest()
    assert found is not None and found.state == "better"


def test_a_run_that_cannot_be_taken_up_is_not_begun_anew_in_silence(tmp_path: Path) -> None:
    (tmp_path / "step-1.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"none of .* can be used .*it is empty\); move them"):
        Checkpoint(tmp_path).latest()
    (tmp_path / "step-2.safetensors").mkdir()  # not even a file
    with pytest.warns(UserWarning, match="passed over"), pytest.raises(CheckpointError):
        Checkpoint(tmp_path).latest()


def test_when_it_is_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_steps = Checkpoint(tmp_path, every_steps=3)
    assert [step for step in range(10) if by_steps.due(step)] == [3, 6, 9]
    now = 1000.0
    monkeypatch.setattr(files.time, "monotonic", lambda: now)
    by_time = Checkpoint(tmp_path)
    assert by_time.every_seconds == 30
    now += 29
    assert not by_time.due(1)
    now += 1
    assert by_time.due(1)
    by_time.write(1, {}, None)
    assert not by_time.due(2)
    both = Checkpoint(tmp_path, every_steps=3, every_seconds=10)
    assert both.due(3) and not both.due(4)
    now += 10
    assert both.due(4)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"every_steps": 0}, "every_steps is a number from 1 on, got 0"),
        ({"every_steps": 2.5}, r"every_steps is a number from 1 on, got 2\.5"),
        ({"keep": 0}, "keep is a number from 1 on, got 0"),
        ({"keep": None}, "keep is a number from 1 on, got None"),
        ({"every_seconds": -1}, "every_seconds is 0 or more, got -1"),
        ({"every_seconds": math.nan}, "every_seconds is 0 or more, got nan"),
    ],
)
def test_wrong_settings_answer_at_once(settings: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        Checkpoint(tmp_path, **settings)


def test_a_folder_that_is_a_file_and_state_that_is_not_json(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file is a file, not a folder"):
        Checkpoint(tmp_path / "file")
    for bad, error in ((np.ones(2), TypeError), (math.nan, ValueError)):
        with pytest.raises(error, match=r"state is JSON, as pack\(\) makes it"):
            Checkpoint(tmp_path / "run").write(1, {}, bad)
    assert not list((tmp_path / "run").iterdir())


def test_reading_runs_no_code() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        state = {"$": "__import__('os').mkdir('sprung')", "x": "eval(1)"}
        arrays, rest = pack(state)
        assert unpack(*_through_a_file(arrays, rest)) == state
    assert not os.path.exists("sprung")
