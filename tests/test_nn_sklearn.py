"""The estimators beside scikit-learn's own, in its tools, and where they do more."""

from __future__ import annotations

import copy
import functools
import pickle
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

import nn

sklearn = pytest.importorskip("sklearn", reason="nn.sklearn needs scikit-learn (extra: sklearn)")
scipy_sparse = pytest.importorskip("scipy.sparse", reason="scikit-learn brings SciPy")

from joblib import parallel_config  # noqa: E402
from sklearn import neural_network as theirs  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.metrics import accuracy_score, r2_score  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import estimator_checks_generator  # noqa: E402

from nn.sklearn import InvalidParameterError, MLPClassifier, MLPRegressor  # noqa: E402
from nn.sklearn.solvers import _SGD  # noqa: E402

# Runs are cut short here, which the estimators say.
unfinished = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
pytestmark = unfinished

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
weights_in_theirs = pytest.mark.skipif(
    VERSION < (1, 7), reason="scikit-learn's MLP has neither weights nor a Poisson loss before 1.7"
)


def standard(load, rows):
    x, y = load(return_X_y=True)
    keep = np.random.default_rng(0).permutation(len(x))[:rows]
    return StandardScaler().fit_transform(x)[keep], y[keep]


IRIS = standard(load_iris, 150)
CANCER = standard(load_breast_cancer, 150)
DIABETES = standard(load_diabetes, 150)
DIABETES = DIABETES[0], DIABETES[1] / 100
LABELS = IRIS[0], np.column_stack((IRIS[1] > 0, IRIS[1] != 1, IRIS[0][:, 0] > 0)).astype(int)
SEVERAL = DIABETES[0], np.column_stack((DIABETES[1], DIABETES[0][:, 0] - DIABETES[1]))
WEIGHTS = np.random.default_rng(1).integers(0, 4, 150).astype(float)


# scikit-learn's own checks ----------------------------------------------------------------------


ESTIMATORS = {
    "classifier": MLPClassifier(),
    "regressor": MLPRegressor(),
    "classifier otherwise": MLPClassifier(
        (20,), "silu", normalization="layer", solver="adamw", learning_rate="cosine",
        learning_rate_init=0.02, max_iter=40, clip_norm=1.0,
    ),
    "regressor otherwise": MLPRegressor(
        (20,), "leaky_relu", solver="lbfgs", init="orthogonal", max_iter=50
    ),
}  # fmt: skip


def checks():
    """All that scikit-learn's ``parametrize_with_checks`` would check, none of it excused."""
    for name, estimator in ESTIMATORS.items():
        for each, check in estimator_checks_generator(estimator):
            how = ", ".join(f"{k}={v}" for k, v in check.keywords.items() if k != "name")
            yield pytest.param(each, check, id=f"{name}: {check.func.__name__}({how})")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_scikit_learns_checks(estimator, check):
    check(estimator)


# The same steps as scikit-learn's MLP -----------------------------------------------------------


def figures(mlp, x):
    outputs = mlp.predict_proba(x) if hasattr(mlp, "predict_proba") else mlp.predict(x)
    known = [mlp.loss_, *getattr(mlp, "loss_curve_", ()), *(mlp.validation_scores_ or ())]
    return [np.asarray(known), outputs, *mlp.coefs_, *mlp.intercepts_]


def same(kind, x, y, act=None, sample_weight=None, rtol=1e-9, **settings):
    act = act or (lambda mlp: mlp.fit(x, y, **given))
    given = {} if sample_weight is None else {"sample_weight": sample_weight}
    settings = {"random_state": 3, "max_iter": 8, "hidden_layer_sizes": (9, 5)} | settings
    pair = [getattr(module, kind)(**settings) for module in (nn.sklearn, theirs)]
    for mlp in pair:
        act(mlp)
    ours, other = pair
    for a, b in zip(figures(ours, x), figures(other, x), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-11)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(other, name), name
    for name in ("best_loss_", "best_validation_score_"):
        expected = getattr(other, name)
        assert getattr(ours, name) == (expected and pytest.approx(expected, rel=rtol)), name
    if hasattr(other, "classes_"):
        np.testing.assert_array_equal(ours.predict(x), other.predict(x))


SETTINGS = [
    {},
    {"activation": "logistic", "alpha": 0.5},
    {"activation": "tanh", "batch_size": 32, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4},
    {"activation": "identity", "hidden_layer_sizes": (), "shuffle": False},
    {"solver": "sgd", "learning_rate_init": 0.05},
    {"solver": "sgd", "momentum": 0.0, "batch_size": 1, "max_iter": 2},
    {"solver": "sgd", "nesterovs_momentum": False, "learning_rate": "invscaling", "power_t": 0.3},
    {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
    {"early_stopping": True, "learning_rate_init": 0.05, "n_iter_no_change": 2},
    {"tol": 0.1, "n_iter_no_change": 1, "max_iter": 50},
]


def _title(settings: object) -> str:
    """The settings without addresses, which differ from one process to the next."""
    return re.sub(r" at 0x\w+", "", str(settings))


@pytest.mark.parametrize("settings", SETTINGS, ids=_title)
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("MLPClassifier", IRIS),
        ("MLPClassifier", CANCER),
        ("MLPClassifier", LABELS),
        ("MLPRegressor", DIABETES),
        ("MLPRegressor", SEVERAL),
    ],
    ids=["classes", "two classes", "labels", "number", "numbers"],
)
def test_training_takes_scikit_learns_steps(kind, data, settings):
    same(kind, *data, **settings)


@pytest.mark.filterwarnings("ignore:lbfgs")
@pytest.mark.filterwarnings("ignore:scipy.optimize:DeprecationWarning")  # theirs, before 1.7
@pytest.mark.parametrize(
    ("kind", "data"),
    [("MLPClassifier", IRIS), ("MLPClassifier", LABELS), ("MLPRegressor", DIABETES)],
    ids=["classes", "labels", "number"],
)
def test_lbfgs_takes_scikit_learns_steps(kind, data):
    settings = {"hidden_layer_sizes": (9,), "solver": "lbfgs", "random_state": 0, "max_iter": 15}
    ours, other = (getattr(module, kind)(**settings).fit(*data) for module in (nn.sklearn, theirs))
    assert ours.n_iter_ == other.n_iter_ == 15
    assert ours.loss_ == pytest.approx(other.loss_, rel=1e-6)
    for a, b in zip(ours.coefs_, other.coefs_):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@weights_in_theirs
@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("MLPClassifier", IRIS),
        ("MLPClassifier", CANCER),
        ("MLPClassifier", LABELS),
        ("MLPRegressor", DIABETES),
    ],
    ids=["classes", "two classes", "labels", "number"],
)
def test_weights_count_as_in_scikit_learn(kind, data, solver):
    same(kind, *data, solver=solver, sample_weight=WEIGHTS)
    same(kind, *data, solver=solver, sample_weight=WEIGHTS, early_stopping=True)


@weights_in_theirs
def test_poisson_loss_is_scikit_learns():
    same("MLPRegressor", *DIABETES, loss="poisson")
    same("MLPRegressor", *DIABETES, loss="poisson", sample_weight=WEIGHTS)


def test_partial_fit_and_warm_start_go_on_as_in_scikit_learn():
    x, y = IRIS

    def in_parts(mlp):
        mlp.partial_fit(x[:70], y[:70], classes=[0, 1, 2])
        mlp.partial_fit(x[70:], y[70:])
        mlp.partial_fit(x, y)

    same("MLPClassifier", x, y, act=in_parts)
    same("MLPClassifier", x, y, act=in_parts, solver="sgd", learning_rate="invscaling")
    same("MLPRegressor", *SEVERAL, act=lambda m: m.partial_fit(*SEVERAL).partial_fit(*SEVERAL))
    same("MLPClassifier", x, y, act=lambda m: m.fit(x, y).fit(x, y), warm_start=True)
    same("MLPClassifier", x, y, act=lambda m: m.fit(x, y).partial_fit(x, y))


@pytest.mark.parametrize("form", [scipy_sparse.csr_matrix, scipy_sparse.csc_array])
def test_sparse_input_gives_what_dense_input_gives(form, monkeypatch):
    x, y = IRIS[0].round(0), IRIS[1]
    dense = MLPClassifier((6,), random_state=0, max_iter=5, batch_size=40).fit(x, y)
    joined_up = clone(dense).fit(form(x), y)
    monkeypatch.setattr("nn.sklearn.rows._SMALL", 0)  # no array of all rows is made
    by_batches = clone(dense).fit(form(x), y)
    for other in (joined_up, by_batches):
        np.testing.assert_allclose(other.predict_proba(form(x)), dense.predict_proba(x), rtol=1e-12)
    monkeypatch.setattr("nn.sklearn.rows._CHUNK", 0)  # the shortest parts, of 256 rows
    x, y = np.tile(x, (5, 1)), np.tile(y, 5)
    weight = np.arange(750) % 7  # L-BFGS adds up over parts of the rows, which weigh unequally
    dense = MLPRegressor((6,), solver="lbfgs", random_state=0, max_iter=8).fit(x, y, weight)
    sparse = clone(dense).fit(form(x), y, weight)
    np.testing.assert_allclose(sparse.predict(x), dense.predict(x), rtol=1e-6)


def test_lbfgs_with_several_outputs_finds_ridge_regression():
    x, y = SEVERAL
    settings = {"solver": "lbfgs", "alpha": 0.7, "max_iter": 2000, "random_state": 0}
    mlp = MLPRegressor((), **settings).fit(x, y)
    # Without a hidden layer the least is at (X'X + alpha) W = X'Y, both centred.
    xc, yc = x - x.mean(axis=0), y - y.mean(axis=0)
    ridge = np.linalg.solve(xc.T @ xc + 0.7 * np.eye(x.shape[1]), xc.T @ yc)

    def objective(w, b):
        return ((x @ w + b - y) ** 2).sum() + 0.7 * (w * w).sum()

    least = objective(ridge, y.mean(axis=0) - x.mean(axis=0) @ ridge)
    assert objective(mlp.coefs_[0], mlp.intercepts_[0]) <= least * (1 + 1e-6)
    mean = ((mlp.predict(x) - y) ** 2).mean() / 2 + 0.35 * (mlp.coefs_[0] ** 2).sum() / len(x)
    assert mlp.loss_ == pytest.approx(mean)


# What scikit-learn's tools do with them ---------------------------------------------------------


def test_search_in_a_pipeline():
    x, y = IRIS
    names = np.array(["setosa", "versicolor", "virginica"])
    pipe = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=30, random_state=0))
    search = GridSearchCV(
        pipe,
        {
            "mlpclassifier__dropout": [0.0, 0.2],
            "mlpclassifier__solver": ["adamw", "lbfgs"],
            "mlpclassifier__learning_rate_init": [0.03],
        },
        cv=2,
        error_score=np.nan,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dropout is not for lbfgs: that fit has no score
        search.fit(x, names[y])
    assert np.isnan(search.cv_results_["mean_test_score"]).sum() == 1
    assert search.best_score_ > 0.85
    assert set(search.predict(x)) == set(names)
    assert search.best_estimator_[-1].classes_.tolist() == sorted(names)


def test_folds_side_by_side():
    mlp = MLPRegressor((4,), activation=np.tanh, solver="lbfgs", max_iter=20, random_state=0)
    with parallel_config("threading"):  # processes take seconds to start; pickles are tried below
        scores = cross_val_score(mlp, *DIABETES, cv=4, n_jobs=2)
    np.testing.assert_array_equal(scores, cross_val_score(mlp, *DIABETES, cv=4))


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_fitted_estimators_train_on_alike(again):
    x, y = IRIS
    mlp = MLPClassifier(
        (5,), "prelu", normalization="batch", dropout=0.2, learning_rate="plateau", max_iter=4,
        random_state=0, callbacks=[nn.Callback()],
    ).fit(x, y)  # fmt: skip
    other = again(mlp)
    np.testing.assert_array_equal(other.predict_proba(x), mlp.predict_proba(x))
    for each in (mlp, other):
        each.partial_fit(x, y).partial_fit(x, y)
    np.testing.assert_array_equal(other.predict_proba(x), mlp.predict_proba(x))
    assert other.module_ is not mlp.module_


def test_data_frames_give_names():
    pandas = pytest.importorskip("pandas", reason="data frames are pandas's")
    frame = pandas.DataFrame(IRIS[0], columns=["a", "b", "c", "d"])
    mlp = MLPClassifier((4,), max_iter=3).fit(frame, pandas.Series(IRIS[1]).map(str))
    assert mlp.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert mlp.predict(frame).tolist()[0] in mlp.classes_
    with pytest.raises(ValueError, match="feature names"):
        mlp.predict(frame[["b", "a", "c", "d"]])


def test_float32_stays_float32_and_dtype_decides_otherwise():
    x, y = DIABETES
    single = MLPRegressor((4,), max_iter=2, random_state=0).fit(x.astype("float32"), y)
    assert {w.dtype for w in single.coefs_} == {np.dtype("float32")}
    assert single.predict(x.astype("float32")).dtype == np.float32
    asked = MLPRegressor((4,), max_iter=2, random_state=0, dtype="float32").fit(x, y)
    np.testing.assert_array_equal(asked.coefs_[0], single.coefs_[0])
    assert MLPRegressor((4,), max_iter=2).fit(x, y).predict(x).dtype == np.float64


def test_one_class_and_saturated_units():
    x, y = IRIS
    alone = MLPClassifier((3,), max_iter=3).fit(x, np.full(150, "a"))
    assert set(alone.predict(x)) == {"a"}
    np.testing.assert_array_equal(alone.predict_proba(x), np.ones((150, 1)))
    mlp = MLPClassifier((3,), max_iter=2, random_state=0).fit(x, y)
    mlp.coefs_ = [w * 1e6 for w in mlp.coefs_]
    assert np.isfinite(mlp.predict_log_proba(x)).all()
    np.testing.assert_allclose(mlp.predict_proba(x).sum(axis=1), 1)


def test_coefs_are_copies_that_can_be_assigned():
    x, y = IRIS
    mlp = MLPClassifier((3,), max_iter=2, random_state=0)
    assert not hasattr(mlp, "coefs_") and not hasattr(mlp, "intercepts_")
    mlp.fit(x, y)
    with pytest.raises(ValueError, match="read-only"):
        mlp.coefs_[0][...] = 0
    mlp.coefs_ = [0 * w for w in mlp.coefs_]
    mlp.intercepts_ = [np.zeros(3), np.array([0.0, 1.0, 0.0])]
    assert (mlp.predict(x) == 1).all()
    np.testing.assert_array_equal(mlp.module_.state_dict()["2.bias"], [0, 1, 0])


# What scikit-learn's MLP has not ----------------------------------------------------------------


def quick(**settings):
    return MLPClassifier(
        (12,), **{"max_iter": 25, "learning_rate_init": 0.05, "random_state": 0} | settings
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.2},
        {"normalization": "batch", "batch_size": 149},  # the last one is no batch of its own
        {"normalization": "layer"},
        {"activation": "prelu"},
        {"activation": nn.ReLU},
        {"activation": np.tanh},
        {"solver": "adamw", "solver_params": {"weight_decay": 0.1}},
        {"solver": "rmsprop"},
        {"solver": functools.partial(nn.optim.SGD, momentum=0.9)},
        {"learning_rate": "cosine"},
        {"learning_rate": functools.partial(nn.optim.schedulers.StepLR, step_size=10)},
        {"init": "kaiming_normal"},
        {"init": functools.partial(nn.init.normal, std=0.2)},
        {"loss": "multi_margin"},
        {"loss": nn.losses.CrossEntropyLoss(label_smoothing=0.1)},
        {"clip_norm": 0.5, "clip_value": 0.1},
        {"class_weight": "balanced", "dtype": "float32"},
    ],
    ids=_title,
)
def test_what_scikit_learn_has_not_trains_and_repeats(settings):
    x, y = IRIS
    mlp = quick(**settings).fit(x, y)
    assert mlp.score(x, y) > 0.85
    again = clone(mlp).fit(x, y)
    np.testing.assert_array_equal(again.predict_proba(x), mlp.predict_proba(x))
    assert not (clone(mlp).set_params(random_state=1).fit(x, y).coefs_[0] == mlp.coefs_[0]).all()
    assert again.loss_curve_ == again.history_["loss"] and len(again.loss_curve_) == again.n_iter_


def test_network_is_built_as_described():
    mlp = MLPClassifier(
        (6, 4), "prelu", normalization="batch", dropout=0.3, max_iter=1, random_state=0
    ).fit(*IRIS)
    kinds = ["Linear", "BatchNorm1d", "PReLU", "Dropout"] * 2 + ["Linear"]
    assert [type(layer).__name__ for layer in mlp.module_] == kinds
    slopes = [m.weight for m in mlp.module_ if type(m).__name__ == "PReLU"]
    assert slopes[0] is not slopes[1]
    assert not mlp.module_.training
    assert [w.shape for w in mlp.coefs_] == [(4, 6), (6, 4), (4, 3)]


@pytest.mark.parametrize("loss", ["hinge", "soft_margin", "binary_cross_entropy_with_logits"])
def test_losses_of_two_classes_and_labels(loss):
    x, y = CANCER
    mlp = quick(loss=loss).fit(x, y, sample_weight=WEIGHTS)
    assert mlp.n_outputs_ == 1 and mlp.score(x, y) > 0.9
    labelled = quick(loss=loss).fit(*LABELS)
    assert (labelled.predict(x[:, :4]).shape, labelled.n_outputs_) == ((150, 3), 3)
    with pytest.raises(ValueError, match="two classes"):
        quick(loss=loss).fit(*IRIS)


def test_a_loss_of_class_numbers_has_an_output_for_each():
    mlp = quick(loss="cross_entropy").fit(*CANCER)
    assert (mlp.n_outputs_, mlp.out_activation_) == (2, "softmax")
    np.testing.assert_allclose(mlp.predict_proba(CANCER[0]).sum(axis=1), 1)
    with pytest.raises(ValueError, match="one class for each"):
        quick(loss="cross_entropy").fit(*LABELS)


def pinball(out, truth, *, reduction="mean"):
    """Loss whose minimum is the 0.9 quantile."""
    error = truth - out
    each = np.maximum(0.9 * error, -0.1 * error)
    return each if reduction == "none" else each.mean()


def test_custom_loss_with_and_without_weights():
    rng = np.random.default_rng(0)
    x, y = np.zeros((400, 1)), rng.random(400)
    settings = {"loss": pinball, "solver": "lbfgs", "alpha": 0.0, "tol": 1e-8}
    assert MLPRegressor((), **settings).fit(x, y).predict(x)[0] == pytest.approx(
        np.quantile(y, 0.9), abs=0.01
    )
    low = (y < 0.5).astype(float)
    assert MLPRegressor((), **settings).fit(x, y, low).predict(x)[0] == pytest.approx(
        np.quantile(y[y < 0.5], 0.9), abs=0.01
    )
    plain = MLPRegressor((2,), loss=lambda out, truth: abs(out - truth).mean(), max_iter=1)
    plain.fit(x, y)
    with pytest.raises(TypeError, match="reduction"):
        plain.fit(x, y, low)
    with pytest.raises(ValueError, match="one number is due"):
        MLPRegressor((2,), loss=lambda out, truth: out - truth).fit(x, y)


def test_half_squared_error_is_half_of_the_mean_squared_error():
    x, y = DIABETES
    ours = MLPRegressor((4,), random_state=0, max_iter=3, alpha=0.0).fit(x, y)
    named = clone(ours).set_params(loss="half_mse").fit(x, y)
    np.testing.assert_allclose(named.loss_curve_, ours.loss_curve_, rtol=1e-12)
    np.testing.assert_allclose(named.coefs_[0], ours.coefs_[0], rtol=1e-9)


def test_class_weights_are_weights_of_the_examples():
    x, y = IRIS[0], np.array(["a", "b", "c"])[IRIS[1]]
    by_class = {"a": 3.0, "c": 0.5}
    each = np.array([by_class.get(label, 1.0) for label in y])
    a = quick(class_weight=by_class).fit(x, y, sample_weight=WEIGHTS)
    b = quick().fit(x, y, sample_weight=WEIGHTS * each)
    np.testing.assert_array_equal(a.predict_proba(x), b.predict_proba(x))
    few = np.r_[0:60, 100:150]
    a = quick(class_weight="balanced").fit(x[few], y[few])
    counts = {label: np.sum(y[few] == label) for label in "abc"}
    b = quick().fit(x[few], y[few], [len(few) / 3 / counts[label] for label in y[few]])
    np.testing.assert_allclose(a.predict_proba(x), b.predict_proba(x), rtol=1e-9)
    with pytest.raises(ValueError, match=r"class_weight names \['d'\]"):
        quick(class_weight={"d": 1.0}).fit(x, y)
    with pytest.raises(ValueError, match="compute_class_weight"):
        quick(class_weight="balanced").partial_fit(x, y, classes=["a", "b", "c"])
    with pytest.raises(ValueError, match="labels"):
        quick(class_weight="balanced").fit(*LABELS)


def test_validation_data_of_ones_own():
    x, y = IRIS
    held = x[100:], y[100:]
    mlp = quick().fit(x[:100], y[:100], validation=held)
    assert mlp.validation_scores_ == mlp.history_["val_accuracy"]
    assert mlp.validation_scores_[-1] == pytest.approx(
        accuracy_score(held[1], mlp.predict(held[0]))
    )
    assert mlp.best_validation_score_ == max(mlp.validation_scores_)
    stopped = quick(early_stopping=True, n_iter_no_change=2, max_iter=100)
    stopped.fit(x[:100], y[:100], validation=held)
    assert stopped.n_iter_ < 100 and stopped.best_loss_ is None
    assert stopped.score(*held) == stopped.best_validation_score_
    weight = np.arange(1.0, 51.0)
    numbers = MLPRegressor((4,), max_iter=3).fit(x[:100], y[:100], validation=(*held, weight))
    assert numbers.validation_scores_[-1] == pytest.approx(
        r2_score(held[1], numbers.predict(held[0]), sample_weight=weight)
    )
    at_once = quick(solver="lbfgs").fit(x[:100], y[:100], validation=held)
    assert at_once.validation_scores_ == [at_once.score(*held)]
    with pytest.raises(ValueError, match="validation is a tuple"):
        quick().fit(x, y, validation=0.1)
    with pytest.raises(ValueError, match="classes not in"):
        quick().fit(x, y, validation=(x[:3], [0, 1, 7]))


def test_callbacks_see_the_run_and_end_it():
    class Watch(nn.Callback):
        def __init__(self):
            self.seen = []

        def on_start(self, progress):
            self.seen.append("start")

        def on_step_end(self, progress):
            assert progress.model.training
            gradients = [p.grad for p in progress.model.parameters()]
            self.seen.append(np.sqrt(sum(float((g * g).sum()) for g in gradients)))

        def on_end(self, progress):
            self.seen.append("end")

    def enough(progress):
        progress.stop = progress.epoch == 3

    watch = Watch()
    mlp = quick(callbacks=[watch, enough], clip_norm=0.05, batch_size=50).fit(*IRIS)
    assert mlp.n_iter_ == 3
    assert (watch.seen[0], watch.seen[-1], len(watch.seen)) == ("start", "end", 11)
    assert max(watch.seen[1:-1]) <= 0.05
    assert mlp.module_.parameters()[0].grad is None


def test_early_stopping_of_nn_works_as_a_callback():
    stop = nn.EarlyStopping(patience=2, monitor="loss", min_delta=0.05)
    assert quick(callbacks=[stop], max_iter=200).fit(*IRIS).n_iter_ < 200


def test_learning_rates_are_in_the_history():
    halved = functools.partial(nn.optim.schedulers.StepLR, step_size=2, gamma=0.5)
    mlp = quick(learning_rate=halved, learning_rate_init=0.04, max_iter=6).fit(*IRIS)
    assert mlp.history_["lr"] == [0.04, 0.04, 0.02, 0.02, 0.01, 0.01]


def test_interrupting_keeps_what_there_is():
    def interrupt(progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        mlp = quick(callbacks=[interrupt]).fit(*IRIS)
    assert mlp.n_iter_ == 2 and len(mlp.predict(IRIS[0])) == 150


def test_verbose_prints_each_epoch(capsys):
    quick(verbose=True, max_iter=2, early_stopping=True).fit(*IRIS)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["Iteration 1", "Iteration 2"]
    assert "val_accuracy" in lines[0]


# Wrong use --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("hidden_layer_sizes", (10, 0), "int of 1 or more"),
        ("hidden_layer_sizes", "100", "int of 1 or more"),
        ("activation", "rellu", "'leaky_relu'"),
        ("solver", "adamm", "'adamw'"),
        ("alpha", -1.0, r"float in the range \[0, inf\)"),
        ("alpha", True, r"float in the range \[0, inf\)"),
        ("batch_size", 0, "'auto'"),
        ("learning_rate", "fast", "'invscaling'"),
        ("learning_rate_init", 0.0, r"float in the range \(0, inf\)"),
        ("max_iter", 1.5, r"int in the range \[1, inf\)"),
        ("shuffle", 1, "a bool"),
        ("random_state", "seed", "RandomState"),
        ("momentum", 1.5, r"range \[0, 1\]"),
        ("validation_fraction", 1.0, r"range \[0, 1\)"),
        ("beta_1", 1.0, r"range \[0, 1\)"),
        ("n_iter_no_change", 0, "numpy.inf"),
        ("loss", "cross_entropyy", "'log_loss'"),
        ("loss", "huber", "'multi_margin'"),
        ("class_weight", {0: -1}, "not negative"),
        ("class_weight", "balance", "'balanced'"),
        ("dropout", 1.0, r"range \[0, 1\)"),
        ("normalization", "instance", "'batch', 'layer'"),
        ("init", "xavier", "'xavier_normal'"),
        ("solver_params", [1], "a dict"),
        ("clip_norm", 0, "or None"),
        ("callbacks", None, "nn.Callback"),
        ("dtype", "float16", "'float32', 'float64' or None"),
    ],
)
def test_wrong_parameters_are_named(name, value, allowed):
    with pytest.raises(InvalidParameterError, match=allowed) as caught:
        MLPClassifier(**{name: value}).fit(*IRIS)
    assert f"The {name!r} parameter of MLPClassifier must be" in str(caught.value)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, TypeError)


def test_wrong_use_is_told():
    x, y = IRIS
    with pytest.raises(InvalidParameterError, match="'squared_error'"):
        MLPRegressor(loss="log_loss").fit(x, y)
    with pytest.raises(ValueError, match="targets of 0 or more"):
        MLPRegressor(loss="poisson").fit(x, y - 1)
    with pytest.raises(ValueError, match="does not support early_stopping"):
        MLPRegressor(early_stopping=True).partial_fit(x, y)
    with pytest.raises(AttributeError, match="partial_fit"):
        MLPRegressor(solver="lbfgs").partial_fit(x, y)
    with pytest.raises(ValueError, match="dropout is for training by batches"):
        MLPRegressor(solver="lbfgs", dropout=0.1).fit(x, y)
    with pytest.raises(ValueError, match="classes must be passed"):
        MLPClassifier().partial_fit(x, y)
    with pytest.raises(ValueError, match="not the same as on last call"):
        MLPClassifier().partial_fit(x, y, classes=[0, 1, 2]).partial_fit(x, y, classes=[0, 1])
    with pytest.raises(ValueError, match="same classes"):
        MLPClassifier(warm_start=True, max_iter=1).fit(x, y).fit(x[y > 0], y[y > 0])
    with pytest.raises(ValueError, match="2 outputs where 1 are due"):
        MLPRegressor(warm_start=True, max_iter=1).fit(x, y).fit(x, np.column_stack((y, y)))
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        MLPClassifier().fit(x, np.column_stack((y, y)))
    with pytest.raises(TypeError, match="Optimizer is due"):
        MLPClassifier(solver=lambda parameters, lr: None).fit(x, y)
    with pytest.raises(ValueError, match=r"loss became (nan|inf) in epoch"):
        MLPRegressor(solver="sgd", learning_rate_init=1e6).fit(x, y)
    with pytest.raises(ValueError, match="validation set is too small"):
        MLPClassifier(early_stopping=True, validation_fraction=0.005).fit(x, y)
    with pytest.warns(UserWarning, match="a batch is all of them"):
        MLPClassifier(batch_size=500, max_iter=1).fit(x, y)
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        MLPClassifier(max_iter=1).fit(x, y)
    with pytest.warns(ConvergenceWarning, match="lbfgs did not converge"):
        MLPClassifier(max_iter=1, solver="lbfgs").fit(x, y)


# Inside -----------------------------------------------------------------------------------------


class Apart(nn.optim.Adam):
    _move = nn.optim.Optimizer._move


@pytest.mark.parametrize(
    ("joint", "apart", "settings"),
    [
        (nn.optim.Adam, Apart, {"amsgrad": True, "weight_decay": 0.1}),
        (_SGD, nn.optim.SGD, {"momentum": 0.9, "nesterov": True}),
        (_SGD, nn.optim.SGD, {}),
    ],
)
def test_parameters_moved_as_one_move_as_they_would_alone(joint, apart, settings):
    runs = []
    for kind in (joint, apart):
        model = nn.MLP(3, [4], 2, dtype=np.float64, rng=0)
        optimizer = kind(model.parameters(), lr=1e-3, **settings)
        state = optimizer.state_dict()
        for step in range(6):
            if step == 2:  # gone back by a step
                optimizer.load_state_dict(state)
            state = optimizer.state_dict()
            if step == 3:  # gone on with by another
                optimizer = kind(model.parameters(), lr=1e-3, **settings)
                optimizer.load_state_dict(state)
            optimizer.zero_grad()
            (model(IRIS[0][:, :3]) ** 2).sum().backward()
            if step == 4:  # one has no gradient this time
                model.parameters()[1].zero_grad()
            optimizer.step()
        runs.append([*model.state_dict().values(), optimizer.state_dict()["state"]])
    *ours, kept = runs[0]
    *others, expected = runs[1]
    for a, b in zip(ours, others):
        np.testing.assert_array_equal(a, b)
    assert kept.keys() == expected.keys()
    for i, values in expected.items():
        assert kept[i].keys() == values.keys()
        for name, value in values.items():
            np.testing.assert_array_equal(kept[i][name], value)


def test_without_scikit_learn_the_extra_is_named():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import nn\n"
        "try: import nn.sklearn\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "blamegraph[sklearn]" in done.stdout


def test_nn_alone_does_not_import_scikit_learn():
    code = "import nn, sys; print([m for m in sys.modules if m.split('.')[0] == 'sklearn'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_benchmark_compares_the_same_folds():
    from benchmarks.sklearn_scores import LIBRARIES, housing, scores

    settings = {"max_iter": 3, "hidden_layer_sizes": [5]}
    ours, other = (scores("wine", library, 1, settings) for library in LIBRARIES)
    assert len(ours) == 5
    np.testing.assert_array_equal(ours, other)
    x, y = housing(500)
    assert x.shape == (500, 8) and (y == y.max()).mean() == pytest.approx(0.05, abs=0.01)
