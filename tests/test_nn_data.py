"""Splits, batches and scaling; and readers that say what is wrong with a file, and where."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
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


def test_splits_keep_arrays_together() -> None:
    x, y, names = np.arange(30.0), np.arange(30) % 3, [f"n{i}" for i in range(30)]
    parts = data.train_test_split(x, y, names, test_size=6, rng=3)
    assert [len(part) for part in parts] == [24, 6] * 3
    for a, b, c in zip(*parts[1::2]):
        assert b == a % 3 and c == f"n{int(a)}"
    (train, test) = data.train_test_split(x, test_size=0.5)
    assert sorted([*train, *test]) == list(range(30))


def test_regression_targets_are_split_without_fuss() -> None:
    x = np.arange(20)
    for y in (
        np.linspace(0, 1, 20),  # floats
        np.arange(20) ** 2,  # whole numbers, each of them once
        np.ones((20, 3)),  # several targets
        np.eye(2)[x % 2],  # one-hot
    ):
        _, x_test, _, y_test = data.train_test_split(x, y, rng=1)
        assert len(x_test) == 4
        np.testing.assert_array_equal(y[x_test], y_test)
        assert len(data.train_validation_test_split(x, y)[1]) == 4
        assert len(list(data.k_fold(x, y, folds=4))) == 4
    # A rare class does not get in the way, unless asked for.
    rare = np.array([0] * 9 + [1])
    assert len(data.train_test_split(np.arange(10), rare)[1]) == 2
    with pytest.raises(ValueError, match="class 1 has a single example"):
        data.train_test_split(np.arange(10), rare, stratify=True)


@pytest.mark.parametrize("counts", [(97, 2, 2), (2,) * 10, (5, 5, 90), (3, 3), (40, 1, 59)])
@pytest.mark.parametrize("size", [0.1, 0.2, 0.5, 0.9, 2, 3])
def test_stratified_parts_are_as_large_as_asked_for(counts: tuple[int, ...], size: float) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    n = len(y)
    if min(counts) < 2:
        y[y == 1] = 0
    held_out = size if size > 1 else min(max(1, round(n * size)), n - 1)
    _, _, y_train, y_test = data.train_test_split(np.arange(n), y, test_size=size, stratify=True)
    assert len(y_test) == held_out
    numbers, of = np.unique(y, return_counts=True)
    shares = of * held_out / n
    taken = np.array([(y_test == k).sum() for k in numbers])
    if held_out >= len(numbers) <= n - held_out:
        assert set(y_train) == set(y_test) == set(y)
        # One for each class that has none costs the others.
        assert (np.abs(taken - shares) <= len(numbers)).all()
    else:
        assert (np.abs(taken - shares) <= 1).all()


def test_stratified_by_something_else() -> None:
    x, y = np.arange(40), np.linspace(0, 1, 40)
    place = np.array(["town", "village", "village", "village"] * 10)
    x_test = data.train_test_split(x, y, test_size=8, stratify=place)[1]
    assert (place[x_test] == "town").sum() == 2
    with pytest.raises(ValueError, match="not finite"):
        data.train_test_split(x, y, stratify=np.where(x == 3, np.nan, 1.0))
    with pytest.raises(ValueError, match="one label for each example"):
        data.train_test_split(x, np.ones((40, 2)), stratify=True)
    with pytest.raises(ValueError, match=r"stratify is \"auto\", True, False or the classes"):
        data.train_test_split(x, y, stratify="yes")
    with pytest.raises(ValueError, match="give them as the second array"):
        data.train_test_split(x, stratify=True)


def test_three_parts() -> None:
    x, y = np.arange(100), np.repeat([0, 1], [70, 30])
    parts = data.train_validation_test_split(x, y, validation_size=0.1, test_size=20, rng=5)
    assert [len(part) for part in parts] == [70, 10, 20] * 2
    assert sorted(np.concatenate(parts[:3])) == list(range(100))
    assert [part.sum() for part in parts[3:]] == [21, 3, 6]
    assert all((y[a] == b).all() for a, b in zip(parts[:3], parts[3:]))
    # Classes with two examples are no obstacle.
    assert len(data.train_validation_test_split(np.arange(8), np.arange(8) // 2)[2]) == 2
    with pytest.raises(ValueError, match="leave none of 100 to train on"):
        data.train_validation_test_split(x, y, validation_size=0.5, test_size=0.5)
    with pytest.raises(ValueError, match="validation_size is a share"):
        data.train_validation_test_split(x, y, validation_size=1.5)


def test_folds() -> None:
    x, y = np.arange(23), np.repeat([0, 1, 2], [10, 8, 5])
    turns = list(data.k_fold(x, y, folds=4, rng=2))
    assert sorted(np.concatenate([test for _, test, _, _ in turns])) == list(range(23))
    for train, test, y_train, y_test in turns:
        assert sorted([*train, *test]) == list(range(23))
        assert (y[train] == y_train).all() and (y[test] == y_test).all()
        assert len(test) in (5, 6)
        assert np.abs(np.bincount(y_test, minlength=3) - np.array([10, 8, 5]) / 4).max() < 1
    again = list(data.k_fold(x, y, folds=4, rng=2))
    assert all((a == b).all() for a, b in zip(sum(turns, ()), sum(again, ())))
    with pytest.raises(ValueError, match="23 examples are too few for 24 folds"):
        data.k_fold(x, y, folds=24)
    with pytest.raises(ValueError, match="folds is 2 or more"):
        data.k_fold(x, y, folds=1)


def test_splits_that_cannot_be_made() -> None:
    for split in (data.train_test_split, data.train_validation_test_split, data.k_fold):
        with pytest.raises(ValueError, match="empty"):
            split(np.zeros(0), np.zeros(0))
        with pytest.raises(ValueError, match=r"\[3, 2\]"):
            split(np.zeros(3), np.zeros(2))
        with pytest.raises(ValueError, match="no arrays"):
            split()
        with pytest.raises(ValueError, match="single number"):
            split(np.zeros(3), 2.0)
    for size in (2.0, 0, 4, -1, 1.0, True, np.nan):
        with pytest.raises(ValueError, match="test_size is a share between 0 and 1"):
            data.train_test_split(np.zeros(4), np.zeros(4), test_size=size)
    with pytest.raises(ValueError, match="too few"):
        data.train_test_split(np.zeros(1))


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
    with pytest.raises(ValueError, match="1 or more, got 0"):
        data.batches(x, batch_size=0)
    with pytest.raises(TypeError, match=r"batch_size is a whole number, got 2\.5"):
        data.batches(x, batch_size=2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="empty"):
        data.batches([], batch_size=1)
    with pytest.raises(ValueError, match=r"\[10, 9\]"):
        data.batches(x, x[1:], batch_size=2)


def test_batches_of_tensors_and_lists() -> None:
    rng = np.random.default_rng(4)
    t, names = ag.Tensor(np.eye(6), requires_grad=True), list("abcdef")
    epochs = [list(data.batches(t, names, batch_size=4, rng=rng)) for _ in range(2)]
    for epoch in epochs:
        assert [type(a) for a, _ in epoch] == [ag.Tensor] * 2
        for a, b in epoch:
            assert ["abcdef"[i] for i in a.numpy().argmax(axis=1)] == b.tolist()
    orders = ["".join(np.concatenate([b for _, b in epoch])) for epoch in epochs]
    assert orders[0] != orders[1], "a generator goes on"
    same = [next(data.batches(names, batch_size=6, rng=4))[0].tolist() for _ in range(2)]
    assert same[0] == same[1]


def test_standardise() -> None:
    x = np.random.default_rng(0).normal(3, 5, (50, 3)).astype(np.float32)
    x[:, 1] = 0.1  # constant, up to round-off
    z, mean, scale = data.standardise(x)
    assert z.dtype == np.float32
    np.testing.assert_allclose(z[:, [0, 2]].std(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(z[:, 1], 0, atol=1e-6)
    np.testing.assert_array_equal(data.standardise(x, mean=mean, scale=scale)[0], z)
    centred, _, spread = data.standardise(x, mean=np.zeros(3))
    np.testing.assert_allclose(centred, x / spread)
    with pytest.raises(ValueError, match=r"the data: 1 of 150 numbers .* \(nan\) at \[4, 2\]"):
        data.standardise(np.where(x == x[4, 2], np.nan, x))


def test_standardiser_remembers() -> None:
    x = np.random.default_rng(0).normal(3, 5, (50, 3))
    scaler = data.Standardiser()
    assert repr(scaler) == "Standardiser(not fitted)"
    with pytest.raises(RuntimeError, match=r"call fit\(x_train\) first"):
        scaler.transform(x)
    z = scaler.fit_transform(x[:40])
    np.testing.assert_array_equal(z, data.standardise(x[:40])[0])
    new = scaler.transform(x[40:])
    np.testing.assert_allclose(new, (x[40:] - x[:40].mean(axis=0)) / x[:40].std(axis=0))
    np.testing.assert_allclose(scaler.inverse_transform(new), x[40:])
    with pytest.raises(ValueError, match=r"fitted to examples of shape \(3,\), .* shape \(2,\)"):
        scaler.transform(x[:, :2])
    with pytest.raises(ValueError, match="not finite"):
        scaler.transform(np.full((1, 3), np.inf))
    with pytest.raises(ValueError, match="empty"):
        data.Standardiser().fit(x[:0])
    with pytest.raises(TypeError, match="not numbers"):
        data.Standardiser().fit([["a"]])


def test_one_hot() -> None:
    assert data.one_hot([[0, 1]], classes=3).shape == (1, 2, 3)
    assert data.one_hot([2, 0]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert data.one_hot([0, 0], classes=1).tolist() == [[1], [1]]
    assert data.one_hot([1], dtype=float).dtype == np.float64
    with pytest.raises(ValueError, match="labels run from 0 to 3; there are 3"):
        data.one_hot([0, 3], classes=3)
    with pytest.raises(ValueError, match="labels run from -1"):
        data.one_hot([0, -1])
    with pytest.raises(TypeError, match=r"astype\(int\)"):
        data.one_hot([0.0, 1.0])
    with pytest.raises(TypeError, match="return_inverse"):
        data.one_hot(["cat", "dog"])


MAKERS = [
    data.make_moons,
    data.make_circles,
    data.make_xor,
    data.make_gauss,
    data.make_spirals,
    data.make_plane,
    data.make_iris_like,
]


@pytest.mark.parametrize("make", [*MAKERS, data.make_blobs, data.make_regression])
def test_made_data_is_the_same_for_a_seed(make: Any) -> None:
    first, again, other = make(51, rng=4), make(51, rng=4), make(51, rng=5)
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.y, again.y)
    assert not np.array_equal(first.x, other.x)
    assert isinstance(first, data.Dataset) and first.name
    assert len(first.x) == len(first.y) == 51 and first.x.dtype == np.float64
    assert np.isfinite(first.x).all() and np.isfinite(first.y).all()
    if first.classes:
        assert first.y.dtype == np.int64
        assert set(first.y) == set(range(len(first.classes)))
        # Not class after class: each half has all of them.
        assert set(first.y[:25]) == set(first.y[25:]) == set(first.y)
    else:
        assert first.y.dtype == np.float64
    with pytest.raises(TypeError, match="n_samples is a whole number"):
        make(10.5)
    with pytest.raises(ValueError, match=r"n_samples is \d or more"):
        make(0)


@pytest.mark.parametrize("make", MAKERS)
def test_noise(make: Any) -> None:
    calm, loud = make(300, noise=0.0), make(300, noise=0.4)
    assert not np.array_equal(calm.x, loud.x) or not np.array_equal(calm.y, loud.y)
    for wrong in (-0.1, np.nan):
        with pytest.raises(ValueError, match="noise is 0 or more"):
            make(noise=wrong)


def test_shapes_without_noise() -> None:
    x, y, *_ = data.make_moons(101, noise=0.0)
    centre = np.where(y[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    np.testing.assert_allclose(np.hypot(*(x - centre).T), 1)
    assert ((x - centre)[:, 1] * np.where(y == 0, 1, -1) > -1e-12).all()
    assert np.bincount(y).tolist() == [51, 50]

    x, y, *_ = data.make_circles(400)
    radius = np.hypot(*x.T)
    assert radius[y == 1].max() < 2.5 and 3.5 < radius[y == 0].min() < radius.max() < 5

    x, y, *_ = data.make_xor(400)
    assert (y == (x[:, 0] * x[:, 1] < 0)).all() and 0.3 < np.abs(x).min() < np.abs(x).max() < 5.3

    x, y, *_ = data.make_gauss(4000)
    for k, centre in ((0, -2), (1, 2)):
        np.testing.assert_allclose(x[y == k].mean(axis=0), centre, atol=0.06)
        np.testing.assert_allclose(x[y == k].var(axis=0), 0.5, atol=0.06)
    x, y, *_ = data.make_gauss(4000, noise=0.5)
    np.testing.assert_allclose(x[y == 0].var(axis=0), 4, atol=0.3)

    x, y, *_ = data.make_spirals(200)
    share = np.hypot(*x.T) / 5
    angle = 3.5 * np.pi * share + np.pi * y
    np.testing.assert_allclose(x, 5 * share[:, None] * np.stack([np.sin(angle), np.cos(angle)], 1))
    np.testing.assert_allclose(np.sort(share[y == 0]), np.arange(1, 101) / 100)

    x, y, *_ = data.make_plane(100)
    np.testing.assert_allclose(y, x.sum(axis=1) / 10)
    assert np.abs(x).max() < 6


def test_noise_on_labels_reaches_as_far_as_it_says() -> None:
    for make, rule, distance in (
        (data.make_circles, lambda x: np.hypot(*x.T) < 2.5, lambda x: abs(np.hypot(*x.T) - 2.5)),
        (data.make_xor, lambda x: x[:, 0] * x[:, 1] < 0, lambda x: np.abs(x).min(axis=1)),
    ):
        x, y, *_ = make(4000, noise=0.3, rng=1)
        wrong = y != rule(x)
        assert 0.05 < wrong.mean() < 0.4
        assert 0.3 * 5 * 0.7 < distance(x)[wrong].max() < 0.3 * 5 * 2**0.5
    x, y, *_ = data.make_plane(4000, noise=0.3)
    off = y - x.sum(axis=1) / 10
    assert np.abs(off).max() < 0.3 * 1.2
    assert off.std() == pytest.approx(0.3 * 0.6 * (2 / 3) ** 0.5, rel=0.05)


def test_noise_on_points_is_as_large_as_it_says() -> None:
    for make, bound in ((data.make_moons, np.inf), (data.make_spirals, 0.3)):
        off = make(2000, noise=0.3).x - make(2000, noise=0.0).x
        due = 0.3 if bound == np.inf else 0.3 / 3**0.5
        assert off.std() == pytest.approx(due, rel=0.05) and np.abs(off).max() <= bound
        assert abs(off.mean()) < 0.03


def test_flowers() -> None:
    iris = data.make_iris_like(60000)
    assert iris.classes == ("setosa", "versicolor", "virginica")
    assert np.bincount(iris.y).tolist() == [20000] * 3
    np.testing.assert_array_equal(iris.x, iris.x.round(1))
    means = [[5.01, 3.43, 1.46, 0.25], [5.94, 2.77, 4.26, 1.33], [6.59, 2.97, 5.55, 2.03]]
    deviations = [[0.35, 0.38, 0.17, 0.11], [0.52, 0.31, 0.47, 0.20], [0.64, 0.32, 0.55, 0.27]]
    for k in range(3):
        flowers = iris.x[iris.y == k]
        np.testing.assert_allclose(flowers.mean(axis=0), means[k], atol=0.02)
        np.testing.assert_allclose(flowers.std(axis=0), deviations[k], atol=0.02)
    assert iris.x.min() == 0.1
    assert len(data.make_iris_like().x) == 150


def test_blobs_and_a_linear_law() -> None:
    blobs = data.make_blobs(60, centers=[[0, 0, 0], [9, 9, 9]], cluster_std=0.0)
    np.testing.assert_array_equal(blobs.x, 9.0 * blobs.y[:, None].repeat(3, axis=1))
    blobs = data.make_blobs(5000, centers=[[0, 0], [99, 0]], cluster_std=2.0)
    np.testing.assert_allclose((blobs.x - [99, 0] * blobs.y[:, None]).std(axis=0), 2, rtol=0.05)
    centers = data.make_blobs(200, 50, centers=20, cluster_std=0.0).x
    assert -10 < centers.min() < -9.9 and 9.9 < centers.max() < 10
    with pytest.raises(ValueError, match=r"\(classes, features\)"):
        data.make_blobs(centers=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"n_samples is \d or more"):
        data.make_blobs(2)
    law = data.make_regression(500, 4, noise=0.0)
    weights, residue, *_ = np.linalg.lstsq(law.x, law.y)
    assert np.linalg.norm(weights) == pytest.approx(1) and residue < 1e-20
    assert data.make_regression(5000, noise=0.5).y.std() == pytest.approx(1.25**0.5, rel=0.05)


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


def test_the_column_of_the_label(tmp_path: Path) -> None:
    text = "kind,a,b\ncat,1,2.5\ndog,3,4\ncat,-1e2,0\n"
    path = write(tmp_path, "t.csv", text)
    for target in ("kind", 0, -3):
        dataset = data.read_csv(path, target=target)
        assert dataset.x.tolist() == [[1, 2.5], [3, 4], [-100, 0]]
        assert dataset.y.tolist() == [0, 1, 0] and dataset.classes == ("cat", "dog")
    with pytest.raises(ValueError, match="no column is called 'sort'; the first line has kind, a"):
        data.read_csv(path, target="sort")
    with pytest.raises(ValueError, match="has no column 3; there are 3, counted from 0"):
        data.read_csv(path, target=3)
    bare = write(tmp_path, "u.csv", text.partition("\n")[2])
    with pytest.raises(ValueError, match="has no header, so target='cat' names no column"):
        data.read_csv(bare, target="cat")
    wrong = write(tmp_path, "w.csv", text.replace("cat,1", ",1"))
    with pytest.raises(ValueError, match=r"line 2, column 1 \(the label\): '' is empty"):
        data.read_csv(wrong, target="kind")


def test_quantities_for_labels(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", "size,price\n1,2.5\n3,-4e1\n")
    dataset = data.read(path, regression=True)
    assert dataset.x.tolist() == [[1], [3]] and dataset.y.tolist() == [2.5, -40]
    assert dataset.classes == () and dataset.y.dtype == np.float64
    with pytest.raises(ValueError, match="for a quantity pass regression=True"):
        data.read(path)
    other = write(tmp_path, "u.csv", "size,price\n1,2.5\n3,dear\n")
    with pytest.raises(ValueError, match="line 3, column 2: 'dear' is not a number"):
        data.read(other, regression=True)
    archive = tmp_path / "a.npz"
    for y in (np.array([0.5, 1.5]), np.eye(2), np.array([3, 4])):
        np.savez(archive, x=np.eye(2), y=y)
        np.testing.assert_array_equal(data.read(archive, regression=True).y, y)
    for y, message in (
        (np.array([np.nan, 1]), r"y\[0\] is nan"),
        (np.ones(3), "3 labels for the 2 examples"),
        (np.array(1.0), "a single number as labels"),
        (np.array(["a", "b"]), "y holds .*, not numbers"),
    ):
        np.savez(archive, x=np.eye(2), y=y)
        with pytest.raises(ValueError, match=message):
            data.read(archive, regression=True)


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
