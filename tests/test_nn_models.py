"""Modules, layers, initial values: what a model is made of and how its state travels."""

import copy
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import scalar


def to_scalar(model: nn.MLP, nin: int, widths: list[int], activation: str) -> scalar.MLP:
    """A scalar MLP with the weights of a tensor one."""
    twin = scalar.MLP(nin, widths, activation=activation)
    dense = [layer for layer in model if isinstance(layer, nn.Linear)]
    for layer, other in zip(dense, twin.layers):
        weight, bias = layer.weight.numpy(), layer.bias.numpy()
        for j, neuron in enumerate(other.neurons):
            for i, w in enumerate(neuron.w):
                w.data = float(weight[j, i])
            neuron.b.data = float(bias[j])
    return twin


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus", "leaky_relu"])
def test_scalar_and_tensor_networks_with_equal_weights_agree(activation: str) -> None:
    model = nn.MLP(3, [5, 4], 2, activation=activation, dtype=float, rng=1)
    twin = to_scalar(model, 3, [5, 4, 2], activation)
    x = np.random.default_rng(2).normal(size=(6, 3))
    out = model(x)
    (out * out).sum().backward()
    rows = [twin(list(map(float, row))) for row in x]
    total = sum((v * v for row in rows for v in row), start=ag.Value(0.0))
    total.backward()
    np.testing.assert_allclose([[v.data for v in row] for row in rows], out.numpy(), rtol=1e-12)
    dense = [layer for layer in model if isinstance(layer, nn.Linear)]
    for layer, other in zip(dense, twin.layers):
        assert layer.bias is not None
        grads = [[w.grad for w in neuron.w] for neuron in other.neurons]
        np.testing.assert_allclose(grads, layer.weight.grad, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(
            [neuron.b.grad for neuron in other.neurons], layer.bias.grad, rtol=1e-10, atol=1e-12
        )


def test_scalar_network_learns_the_micrograd_example() -> None:
    import random

    model = scalar.MLP(3, [4, 4, 1], rng=random.Random(1337), activation="tanh")
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    for _ in range(60):
        loss = sum((model(x) - y) ** 2 for x, y in zip(xs, ys))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
    assert loss.data < 0.05
    assert len(model.parameters()) == 4 * 4 + 5 * 4 + 5
    assert model.layers[1].neurons[2].w[3].label == "l1.n2.w3"
    assert repr(scalar.MLP(2, [1])) == "MLP of [Layer of [LinearNeuron(2)]]"


def test_scalar_network_passes_through_a_layer_of_one_neuron() -> None:
    assert isinstance(scalar.MLP(2, [1, 3, 1])([1.0, 2.0]), ag.Value)


def test_scalar_neuron_counts_its_inputs_and_knows_its_activations() -> None:
    with pytest.raises(ValueError, match="2 inputs got 3"):
        scalar.Neuron(2)([1.0, 2.0, 3.0])
    with pytest.raises(
        ValueError, match=r"no activation is called 'rleu'; did you mean 'relu'\? There"
    ):
        scalar.Neuron(2, activation="rleu")


class Net(nn.Module):
    """Attributes in lists and dicts, a shared layer, a buffer, and no super().__init__()."""

    def __init__(self) -> None:
        self.scale = ag.tensor([2.0])
        self.blocks = [nn.Linear(2, 2, rng=0), nn.Linear(2, 2, rng=1)]
        self.heads = {"a": nn.Linear(2, 1, rng=2)}
        self.again = self.blocks[0]
        self.free = ag.tensor([1.0, 2.0], requires_grad=True)

    def forward(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.heads["a"](x) * self.scale + self.free


def test_parameters_are_found_in_order_and_once() -> None:
    net = Net()
    assert [name for name, _ in net.named_parameters()] == [
        "blocks.0.weight",
        "blocks.0.bias",
        "blocks.1.weight",
        "blocks.1.bias",
        "heads.a.weight",
        "heads.a.bias",
        "free",
    ]
    assert "scale" in net.state_dict()
    assert [name for name, _ in net.named_children()] == ["blocks.0", "blocks.1", "heads.a"]
    net.last = net(np.ones((3, 2)))  # a result kept as an attribute is no parameter
    assert len(net.parameters()) == 7
    net(np.ones((3, 2))).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_state_travels_between_models_and_dtypes() -> None:
    one, two = nn.MLP(3, [4], 2, rng=0), nn.MLP(3, [4], 2, dtype=float, rng=1)
    two.load_state_dict(one.state_dict())
    for (name, p), q in zip(one.named_parameters(), two.parameters()):
        assert q.dtype == np.float64
        np.testing.assert_array_equal(p.numpy(), q.numpy(), err_msg=name)
    state = one.state_dict()
    state["0.weight"][...] = 0  # copies: the model does not notice
    assert one[0].weight.numpy().any()


def test_state_that_does_not_fit_is_refused_whole() -> None:
    model = nn.MLP(3, [4], 2, rng=0)
    before = model.state_dict()
    state = nn.MLP(3, [4], 2, rng=1).state_dict()
    del state["2.bias"]
    state["extra"] = np.zeros(2)
    state["2.weight"] = np.zeros((4, 2))
    with pytest.raises(ValueError, match=r"missing: 2\.bias; unexpected: extra; 2\.weight"):
        model.load_state_dict(state)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    del state["2.weight"]
    model.load_state_dict(state, strict=False)
    np.testing.assert_array_equal(model.state_dict()["0.weight"], state["0.weight"])


def test_models_can_be_copied() -> None:
    model = nn.MLP(2, [3], 1, rng=0)
    twin = copy.deepcopy(model)
    with ag.no_grad():
        twin[0].weight[...] = 0.0
    assert model[0].weight.numpy().any()
    assert all(p is not q for p, q in zip(model.parameters(), twin.parameters()))


def test_modes_reach_every_module() -> None:
    model = nn.MLP(4, [8, 8], 2, dropout=0.5, rng=0)
    model.eval()
    assert not any(m.training for m in model.modules())
    x = np.ones((5, 4), dtype=np.float32)
    np.testing.assert_array_equal(model(x).numpy(), model(x).numpy())
    model.train()
    assert (model(x).numpy() != model(x).numpy()).any()


def test_dropout_keeps_the_mean_and_the_dtype() -> None:
    x = ag.Tensor(np.ones((200, 200), dtype=np.float32), requires_grad=True)
    out = nn.Dropout(0.25, rng=0)(x)
    out.sum().backward()
    assert out.dtype == np.float32
    assert set(np.unique(out.numpy())) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs(out.numpy().mean() - 1) < 0.02
    np.testing.assert_array_equal(x.grad, out.numpy())
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(1.5)


def test_linear_starts_as_pytorch_does_and_keeps_float32() -> None:
    layer = nn.Linear(100, 50, rng=0)
    assert layer.weight.shape == (50, 100)
    assert np.abs(layer.weight.numpy()).max() <= 0.1
    assert abs(layer.weight.numpy().std() - 0.1 / np.sqrt(3)) < 1e-3
    assert layer.bias is not None
    out = layer(np.ones((2, 100), dtype=np.float32))
    out.sum().backward()
    assert out.dtype == layer.weight.grad.dtype == layer.bias.grad.dtype == np.float32
    assert nn.Linear(3, 2, bias=False)(np.ones((4, 3))).shape == (4, 2)
    assert nn.Linear(3, 2)(np.ones((5, 4, 3))).shape == (5, 4, 2)
    for bad in (0, -1, 2.5):
        with pytest.raises(ValueError, match="in_features of 1 or more"):
            nn.Linear(bad, 2)  # type: ignore[arg-type]


def test_a_wrong_number_of_features_names_the_layer() -> None:
    inner = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(2, 1))
    model = nn.Sequential(nn.Flatten(), inner)
    with pytest.raises(ValueError, match=r"layer '1\.2': Linear\(in_features=2, .*shape \(5, 3\)"):
        model(np.ones((5, 2, 2)))


def test_containers() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    model.append(nn.Linear(3, 1))
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    model[2] = nn.Linear(3, 2)
    assert model(np.ones((1, 2))).shape == (1, 2)
    assert len(model[:2]) == 2
    assert len(nn.ModuleList([nn.ReLU(), nn.Linear(1, 1)]).parameters()) == 2
    with pytest.raises(TypeError, match=r"nn\.ReLU\(\)"):
        nn.Sequential(nn.Linear(2, 3), ag.relu)  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_model() -> None:
    one, two = nn.MLP(4, [3], 2, rng=5), nn.MLP(4, [3], 2, rng=5)
    assert all((p.numpy() == q.numpy()).all() for p, q in zip(one.parameters(), two.parameters()))


def test_activations_by_name() -> None:
    x = np.linspace(-2, 2, 5)
    for name in nn.activations.names():
        assert np.shape(nn.activations.get(name)(x)) == (5,)
    np.testing.assert_allclose(nn.Tanh()(x), 2 * nn.Sigmoid()(2 * x) - 1, atol=1e-15)
    np.testing.assert_allclose(nn.Softmax()(x).sum(), 1)
    assert repr(nn.MLP(1, [1], 1, activation=np.sin)[1]) == "Function(sin)"
    with pytest.raises(ValueError, match=r"'rleu'; did you mean 'relu'.*leaky_relu, .*sigmoid"):
        nn.MLP(2, [2], 1, activation="rleu")


@pytest.mark.parametrize(
    ("fill", "std"),
    [
        (nn.init.xavier_uniform, np.sqrt(2 / 500)),
        (nn.init.xavier_normal, np.sqrt(2 / 500)),
        (nn.init.kaiming_uniform, np.sqrt(2 / 300)),
        (nn.init.kaiming_normal, np.sqrt(2 / 300)),
    ],
)
def test_initialisers_have_the_stated_spread(fill: Any, std: float) -> None:
    tensor = ag.Tensor(np.zeros((200, 300), dtype=np.float32), requires_grad=True)
    assert fill(tensor, rng=0) is tensor
    assert tensor.is_leaf and tensor.dtype == np.float32
    assert abs(tensor.numpy().std() / std - 1) < 0.02
    assert abs(tensor.numpy().mean()) < 0.02 * std * 3
    with pytest.raises(ValueError, match="fan-in"):
        fill(ag.Tensor(np.zeros(3)))


def test_fill_with_constants() -> None:
    tensor = ag.Tensor(np.ones((2, 2)), requires_grad=True)
    assert not nn.init.zeros(tensor).numpy().any()
    assert (nn.init.constant(tensor, 3.0).numpy() == 3).all()


def test_summary_and_drawing() -> None:
    small, large = nn.MLP(2, [3], 1, rng=0), nn.MLP(64, [32], 10)
    assert "13 parameters" in small.summary()
    assert "(3, 2)" in small.summary()
    assert small.draw().source.count(" -> ") == 9  # an edge for each weight
    assert "64 → 32" in large.draw().source
    assert "Linear" in Net().draw().source
    assert "Linear(in_features=2, out_features=3)" in repr(small)


def test_two_tensors_of_one_name_are_not_saved_as_one() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            self.parts: dict[Any, nn.Module] = {1: nn.Linear(2, 2), "1": nn.Linear(2, 2)}

    with pytest.raises(ValueError, match=r"saved as 'parts\.1\.weight', and one of them lost"):
        Twice().state_dict()
