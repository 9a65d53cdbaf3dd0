"""The digits that ship with nn are the ones their licence page describes."""

import hashlib
import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
DIGITS = ROOT / "nn" / "data" / "digits.npz"


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    with np.load(DIGITS, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def make_digits() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_digits", ROOT / "tools" / "make_digits.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_holds_bytes_of_the_stated_shapes(arrays: dict[str, np.ndarray]) -> None:
    assert {name: (a.shape, a.dtype.name) for name, a in arrays.items()} == {
        "images": ((1797, 8, 8), "uint8"),
        "labels": ((1797,), "uint8"),
    }
    assert arrays["images"].min() == 0
    assert arrays["images"].max() == 16
    # The class counts that the data's own page states for the test set.
    counts = np.bincount(arrays["labels"]).tolist()
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_stated_digest_is_the_files(make_digits: ModuleType) -> None:
    digest = hashlib.sha256(DIGITS.read_bytes()).hexdigest()
    assert digest == make_digits.SHA256
    assert digest in DIGITS.with_name("digits.LICENSE.md").read_text(encoding="utf-8")


def test_the_contents_are_the_ones_stated(
    make_digits: ModuleType, arrays: dict[str, np.ndarray]
) -> None:
    content = make_digits.pack(arrays["images"], arrays["labels"])
    assert hashlib.sha256(content).hexdigest() == make_digits.CONTENT_SHA256


def test_the_file_is_compressed() -> None:
    assert DIGITS.stat().st_size < 50_000


def test_the_rebuild_refuses_values_that_bytes_cannot_hold(make_digits: ModuleType) -> None:
    for bad in ([0.5], [17.0], [-1.0]):
        with pytest.raises(SystemExit, match=r"whole numbers 0\.\.16"):
            make_digits.as_bytes(np.array(bad), upper=16)
