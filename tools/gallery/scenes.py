"""The scenes of the gallery, in order. Each function's body is the code that the page shows."""

from __future__ import annotations

import graphviz
import numpy as np
from album import Album, scene

import nn
from autograd import Tensor, Value, scope, viz


@scene(
    "A neuron",
    """Each node shows its value and its gradient, each edge the local derivative; colour and line
    style tell the sign of the blame that travels along it, width how much.""",
    neuron_svg="A neuron's graph with values, gradients and local derivatives",
)
def neuron(album: Album) -> None:
    x1, x2 = Value(2.0, label="x1"), Value(0.5, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    out = (x1 * w1 + x2 * w2 + Value(6.0, label="b")).tanh()
    out.label = "out"
    out.backward()
    album.add(viz.draw(out), "neuron.svg")


@scene(
    "Where a gradient comes from",
    """A value that is used twice is blamed twice: its gradient is the sum of what came back along
    both edges, and the node shows the sum.""",
    sum_svg="x is used by three ops, and its gradient is written as a sum of contributions",
)
def several_uses(album: Album) -> None:
    x = Value(0.5, label="x")
    loss = x.exp() * 2.0 - x * x * 3.0
    loss.backward()
    album.add(viz.draw(loss), "sum.svg")


@scene(
    "The chain rule, spelled out",
    """`explain` writes the derivative as products along paths, with the numbers of this graph. It
    counts all paths and shows the few that matter; `.nodes` lights them in the drawing.""",
    explained_svg="A small network with the paths from the loss to one weight in red",
)
def explained(album: Album) -> None:
    model = nn.scalar.MLP(1, [2, 1], activation="tanh", rng=1)
    loss = (model([0.5]) - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    why = viz.explain(loss, "l0.n0.w0")
    print(why)
    album.add(viz.draw(loss, mark=why.nodes), "explained.svg")


@scene(
    "Arrays",
    """Of a tensor, statistics and a small heat map stand in place of the numbers. Frames are the
    modules whose calls computed what is inside, and parameters go by their names in them.""",
    tensors_svg="The graph of a small network on arrays, with heat maps of values and gradients",
)
def tensors(album: Album) -> None:
    rng = np.random.default_rng(0)
    model = nn.MLP(4, [6], 3, rng=0)
    x = rng.normal(size=(8, 4))
    loss = nn.losses.cross_entropy(model(x), rng.integers(0, 3, 8))
    loss.backward()
    album.add(viz.draw(loss), "tensors.svg")


@scene(
    "Residual connections share the blame",
    """Where a value goes two ways, each edge says which part of its gradient came back along it.
    The shares of all edges out of a node add up to one; they may be negative.""",
    shares_svg="A residual block with the share of the gradient on each of its two branches",
)
def shares(album: Album) -> None:
    block = nn.Linear(4, 4, rng=0)
    x = Tensor(np.random.default_rng(0).normal(size=(3, 4)), requires_grad=True, label="x")
    with scope("residual"):
        h = x + block(x).tanh() * 2.0
    loss = (h * h).mean()
    loss.backward()
    album.add(viz.draw(loss), "shares.svg")


@scene(
    "Why is it zero?",
    """`why_zero` finds the node where a gradient died or blew up, the line that computed it, and
    says what helps.""",
    dead_svg="A network whose hidden units are all dead, the relu in red",
)
def dead(album: Album) -> None:
    model = nn.MLP(2, [3], 1, rng=0)
    model[0].bias.data = np.full(3, -9.0)
    with scope("run"):
        out = model(np.random.default_rng(0).normal(size=(5, 2)))
        loss = (out * out).mean()
    loss.backward()
    why = viz.why_zero(loss, model[0].weight)
    print(why)
    album.add(viz.draw(loss, mark=why.causes[0].node), "dead.svg")


@scene(
    "Who is to blame?",
    """Parameters and layers by their part in what a step does to the loss, beside what the step
    did.""",
    blame_png="Parameters ranked by their share of the first-order change of the loss",
)
def blame(album: Album) -> None:
    data = nn.data.load_digits()
    x, y = data.x.reshape(-1, 64)[:256] / 16, data.y[:256]
    model = nn.MLP(64, [32, 16], 10, rng=0)
    found = viz.blame(lambda: nn.losses.cross_entropy(model(x), y), model, lr=0.01)
    print(found)
    print(found.check())
    album.add(found.plot(), "blame.png")


@scene(
    "Which examples?",
    """Each example's share of a parameter's gradient; they add up to the batch's. On a trained
    model the most blamed ones are those it gets wrong, or that are hard to read.""",
    examples_png="The most blamed digits with their shares",
    saliency_png="Which pixels the answer depends on",
)
def examples(album: Album) -> None:
    data = nn.data.load_digits()
    x, y = data.x.reshape(-1, 64) / 16, data.y
    model = nn.MLP(64, [32], 10, rng=0)
    nn.fit(model, x[:1000], y[:1000], loss="cross_entropy", epochs=20, seed=0)
    x, y = x[1000:1200], y[1000:1200]
    losses = nn.losses.cross_entropy(model(x), y, reduction="none")
    album.add(viz.example_blame(losses, model).plot(x.reshape(-1, 8, 8)), "examples.png")
    album.add(viz.saliency(model, x[:8]).plot(image_shape=(8, 8)), "saliency.png")


@scene(
    "Down the slope",
    """Gradient descent with a learning rate that is too small, good, and too large: along a curve
    with the tangents that it follows, and across a surface.""",
    curve_png="Three learning rates on a curve, with tangents",
    surface_png="Three learning rates on a surface, with the paths",
)
def descent(album: Album) -> None:
    album.add(viz.descent(lambda x: x**4 - 2 * x**2 + 0.5 * x, 1.8, (0.01, 0.05, 0.19)),
              "curve.png")  # fmt: skip
    album.add(viz.descent(lambda x: x[0] ** 2 + 8 * x[1] ** 2, (4.0, 1.0), (0.01, 0.08, 0.126)),
              "surface.png")  # fmt: skip


@scene(
    "Any size: neurons, layers, models",
    """65,000 scalar nodes of a network in micrograd's manner, by its neurons and by its layers.
    What a box stands for is counted, its blame added up, and nothing is dropped in silence.""",
    neurons_svg="The graph of a loss over 100 points, one box for each neuron",
    layers_svg="The same graph, one box for each layer",
)
def any_size(album: Album) -> None:
    moons = nn.data.make_moons(100)
    model = nn.scalar.MLP(2, [16, 16, 1], rng=0)
    loss = (
        sum((1 - (2 * label - 1) * model(row)).relu() for row, label in zip(moons.x, moons.y))
        * 0.01
    )
    loss.backward()
    print(f"{viz.build(loss, max_nodes=1).total:,} nodes")
    album.add(viz.draw(loss, level="neurons", top_edges=60, rankdir="TB"), "neurons.svg")
    album.add(viz.draw(loss, level="layers"), "layers.svg")


@scene(
    "Without modules",
    """The same for code that has no modules and no scopes: long sums, rows of one op and parts of
    equal structure are rolled up with their count.""",
    rolled_svg="A network written with plain lists of values, rolled up by structure",
)
def without_modules(album: Album) -> None:
    rng = np.random.default_rng(0)
    w1 = [[Value(v) for v in row] for row in rng.normal(size=(12, 8))]
    w2 = [Value(v) for v in rng.normal(size=12)]
    loss = Value(0.0)
    for x in rng.normal(size=(20, 8)):
        hidden = [sum(w * v for w, v in zip(row, x)).tanh() for row in w1]
        loss = loss + (sum(w * h for w, h in zip(w2, hidden)) - 1.0) ** 2
    loss.backward()
    album.add(viz.draw(loss), "rolled.svg")


@scene(
    "Into an op",
    """`zoom` opens one op on small arrays into the scalar graph that it stands for: here a
    product of matrices, and a softmax.""",
    matmul_svg="A product of two matrices as products and sums of single numbers",
    softmax_svg="A softmax of three numbers as exp, sum and division",
)
def into_an_op(album: Album) -> None:
    a = Tensor([[1.0, 2.0], [0.5, -1.0]], requires_grad=True, label="A")
    b = Tensor([[3.0], [-1.0]], requires_grad=True, label="B")
    product = a @ b
    z = Tensor([0.5, 1.0, -1.0], requires_grad=True, label="z")
    p = z.softmax()
    (product.sum() + (p * p).sum()).backward()
    album.add(viz.zoom(product), "matmul.svg")
    album.add(viz.zoom(p), "softmax.svg")


@scene(
    "The network itself",
    """A model drawn as neurons and weights: by the weights, lit by an example; and by the
    gradients, so that each connection shows what it is blamed for. Larger models are drawn as
    blocks.""",
    network_svg="A network with its weights, lit by an example",
    blamed_svg="The same network, each edge its weight's gradient",
    blocks_svg="A convolutional network as blocks, with a skip connection",
)
def network(album: Album) -> None:
    model = nn.MLP(2, [4, 3], 1, activation="tanh", rng=2)
    loss = nn.losses.mse_loss(model(np.array([[0.8, -0.5]])), np.array([[1.0]]))
    loss.backward()
    album.add(model.draw([0.8, -0.5]), "network.svg")
    album.add(model.draw([0.8, -0.5], show="gradient"), "blamed.svg")
    conv = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(),
        nn.Residual(nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 16, 10),
    )  # fmt: skip
    album.add(conv.draw(input_shape=(1, 8, 8)), "blocks.svg")


@scene(
    "Two backward passes compared",
    """The same network with tanh and with relu: what changed, by how much, and where, walking
    back from the loss, the gradients part.""",
    diff_svg="Two graphs in one, with changed, added and removed nodes marked",
)
def compared(album: Album) -> None:
    def run(bend: str) -> Value:
        x, w, b = Value(0.8, label="x"), Value(-1.5, label="w"), Value(0.4, label="b")
        loss = (getattr(x * w + b, bend)() - 1.0) ** 2
        loss.label = "loss"
        loss.backward()
        return loss

    found = viz.diff(run("tanh"), run("sigmoid"))
    print(found)
    album.add(found.draw(), "diff.svg")


@scene(
    "Backward, played",
    """`to_html` writes one page that needs no network and no kernel: play, step and step back
    through the real reverse order, with each step's line of the chain rule. Search, zoom, fold
    groups, by keyboard too.""",
    player_html="Open the page: a small network's backward pass",
    player_png="The page at step 6, gradients arriving",
    player_phone_png="The same page on a phone, in the dark",
)
def played(album: Album) -> None:
    model = nn.scalar.MLP(2, [3, 1], activation="tanh", rng=3)
    x1, x2 = Value(1.0, label="x1"), Value(-0.5, label="x2")
    loss = (model([x1, x2]) - 0.5) ** 2
    loss.label = "loss"
    loss.backward()
    viz.to_html(loss, album.path("player.html"), title="A small network")
    album.screenshot("player.html", "player.png", (1280, 800), "#step=6")
    album.screenshot("player.html", "player_phone.png", (390, 844), "#step=6")


@scene(
    "For slides",
    """The same as an animation: GIF, or SVG that stays sharp and honours reduced motion.""",
    backward_gif="An animated GIF of gradients flowing back through a neuron",
    backward_svg="The same as an animated SVG",
)
def animated(album: Album) -> None:
    x1, w1 = Value(2.0, label="x1"), Value(-0.4, label="w1")
    out = (x1 * w1 + Value(1.1, label="b")).tanh()
    out.label = "out"
    out.backward()
    viz.animate(out, album.path("backward.gif"))
    viz.animate(out, album.path("backward.svg"))


@scene(
    "The vanishing gradient, at a glance",
    """Two networks of ten layers on the same data: sigmoid with Glorot's initialisation beside
    relu with He's. Each row is a layer, each column a step, the colour the size of its
    gradient.""",
    vanishing_png="Gradients of ten sigmoid layers fade by six decades; relu's stay even",
)
def vanishing(album: Album) -> None:
    moons = nn.data.make_moons(256)
    runs = {}
    for bend, init in (("sigmoid", "xavier_normal"), ("relu", "kaiming_normal")):
        model = nn.MLP(2, [32] * 10, 2, activation=bend, init=init, rng=0)
        runs[bend] = viz.FlowRecorder(model, every=5)
        nn.fit(
            model, moons.x, moons.y, loss="cross_entropy", optimizer="sgd", lr=0.05, epochs=60,
            seed=0, callbacks=[runs[bend]],
        )  # fmt: skip
    print(runs["sigmoid"].report())
    album.add(viz.flow(list(runs.values()), labels=list(runs)), "vanishing.png")


@scene(
    "A run, layer by layer",
    """Gradients, steps against weights, silent and saturated units, and histograms over time of a
    healthy run; then the same run on a time line in the page, with the layout frozen.""",
    flow_png="The panels of a healthy run",
    training_html="Open the page: gradients over a training run",
)
def healthy(album: Album) -> None:
    moons = nn.data.make_moons(256)
    model = nn.MLP(2, [16, 16], 2, rng=0)
    flow = viz.FlowRecorder(model, every=5)
    nn.fit(
        model, moons.x, moons.y, loss="cross_entropy", lr=0.01, epochs=40, seed=0, callbacks=[flow]
    )
    print(flow.report())
    album.add(flow.plot(), "flow.png")
    model.zero_grad()
    loss = nn.losses.cross_entropy(model(moons.x), moons.y)
    loss.backward()
    viz.to_html(loss, album.path("training.html"), history=flow, title="A training run")


@scene(
    "Without Graphviz",
    """The layout of our own, in NumPy, draws where Graphviz is not installed, fails or would take
    too long: here the neuron of the first picture, and a residual network.""",
    own_svg="The first picture again, laid out without Graphviz",
    own_residual_svg="A network on arrays, laid out without Graphviz",
)
def without_graphviz(album: Album) -> None:
    from autograd.viz.svg import draw_svg

    x1, x2 = Value(2.0, label="x1"), Value(0.5, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    out = (x1 * w1 + x2 * w2 + Value(6.0, label="b")).tanh()
    out.backward()
    album.add(draw_svg(viz.build(out)), "own.svg")
    model = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Residual(nn.Linear(4, 4, rng=1)))
    loss = (model(np.random.default_rng(0).normal(size=(3, 4))) ** 2).mean()
    loss.backward()
    album.add(draw_svg(viz.build(loss)), "own_residual.svg")


@scene(
    "Beside other tools",
    """The same network of two hidden units and its squared error, as other tools draw it and as
    we do. micrograd's picture has values and gradients, and no word on how one came from the
    other. torchviz shows which backward functions call which, torchview the modules and shapes,
    torchlens both passes as a structure (it can colour nodes by a gradient's norm): none of the
    three writes a gradient's value. Ours shows the numbers, the derivative on each edge, the sum
    where blame meets, and the path of it in colour.""",
    peer_micrograd_svg="micrograd's drawing: data and grad in boxes",
    peer_torchviz_svg="torchviz's drawing: names of backward functions and parameters",
    peer_torchview_svg="torchview's drawing: modules and shapes",
    peer_torchlens_svg="torchlens's drawing: forward and backward operations",
    ours_scalar_svg="Ours on values",
    ours_tensor_svg="Ours on arrays",
)
def beside_others(album: Album) -> None:
    w1, b1, w2, b2 = [[1.5, -1.0], [-0.5, 2.0]], [0.25, -0.25], [[1.0, -2.0]], [0.5]
    twin = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    for p, value in zip(twin.parameters(), (w1, b1, w2, b2)):
        p.data = np.array(value)
    model = nn.scalar.MLP.from_tensor(twin)
    loss = (model([1.0, 0.5]) - 1.0) ** 2
    loss.backward()
    album.add(viz.draw(loss), "ours_scalar.svg")
    loss = ((twin(np.array([[1.0, 0.5]])) - 1.0) ** 2).sum()
    loss.backward()
    album.add(viz.draw(loss), "ours_tensor.svg")
    for name, source in album.by_peers().items():
        album.add(graphviz.Source(source), f"peer_{name}.svg")
