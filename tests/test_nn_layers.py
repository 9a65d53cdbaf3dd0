"""Layers: what each does by its definition, and what it says to wrong use.

That they agree with PyTorch is in ``tests/oracle/agreement``, that their gradients are right in
``test_nn_gradients``.
"""

import copy
import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))


# Dense ------------------------------------------------------------------------------------------


def test_bilinear_is_a_form_for_each_output() -> None:
    layer = nn.Bilinear(3, 2, 4, dtype=float, rng=0)
    a, b = RNG.normal(size=(2, 5, 3)), RNG.normal(size=(2, 5, 2))
    w, bias = layer.weight.numpy(), layer.bias.numpy()
    expected = np.einsum("...i,oij,...j->...o", a, w, b) + bias
    np.testing.assert_allclose(layer(a, b).numpy(), expected)
    assert layer(a[0, 0], b[0, 0]).shape == (4,)
    assert np.abs(w).max() <= 1 / math.sqrt(3)


def test_flatten_takes_any_run_of_axes() -> None:
    x = RNG.normal(size=(2, 3, 4, 5))
    assert nn.Flatten()(x).shape == (2, 60)
    assert nn.Flatten(0, 1)(x).shape == (6, 4, 5)
    assert nn.Flatten(-2)(x).shape == (2, 3, 20)
    assert nn.Flatten()(x[:0]).shape == (0, 60)
    with pytest.raises(ValueError, match=r"Flatten\(start_dim=2, .* shape \(2, 3\)"):
        nn.Flatten(2)(x[:, :, 0, 0])


# Embedding --------------------------------------------------------------------------------------


def test_embedding_looks_rows_up_and_adds_gradients_up() -> None:
    layer = nn.Embedding(5, 3, dtype=float, rng=0)
    numbers = np.array([[1, 4], [4, 4]])
    np.testing.assert_array_equal(layer(numbers).numpy(), layer.weight.numpy()[numbers])
    np.testing.assert_array_equal(layer(ag.Tensor(numbers)).numpy(), layer.weight.numpy()[numbers])
    layer(numbers).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad[:, 0], [0, 1, 0, 0, 3])
    assert layer([3]).shape == (1, 3)


@pytest.mark.parametrize("index", [2, -3])
def test_padding_starts_as_zeros_and_gets_no_gradient(index: int) -> None:
    layer = nn.Embedding(5, 3, padding_idx=index, dtype=float, rng=0)
    assert layer.padding_idx == 2
    assert not layer.weight.numpy()[2].any() and layer.weight.numpy()[1].any()
    with ag.no_grad():
        layer.weight[2] = 7.0  # its row is still what is looked up
    out = layer(np.array([2, 1, 2]))
    assert (out.numpy()[0] == 7).all()
    out.sum().backward()
    np.testing.assert_array_equal(layer.weight.grad[:, 0], [0, 1, 0, 0, 0])


def test_given_rows_are_frozen_unless_said_otherwise() -> None:
    rows = RNG.normal(size=(4, 2))
    frozen = nn.Embedding.from_pretrained(rows)
    assert not frozen.parameters() and list(frozen.state_dict()) == ["weight"]
    trained = nn.Embedding.from_pretrained(ag.Tensor(rows), freeze=False, padding_idx=1)
    assert len(trained.parameters()) == 1
    np.testing.assert_array_equal(trained.weight.numpy(), rows)
    rows[0] = 9
    assert not (trained.weight.numpy() == 9).any()


def test_embedding_wants_numbers_of_rows() -> None:
    model = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 1))
    for bad in ([0, 5], [-1, 2]):
        with pytest.raises(
            IndexError, match=rf"layer '0': Embedding.*{min(bad)} to {max(bad)}.*0 to 4"
        ):
            model(np.array([bad]))
    with pytest.raises(TypeError, match=r"layer '0': Embedding.*float64.*astype\(int\)"):
        model(np.array([[0.0, 1.0]]))
    with pytest.raises(ValueError, match="padding_idx=5 is none"):
        nn.Embedding(5, 3, padding_idx=5)
    with pytest.raises(ValueError, match="two axes"):
        nn.Embedding.from_pretrained(np.ones(3))


# Dropout ----------------------------------------------------------------------------------------


def test_dropout_of_everything() -> None:
    x = ag.Tensor(X, requires_grad=True)
    out = nn.Dropout(1.0)(x)
    out.sum().backward()
    assert not out.numpy().any() and not x.grad.any()
    for p in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="from 0 to 1"):
            nn.Dropout(p)


# Norms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(nn.BatchNorm1d, (6, 3)), (nn.BatchNorm1d, (6, 3, 4)), (nn.BatchNorm2d, (6, 3, 4, 2))],
)
def test_batch_norm_standardises_and_tracks(layer: Any, shape: tuple[int, ...]) -> None:
    axes = (0, *range(2, len(shape)))
    norm = layer(3, momentum=0.25, dtype=float)
    batches = [RNG.normal(2, 3, shape) for _ in range(3)]
    mean, var = np.zeros(3), np.ones(3)
    for x in batches:
        y = norm(x).numpy()
        np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-12)
        np.testing.assert_allclose(y.var(axis=axes), 1, atol=1e-4)
        mean = 0.75 * mean + 0.25 * x.mean(axis=axes)
        var = 0.75 * var + 0.25 * x.var(axis=axes, ddof=1)
    np.testing.assert_allclose(norm.running_mean.numpy(), mean)
    np.testing.assert_allclose(norm.running_var.numpy(), var)
    assert norm.num_batches_tracked.item() == 3
    norm.eval()
    column = (3,) + (1,) * (len(shape) - 2)
    expected = (x - mean.reshape(column)) / np.sqrt(var.reshape(column) + 1e-5)
    np.testing.assert_allclose(norm(x).numpy(), expected)
    assert norm.num_batches_tracked.item() == 3  # evaluation moves nothing
    np.testing.assert_allclose(norm.running_mean.numpy(), mean)


def test_without_momentum_the_running_mean_is_that_of_all_batches() -> None:
    norm = nn.BatchNorm1d(3, momentum=None, dtype=float)
    batches = [RNG.normal(size=(4, 3)) for _ in range(5)]
    for x in batches:
        norm(x)
    means = [x.mean(axis=0) for x in batches]
    np.testing.assert_allclose(norm.running_mean.numpy(), np.mean(means, axis=0))


def test_what_a_batch_norm_keeps() -> None:
    assert {k: (v.shape, str(v.dtype)) for k, v in nn.BatchNorm1d(3).state_dict().items()} == {
        "weight": ((3,), "float32"),
        "bias": ((3,), "float32"),
        "running_mean": ((3,), "float32"),
        "running_var": ((3,), "float32"),
        "num_batches_tracked": ((), "int64"),
    }
    assert [name for name, _ in nn.BatchNorm1d(3).named_parameters()] == ["weight", "bias"]
    assert list(nn.BatchNorm1d(3, affine=False).state_dict()) == [
        "running_mean", "running_var", "num_batches_tracked",
    ]  # fmt: skip
    assert list(nn.BatchNorm1d(3, track_running_stats=False).state_dict()) == ["weight", "bias"]


def test_batch_norm_keeps_single_precision_and_its_state_travels() -> None:
    one, two = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    x = RNG.normal(3, 2, (8, 3)).astype(np.float32)
    assert one(x).dtype == np.float32
    one(RNG.normal(size=(8, 3)))  # double-precision data does not change its buffers' dtype
    assert one.running_var.dtype == np.float32
    two.load_state_dict(one.state_dict())
    np.testing.assert_array_equal(one.eval()(x).numpy(), two.eval()(x).numpy())
    twin = copy.deepcopy(one).train()
    twin(x)
    assert (twin.num_batches_tracked.item(), one.num_batches_tracked.item()) == (3, 2)


def test_a_single_example_cannot_be_normalised_over_the_batch() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    with pytest.raises(ValueError, match=r"layer '1': BatchNorm1d\(2, .*1 value.*2 or more"):
        model(X[:1])
    assert model[1].num_batches_tracked.item() == 0
    assert model.eval()(X[:1]).shape == (1, 2)
    assert nn.BatchNorm1d(3)(X.T[None, :, :]).shape == (1, 3, 5)  # five values for each feature
    alone = nn.BatchNorm1d(2, track_running_stats=False).eval()
    with pytest.raises(ValueError, match=r"shape \(1, 2\): that is 1 value for"):
        alone(X[:1, :2])


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (nn.BatchNorm1d(3), (4, 2), r"BatchNorm1d\(3, .*axis 1 has to have length 3"),
        (nn.BatchNorm1d(3), (3,), r"takes \(batch, features\) or \(batch, features, length\)"),
        (nn.BatchNorm1d(3), (2, 3, 4, 4), r"takes \(batch, features\) or"),
        (nn.BatchNorm2d(3), (2, 3, 4), r"takes \(batch, channels, height, width\)"),
        (nn.LayerNorm(3), (2, 4), r"LayerNorm\(\(3,\), .*last axis has to have length 3"),
        (nn.LayerNorm((2, 3)), (3,), "last 2 axes have to have length 2, 3"),
        (nn.LayerNorm((2, 3)), (2, 2, 4), r"shape \(2, 2, 4\)"),
        (nn.GroupNorm(2, 4), (2, 3), r"GroupNorm\(2, 4, .*axis 1 has to have length 4"),
    ],
)
def test_norms_name_what_does_not_fit(layer: Any, shape: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=r"^layer '0': .*" + message):
        nn.Sequential(layer)(np.ones(shape))


def test_wrong_sizes_of_norms() -> None:
    for make in (
        lambda: nn.BatchNorm1d(0),
        lambda: nn.LayerNorm((3, 0)),
        lambda: nn.GroupNorm(0, 2),
    ):
        with pytest.raises(ValueError, match="1 or more, got 0"):
            make()
    with pytest.raises(ValueError, match="one axis or more"):
        nn.LayerNorm(())
    with pytest.raises(ValueError, match="4 channels do not make 3 groups"):
        nn.GroupNorm(3, 4)


def test_layer_and_group_norm_by_definition() -> None:
    x = RNG.normal(1, 3, (2, 4, 3, 2))
    y = nn.LayerNorm((3, 2), dtype=float)(x).numpy()
    np.testing.assert_allclose(y.mean(axis=(2, 3)), 0, atol=1e-12)
    plain = nn.LayerNorm((3, 2), elementwise_affine=False)(x)
    np.testing.assert_allclose(np.asarray(plain), y, atol=1e-12)
    groups = np.asarray(nn.GroupNorm(2, 4, affine=False)(x)).reshape(2, 2, -1)
    np.testing.assert_allclose(groups.mean(axis=2), 0, atol=1e-12)
    np.testing.assert_allclose(groups.std(axis=2), 1, atol=1e-4)
    assert list(nn.LayerNorm(3, bias=False).state_dict()) == ["weight"]


# Containers -------------------------------------------------------------------------------------


def test_sequential_of_names() -> None:
    model = nn.Sequential({"hidden": nn.Linear(3, 4), "bend": nn.ReLU(), "out": nn.Linear(4, 1)})
    assert list(model.state_dict()) == ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
    assert model.out is model[2] and len(model) == 3
    with pytest.raises(ValueError, match=r"^layer 'hidden': Linear"):
        model(np.ones((2, 5)))
    for name in ("", "a.b", "training", "forward", 3):
        with pytest.raises(ValueError, match="cannot name a module"):
            nn.Sequential({name: nn.ReLU()})


def test_containers_can_be_changed() -> None:
    a, b, c = nn.Linear(1, 1), nn.ReLU(), nn.Tanh()
    layers = nn.ModuleList([a])
    assert layers.append(c) is layers
    layers.insert(1, b)
    assert list(layers) == [a, b, c] and layers[-1] is c
    assert [name for name, _ in layers.named_children()] == ["0", "1", "2"]
    del layers[0]
    assert list(layers) == [b, c] and not layers.parameters()
    layers[0] = a
    assert list(layers.state_dict()) == ["0.weight", "0.bias"]
    assert len(layers.extend([b, c])) == 4
    part = nn.ModuleList([a, b, c])[1:]
    assert isinstance(part, nn.ModuleList) and list(part) == [b, c]
    rest = nn.Sequential(a, b, nn.Linear(1, 1))[1:]
    assert isinstance(rest, nn.Sequential)
    assert list(rest.state_dict()) == ["2.weight", "2.bias"]  # as in PyTorch
    assert len(rest.append(c)) == 3 and rest[-1] is c
    assert isinstance(nn.MLP(1, [2], 1)[:2], nn.Sequential)


def test_module_dict() -> None:
    heads = nn.ModuleDict({"a": nn.Linear(2, 1)})
    heads["b"] = nn.Linear(2, 3)
    heads.update({"c": nn.ReLU()})
    assert list(heads) == list(heads.keys()) == ["a", "b", "c"]
    assert "b" in heads and "z" not in heads and len(heads) == 3
    assert [name for name, _ in heads.named_parameters()] == [
        "a.weight", "a.bias", "b.weight", "b.bias",
    ]  # fmt: skip
    assert dict(heads.items())["b"] is heads["b"] and heads["c"] in heads.values()
    del heads["a"]
    assert list(heads.state_dict()) == ["b.weight", "b.bias"] and not hasattr(heads, "a")
    with pytest.raises(KeyError):
        heads["a"]
    with pytest.raises(ValueError, match="'keys' cannot name a module: it is an attribute"):
        heads["keys"] = nn.ReLU()
    with pytest.raises(TypeError, match="ModuleDict holds modules; item f is a function"):
        heads["f"] = lambda x: x
    assert "(b): Linear" in repr(heads)


def test_residual() -> None:
    inner = nn.Linear(3, 3, dtype=float, rng=0)
    block = nn.Residual(inner)
    np.testing.assert_allclose(block(X).numpy(), X + inner(X).numpy())
    assert list(block.state_dict()) == ["module.weight", "module.bias"]
    with pytest.raises(ValueError, match=r"x has shape \(5, 3\) and the module's output \(5, 1\)"):
        nn.Residual(nn.Linear(3, 1))(X)
    with pytest.raises(ValueError, match=r"^layer '0.module.1': Linear"):
        nn.Sequential(nn.Residual(nn.Sequential(nn.ReLU(), nn.Linear(2, 2))))(X)
    with pytest.raises(TypeError, match="goes around a module"):
        nn.Residual(ag.relu)  # type: ignore[arg-type]


# MLP --------------------------------------------------------------------------------------------


def test_mlp_puts_things_in_order() -> None:
    model = nn.MLP(
        4, [3, 2], 1, activation=["relu", nn.ELU(0.5)], norm="batch", dropout=0.1,
        output_activation="sigmoid", rng=0,
    )  # fmt: skip
    assert [type(layer).__name__ for layer in model] == [
        "Linear", "BatchNorm1d", "ReLU", "Dropout",
        "Linear", "BatchNorm1d", "ELU", "Dropout",
        "Linear", "Sigmoid",
    ]  # fmt: skip
    out = model.eval()(X[:, [0, 1, 2, 0]]).numpy()
    assert ((out > 0) & (out < 1)).all()
    assert [type(layer).__name__ for layer in nn.MLP(4, [], 1)] == ["Linear"]
    assert nn.MLP(4, [3], 1, norm="layer", dtype=float)[1].weight.dtype == np.float64


def test_mlp_fills_its_weights_by_name_or_function() -> None:
    model = nn.MLP(6, [6], 6, init="orthogonal", dtype=float, rng=0)
    for layer in (model[0], model[2]):
        w = layer.weight.numpy()
        np.testing.assert_allclose(w @ w.T, np.eye(6), atol=1e-14)
        assert not layer.bias.numpy().any()
    again = nn.MLP(6, [6], 6, init=nn.init.orthogonal_, dtype=float, rng=0)
    np.testing.assert_array_equal(again[0].weight.numpy(), model[0].weight.numpy())
    ours = nn.MLP(6, [], 2, init=lambda weight: nn.init.constant_(weight, 0.5))
    assert (ours[0].weight.numpy() == 0.5).all()


def test_an_activation_with_parameters_is_each_layers_own() -> None:
    given = nn.PReLU()
    model = nn.MLP(2, [2, 2], 1, activation=given)
    assert model[1] is given and model[3] is not given
    assert len(model.parameters()) == 8
    shared = nn.ReLU()
    assert nn.MLP(2, [2, 2], 1, activation=shared)[3] is shared


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"norm": "bach"}, r"no norm is called 'bach'; did you mean 'batch'\?.*None leaves it out"),
        ({"activation": ["relu"]}, "a list of 1 activations for 2 hidden layers"),
        ({"activation": "rleu"}, "did you mean 'relu'"),
        ({"output_activation": "sigmod"}, "did you mean 'sigmoid'"),
        ({"init": "xavir_normal"}, "did you mean 'xavier_normal'"),
        ({"dropout": 1.5}, "from 0 to 1"),
        ({"hidden": [3, 0]}, "out_features of 1 or more, got 0"),
    ],
)
def test_wrong_settings_of_an_mlp(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.MLP(**{"in_features": 2, "hidden": [3, 3], "out_features": 1, **settings})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Bilinear(3, 2, 1)(np.ones((4, 3)), np.ones((4, 3))), "lengths 3 and 2"),
        (lambda: nn.Bilinear(3, 2, 1)(np.ones((4, 3)), np.ones((5, 2))), "have to agree"),
        (lambda: nn.Bilinear(0, 2, 1), "in1_features of 1 or more"),
        (lambda: nn.Embedding(3, 0), "embedding_dim of 1 or more"),
        (lambda: nn.Linear(True, 2), "in_features of 1 or more, got True"),
    ],
)
def test_wrong_sizes(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_transformer_layer_is_its_parts() -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 5, dropout=0.0, activation="gelu", dtype=float, rng=0)
    x = RNG.normal(size=(3, 2, 4))
    a = layer.norm1(x + layer.self_attn(x, x, x)[0])
    expected = layer.norm2(a + layer.linear2(nn.GELU()(layer.linear1(a))))
    np.testing.assert_allclose(layer(x).numpy(), expected.numpy())
    noisy = nn.TransformerEncoderLayer(4, 2, 5, rng=0)
    assert (noisy(x).numpy() != noisy(x).numpy()).any()
