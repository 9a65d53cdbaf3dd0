"""Splits, batches and scaling; and readers that say what is wrong with a file, and where."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from nn import data


def test_a_split_holds_the_same_share_of_every_class_out() -> None:
    y = np.repeat([0, 1, 2], [50, 30, 20])
    x = np.arange(100)
    parts = data.train_test_split(x, y, test_size=0.2, rng=0)
    x_train, x_test, y_train, y_test = parts
    assert np.bincount(y_test).tolist() == [10, 6, 4]
    assert sorted([*x_train, *x_test]) == list(range(100))
    np.testing.assert_array_equal(y[x_train], y_train)
    again = data.train_test_split(x, y, test_size=0.2, rng=0)
    assert all((a == b).all() for a, b in zip(parts, again))
    assert len(data.train_test_split(x, y, stratify=False)[1]) == 20


def test_splits_that_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="class 1 has a single example"):
        data.train_test_split(np.zeros(3), np.array([0, 0, 1]))
    with pytest.raises(ValueError, match="empty"):
        data.train_test_split(np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match=r"\[3, 2\]"):
        data.train_test_split(np.zeros(3), np.zeros(2))
    with pytest.raises(ValueError, match="between 0 and 1"):
        data.train_test_split(np.zeros(4), np.zeros(4), test_size=2)


def test_batches_deal_out_everything_once() -> None:
    x = np.arange(10)
    dealt = list(data.batches(x, x * x, batch_size=3, rng=0))
    assert [len(a) for a, _ in dealt] == [3, 3, 3, 1]
    assert sorted(np.concatenate([a for a, _ in dealt])) == list(range(10))
    assert all((b == a * a).all() for a, b in dealt)
    assert [a.tolist() for (a,) in data.batches(x, batch_size=5, shuffle=False)] == [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
    ]
    assert len(list(data.batches(x, batch_size=3, drop_last=True))) == 3
    with pytest.raises(ValueError, match="from 1 to the number of examples, 10; got 11"):
        data.batches(x, batch_size=11)


def test_standardise_and_one_hot() -> None:
    x = np.random.default_rng(0).normal(3, 5, (50, 3)).astype(np.float32)
    x[:, 1] = 0.1  # constant, up to round-off
    z, mean, scale = data.standardise(x)
    assert z.dtype == np.float32
    np.testing.assert_allclose(z[:, [0, 2]].std(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(z[:, 1], 0, atol=1e-6)
    np.testing.assert_array_equal(data.standardise(x, mean=mean, scale=scale)[0], z)
    with pytest.raises(ValueError, match="labels run from 0 to 3; there are 3"):
        data.one_hot([0, 3], classes=3)


def test_digits_are_checked_and_read() -> None:
    digits = data.load_digits()
    assert digits.x.shape == (1797, 8, 8) and digits.x.dtype == np.uint8
    assert np.bincount(digits.y).min() == 174


GOOD = "a,b,kind\n1,2.5,cat\n\n3,4,dog\n-1e2,0,cat\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.partition("\n")[2],
        '"1",2.5,cat\n3,4,dog\n-100,0,cat',
    ],
)
def test_tables(tmp_path: Path, text: str) -> None:
    dataset = data.read(write(tmp_path, "t.csv", text))
    assert dataset.x.tolist() == [[1, 2.5], [3, 4], [-100, 0]]
    assert dataset.y.tolist() == [0, 1, 0]
    assert dataset.classes == ("cat", "dog")


def test_number_labels_are_counted_from_zero(tmp_path: Path) -> None:
    dataset = data.read(write(tmp_path, "t.csv", "1,10\n2,2.0\n3,10\n"))
    assert dataset.y.tolist() == [1, 0, 1]
    assert dataset.classes == ("2", "10")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "file is empty"),
        ("\n  \n", "file is empty"),
        ("1,2\n3,x\n4,5\n1,1", r"line 2, column 2 \(the label\): 'x' is not a number"),
        ("1,a\n2,b\n3,4\n", r"line 3, column 2 \(the label\): '4' is a number, unlike most"),
        ("x,y,l\n1,2,0\n3,oops,1\n", "line 3, column 2: 'oops' is not a number"),
        ("1,b,0\n3,4,1\n", "line 1, column 2: 'b' is not a number"),
        ("1,2,0\n3,,1\n", "line 2, column 2: '' is not a number"),
        ("1,2,0\n3,nan,1\n", "line 2, column 2: 'nan' is not a finite number"),
        ("1,2,0\n3,1e999,1\n", "'1e999' is not a finite number"),
        ("1,2,0\n3,4\n", "line 2 has 2 columns where line 1 has 3"),
        ("1,2,0\n3,4,\n", r"line 2, column 3 \(the label\): '' is empty"),
        ("1,2,0\n3,4,0.5\n", "'0.5' is not a whole number"),
        ("1\n2\n", "single column"),
        ('1,2,0\n"3,4,1\n', "line 2: unexpected end of data"),
        (b"\xff\xfe\x00\x01", "not a text file"),
        (b"a,b\n1,2\0\n", "zero bytes"),
        ("a,b,c\n", "line 1, column 1: 'a' is not a number"),
    ],
)
def test_malformed_tables(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = write(tmp_path, "t.csv", content)
    with pytest.raises(ValueError, match=message) as caught:
        data.read(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    x, y = np.arange(12.0).reshape(4, 3), np.array([3, 5, 3, 5])
    for names in (("x", "y"), ("images", "labels"), ("data", "target")):
        np.savez(path, **dict(zip(names, (x, y))))
        dataset = data.read(path)
        assert dataset.x.shape == (4, 3)
        assert dataset.y.tolist() == [0, 1, 0, 1] and dataset.classes == ("3", "5")


BAD_ARRAYS = {
    "needs arrays called x and y .*it has a": {"a": np.ones(3)},
    "Python objects": {"x": np.array([{}], dtype=object), "y": np.zeros(1)},
    "5 labels for the 4 examples": {"x": np.ones((4, 3)), "y": np.arange(5)},
    r"\(examples, features\) is due": {"x": np.ones(4), "y": np.arange(4)},
    r"x\[1, 0\] is nan": {"x": np.array([[1.0], [np.nan]]), "y": np.arange(2)},
    r"labels\.argmax": {"x": np.ones((4, 3)), "y": np.eye(4)},
    "not numbers": {"x": np.array([["a"]]), "y": np.arange(1)},
    "labels are not whole numbers": {"x": np.ones((2, 1)), "y": np.array([0.5, 1])},
    "dataset is empty": {"x": np.ones((0, 3)), "y": np.arange(0)},
}


@pytest.mark.parametrize("message", BAD_ARRAYS)
def test_malformed_arrays(tmp_path: Path, message: str) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **BAD_ARRAYS[message])
    with pytest.raises(ValueError, match=message) as caught:
        data.read(path)
    assert str(path) in str(caught.value)


def test_broken_archives(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).random((50, 5)), y=np.arange(50))
    content = (tmp_path / "a.npz").read_bytes()
    for broken in (content[:100], content[:-30], b"nonsense", b"", content[:300] + content[400:]):
        with pytest.raises(ValueError, match=r"not a readable \.npz"):
            data.read(write(tmp_path, "b.npz", broken))
    np.save(tmp_path / "one.npy", np.ones(3))
    with pytest.raises(ValueError, match=r"np\.savez"):
        data.read(tmp_path / "one.npy")


def idx(array: np.ndarray, code: int = 8) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


IMAGES = np.arange(24, dtype=np.uint8).reshape(4, 3, 2)
LABELS = np.array([7, 1, 7, 1], dtype=np.uint8)


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_files(tmp_path: Path, packed: bool) -> None:
    pack, end = (gzip.compress, ".gz") if packed else (bytes, "")
    path = write(tmp_path, f"train-images-idx3-ubyte{end}", pack(idx(IMAGES)))
    write(tmp_path, f"train-labels-idx1-ubyte{end}", pack(idx(LABELS)))
    for source in (path, tmp_path):
        dataset = data.read(source)
        np.testing.assert_array_equal(dataset.x, IMAGES)
        assert dataset.classes == ("1", "7")


def test_malformed_mnist_files(tmp_path: Path) -> None:
    images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
    path = write(tmp_path, images, idx(IMAGES))
    with pytest.raises(FileNotFoundError, match="the labels of train-images"):
        data.read(path)
    write(tmp_path, labels, idx(LABELS[:3]))
    with pytest.raises(ValueError, match="3 labels for the 4 examples"):
        data.read(path)
    with pytest.raises(ValueError, match="holds labels"):
        data.read(tmp_path / labels)
    for content, message in (
        (idx(IMAGES)[:-1], "needs 24 bytes of data, and there are 23"),
        (idx(IMAGES) + b"x", "there are 25"),
        (b"\0\0\x08\x03\0\0", "header is cut off"),
        (b"\0\0\x07\x01\0\0\0\0", "not an IDX file"),
        (b"", "not an IDX file"),
        (gzip.compress(idx(IMAGES))[:-9], "broken gzip"),
    ):
        write(tmp_path, images, content)
        with pytest.raises(ValueError, match=message):
            data.read(path)


def test_paths(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        data.read(tmp_path / "nothing.csv")
    with pytest.raises(ValueError, match="folder without IDX files"):
        data.read(tmp_path)
