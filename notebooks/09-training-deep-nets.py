# %% [markdown]
# # 9. Training deep networks
#
# **Why do some networks learn their examples by heart, and why do some learn nothing at all?**
#
# Two things go wrong again and again. A network with too few examples *over-fits*: it is right
# about them and wrong about the rest. A network with many layers may not start to learn: on the way
# back the gradient has *vanished* or *exploded*. At the end of this notebook you will be able to
#
# - see over-fitting in the curves, and try three cures: weight decay, dropout, early stopping;
# - choose starting weights so that signals keep their size through all layers;
# - read a flow picture, and tell a vanishing gradient from an exploding one;
# - rescue a run by normalisation or clipping.

# %%
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import nn
from autograd import viz
from nn.colours import BLUE, INK, MUTED, ORANGE, SERIES

plt.rcParams.update(
    {
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": MUTED,
        "axes.titlesize": 11,
        "font.size": 10,
    }
)

# %% [markdown]
# ## Learned by heart
#
# Sixty noisy points from two moons, and a network with 17,154 parameters. So many can bend the
# border around every single point. Of the same moons we draw 400 points to watch the training by,
# and 2,000 for the final verdict.

# %%
train = nn.data.make_moons(60, noise=0.35, rng=11)
watch = nn.data.make_moons(400, noise=0.35, rng=101)
test = nn.data.make_moons(2000, noise=0.35, rng=201)


def run(weight_decay=0.0, dropout=0.0, patience=None):
    model = nn.MLP(2, [128, 128], 2, dropout=dropout, rng=1)
    history = nn.fit(
        model,
        train.x,
        train.y,
        optimizer=nn.optim.AdamW(model.parameters(), lr=0.003, weight_decay=weight_decay),
        epochs=300,
        validation=(watch.x, watch.y),
        early_stopping=patience,
        seed=1,
    )
    return model, history


plain = run()
history = plain[1]

figure, axis = plt.subplots(figsize=(7, 2.9))
axis.plot(history["loss"], color=BLUE, label="the 60 training points")
axis.plot(history["val_loss"], "--", color=ORANGE, label="the 400 others")
best = int(np.argmin(history["val_loss"]))
axis.plot(best, history["val_loss"][best], "o", color=ORANGE)
axis.annotate("best", (best, history["val_loss"][best]), xytext=(-4, 9), textcoords="offset points")
axis.set(xlabel="epoch", ylabel="loss")
axis.set_title("one curve falls, the other rises: over-fitting", loc="left")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# Up to the dot the network learns what moons look like. After it, it learns these sixty points. The
# loss on the others is soon worse than that of a coin, which is $\ln 2 \approx 0.69$, though the
# coin is right less often: the network is wrong *and sure of it*.
#
# ## Three cures
#
# **Weight decay** shrinks every weight a little at each step, so that only those stay large that
# the data keep pushing. With learning rate $\eta$, decay $\lambda$ and step $s$ (of Adam, here):
#
# $$w \leftarrow (1 - \eta\lambda)\, w - \eta\, s$$
#
# (Krogh and Hertz, 1992, *A simple weight decay can improve generalization*; in this form
# Loshchilov and Hutter, 2019, *Decoupled weight decay regularization*.)
#
# **Dropout** switches each hidden neuron off with probability $p$, at every step anew, and scales
# the others up so that the mean stays as it was. No neuron can rely on one other neuron:
#
# $$h_i \leftarrow \frac{m_i}{1 - p}\, h_i, \qquad m_i = 0 \text{ with probability } p,
# \text{ else } 1$$
#
# (Srivastava et al., 2014, *Dropout: a simple way to prevent neural networks from overfitting*.) It
# is for training only: `model.eval()`, which `nn.predict` does for you, turns it off.
#
# **Early stopping** ends the run when the watched loss has not got better for some epochs, and goes
# back to the best weights (Prechelt, 1998, *Early stopping: but when?*).

# %%
runs = {
    "nothing": plain,
    "weight decay 1": run(weight_decay=1.0),
    "dropout 0.5": run(dropout=0.5),
    "early stopping": run(patience=30),
}

figure, axis = plt.subplots(figsize=(7, 2.9))
for (name, (_, history)), colour, style in zip(
    runs.items(), (ORANGE, *SERIES[2:4], BLUE), ("--", "-.", "-", "-"), strict=True
):
    axis.plot(history["val_loss"], style, color=colour, label=name)
stopped = runs["early stopping"][1]["val_loss"]
axis.plot(len(stopped) - 1, stopped[-1], "o", color=BLUE)
axis.set(xlabel="epoch", ylabel="loss on the 400 points", ylim=(0.25, None))
axis.set_title("all three hold the rise back", loc="left")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# Early stopping takes the same way as the plain run, ends at the dot, and goes back to the valley.
#
# What the numbers mean can be seen in the plane. The colour is what the network answers at each
# place, paler where it is less sure; the dots are the training points.

# %%
pale = LinearSegmentedColormap.from_list("pale", ["#F0B48C", "white", "#86BBDD"])
a, b = np.meshgrid(np.linspace(-2, 3, 120), np.linspace(-1.7, 2.2, 100))
figure, axes = plt.subplots(1, 4, figsize=(9, 2.4), sharey=True)
scores = {}
for axis, (name, (model, _)) in zip(axes, runs.items(), strict=True):
    sure = nn.predict_proba(model, np.column_stack([a.ravel(), b.ravel()]))[:, 1]
    axis.contourf(a, b, sure.reshape(a.shape), levels=np.linspace(0, 1, 21), cmap=pale)
    axis.contour(a, b, sure.reshape(a.shape), levels=[0.5], colors=INK, linewidths=1)
    for label, colour, marker in ((0, ORANGE, "o"), (1, BLUE, "^")):
        axis.scatter(*train.x[train.y == label].T, s=9, color=colour, marker=marker)
    scores[name] = nn.evaluate(model, test.x, test.y)
    axis.set_title(f"{name}\n{scores[name]['accuracy']:.1%} right of 2,000", fontsize=10)
    axis.set(xticks=[], yticks=[])
figure.tight_layout()
plt.show()

# %%
print(f"{'':16}accuracy  loss")
for name, score in scores.items():
    print(f"{name:16}{score['accuracy']:8.1%}  {score['loss']:.2f}")
assert min(scores, key=lambda name: scores[name]["accuracy"]) == "nothing"

# %% [markdown]
# The plain network draws inlets around single points. The cures draw a smoother border. They win
# two or three points of accuracy, and much more in the loss, since they are not so sure where they
# are wrong. They can be combined. Which one wins here is chance, as is a half per cent in a table
# like this one. The best cure of all is not in it: more data.
#
# ## Signals through many layers
#
# Now the other trouble. A neuron adds up $n$ inputs, $z = w_1 h_1 + \dots + w_n h_n$. If the
# weights are drawn independently with mean 0, then
#
# $$\operatorname{Var}(z) = n \operatorname{Var}(w)\, \operatorname{E}(h^2)$$
#
# So each layer multiplies the size of the signal by a factor, and ten layers by its tenth power.
# The factor should be 1. With activations that are like the identity near zero, and the same wish
# for the way back, this gives Glorot's rule; relu throws half of the signal away, and He's rule
# pays for it with a 2:
#
# $$\operatorname{Var}(w) = \frac{2}{n_\text{in} + n_\text{out}} \ \text{(Glorot)}, \qquad
# \operatorname{Var}(w) = \frac{2}{n_\text{in}} \ \text{(He)}$$
#
# (Glorot and Bengio, 2010, *Understanding the difficulty of training deep feedforward neural
# networks*; He et al., 2015, *Delving deep into rectifiers*.)
#
# Let us see. Ten hidden layers with relu, weights of He's size, of two thirds of it, and of one and
# a half times it:

# %%
moons = nn.data.make_moons(256)


def scaled_he(factor):
    rng = np.random.default_rng(0)
    return lambda weight: nn.init.normal(weight, 0, factor * np.sqrt(2 / weight.shape[1]), rng=rng)


figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.9))
for factor, colour, marker in ((1.5, ORANGE, "^"), (1, INK, "o"), (2 / 3, BLUE, "v")):
    model = nn.MLP(2, [64] * 10, 2, init=scaled_he(factor))
    h, sizes = moons.x.astype("float32"), []
    for layer in model:
        h = layer(h)
        if isinstance(layer, nn.ReLU):
            sizes.append(float(np.sqrt(np.mean(h.numpy() ** 2))))
    nn.losses.cross_entropy(h, moons.y).backward()
    gradients = [np.linalg.norm(p.weight.grad) for p in model if isinstance(p, nn.Linear)]
    label = {1.5: "1.5 × He", 1: "He"}.get(factor, "2/3 × He")
    left.plot(range(1, 11), sizes, marker=marker, color=colour, label=label)
    right.plot(range(1, 12), gradients, marker=marker, color=colour, label=label)
left.set(yscale="log", xlabel="hidden layer", ylabel="root mean square")
left.set_title("outputs of the layers", loc="left")
right.set(yscale="log", xlabel="layer", ylabel="norm")
right.set_title("gradients of the weights", loc="left")
right.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
figure.tight_layout()
plt.show()

# %% [markdown]
# Left, straight lines on a logarithmic scale: a constant factor for each layer. $1.5^{10} \approx
# 58$ and $(2/3)^{10} \approx 1/58$. Right, the gradient of a weight is the output below it times
# the blame above it. The one grows towards the loss and the other away from it, so that their
# product is much the same in all layers, and about 58 times too large or too small in all. Only
# He's size keeps both in range.
#
# ## The vanishing gradient
#
# The sigmoid makes it worse. Its slope is at most $1/4$, so that on the way back through ten layers
# the gradient meets ten factors of a quarter or less: $4^{-10} \approx 10^{-6}$. We train such a
# network beside one of relu with He's weights. A `FlowRecorder` looks at every tenth step.


# %%
def deep(epochs=30, **how):
    model = nn.MLP(2, [32] * 10, 2, rng=0, **how)
    flow = viz.FlowRecorder(model, every=10)
    history = nn.fit(
        model,
        moons.x,
        moons.y,
        optimizer="sgd",
        lr=0.05,
        epochs=epochs,
        seed=0,
        callbacks=[flow],
    )
    return history, flow


sigmoid, sigmoid_flow = deep(activation="sigmoid", init="xavier_normal")
relu, relu_flow = deep(activation="relu", init="kaiming_normal")
viz.flow([sigmoid_flow, relu_flow], labels=["sigmoid, Glorot", "relu, He"])

# %% [markdown]
# Top: each row is a layer, each column a moment of the training, and the colour is the norm of the
# gradient. On the left it fades from a healthy green at the loss to nothing at the input; a step
# changes the first layer by less than a hundred-millionth of its weights. The loss stays at $\ln
# 2$, that of a coin. On the right all layers learn together.
#
# The recorder says it in words, with what to try:

# %%
print(fill(sigmoid_flow.report(), 90))
print(fill(relu_flow.report(), 90))
assert sigmoid[-1]["accuracy"] < 0.6 < 0.95 < relu[-1]["accuracy"]

# %% [markdown]
# ## Normalisation
#
# If signals must keep their size, why not set it? *Batch normalisation* gives every neuron mean 0
# and variance 1 over the batch, and then a scale $\gamma$ and shift $\beta$ to learn (Ioffe and
# Szegedy, 2015, *Batch normalization: accelerating deep network training by reducing internal
# covariate shift*):
#
# $$\hat z = \frac{z - \operatorname{mean}(z)}{\sqrt{\operatorname{Var}(z) + \varepsilon}}, \qquad
# y = \gamma \hat z + \beta$$
#
# The same sigmoids, the same starting weights, and a norm before each activation:

# %%
normed, normed_flow = deep(activation="sigmoid", init="xavier_normal", norm="batch")

figure, axis = plt.subplots(figsize=(7, 2.7))
for name, history, colour, style in (
    ("sigmoid", sigmoid, ORANGE, "--"),
    ("sigmoid, batch norm", normed, BLUE, "-"),
    ("relu, He", relu, INK, ":"),
):
    axis.plot(range(1, len(history) + 1), history["loss"], style, color=colour, label=name)
axis.set(yscale="log", xlabel="epoch", ylabel="training loss")
axis.legend(frameon=False)
axis.set_title("the norm wakes the sigmoids up", loc="left")
plt.show()

# %% [markdown]
# ## The exploding gradient
#
# And with weights that are too large? A step along an enormous gradient throws the weights far
# away, where the next gradient is larger still. `nn.fit` stops when the loss is no longer a number,
# and keeps the weights of the step before.

# %%
wild = nn.MLP(2, [32] * 10, 2, init=scaled_he(1.5))
try:
    nn.fit(wild, moons.x, moons.y, optimizer="sgd", lr=0.05, epochs=30, seed=0)
except FloatingPointError as error:
    print(fill(str(error), 90))

# %% [markdown]
# One cure in this message is *clipping*: a gradient longer than $c$ is shortened to $c$, in its own
# direction (Pascanu, Mikolov and Bengio, 2013, *On the difficulty of training recurrent neural
# networks*):
#
# $$g \leftarrow g \cdot \min\!\left(1, \frac{c}{\lVert g \rVert}\right)$$

# %%
tamed = nn.MLP(2, [32] * 10, 2, init=scaled_he(1.5))
history = nn.fit(
    tamed, moons.x, moons.y, optimizer="sgd", lr=0.05, epochs=30, seed=0, clip_norm=1.0
)
print(f"loss {history['loss'][0]:.1f} in the first epoch, {history['loss'][-1]:.2f} in the last")
print(f"accuracy {history[-1]['accuracy']:.1%}")

# %% [markdown]
# It learns. But compare it with relu and He's weights, whose curve is above: clipping saves a run;
# a good start is better.
#
# | what you see | what to try |
# |---|---|
# | training loss falls, held-out loss rises | more data, early stopping, dropout, weight decay |
# | gradients fade towards the input | relu and He's weights, a norm, residual connections |
# | loss jumps or becomes NaN | a smaller learning rate, clipping, smaller starting weights |
# | neither loss falls, gradients are healthy | more steps, larger ones, a larger network |
#
# ## Exercises
#
# **1.** Too much of a good thing: what does dropout with $p = 0.95$ do to the loss on the
# *training* points of the sixty moons?
#
# <details><summary>Solution</summary>
#
# ```python
# model, history = run(dropout=0.95)
# score = nn.evaluate(model, train.x, train.y)
# print(score, nn.evaluate(plain[0], train.x, train.y))
# assert score["loss"] > 3 * nn.evaluate(plain[0], train.x, train.y)["loss"]
# ```
#
# It is ten times what it is without dropout, and the accuracy on the 2,000 points is below that of
# $p = 0.5$: with six neurons of 128 awake the network *under-fits*.
#
# </details>
#
# **2.** Tanh has the slope 1 at zero, four times that of the sigmoid. Does a deep network of tanh
# with Glorot's weights learn the moons?
#
# <details><summary>Solution</summary>
#
# ```python
# history, flow = deep(activation="tanh", init="xavier_normal")
# print(history[-1]["accuracy"], flow.report())
# assert history[-1]["accuracy"] > 0.85
# ```
#
# Yes. Near zero tanh is nearly the identity, for which Glorot's rule was made.
#
# </details>
#
# **3.** With *residual connections*, `x + f(x)`, the gradient has a way past every layer (He et
# al., 2016, *Deep residual learning for image recognition*). Build ten residual sigmoid layers of
# width 32 with `nn.Residual` and train them.
#
# <details><summary>Solution</summary>
#
# ```python
# rng = np.random.default_rng(0)
# blocks = [
#     nn.Residual(nn.Sequential(nn.Linear(32, 32, rng=rng), nn.Sigmoid())) for _ in range(10)
# ]
# model = nn.Sequential(nn.Linear(2, 32, rng=rng), *blocks, nn.Linear(32, 2, rng=rng))
# history = nn.fit(model, moons.x, moons.y, optimizer="sgd", lr=0.05, epochs=30, seed=0)
# print(history[-1])
# assert history[-1]["accuracy"] > 0.8
# ```
#
# It learns, though it has ten sigmoid layers: backward, each sum passes the gradient on as it is.
#
# </details>
#
# ## What you saw
#
# - Over-fitting is the gap between two curves. Weight decay, dropout and early stopping narrow it.
# - A factor a layer, to the tenth power: weights of He's or Glorot's size keep it at 1.
# - Ten sigmoid layers lose the gradient; relu, norms and residual connections keep it. Flow
#   pictures show which layer is cut off.
# - Exploding gradients end in NaN; clipping keeps the steps short.
#
# **Next:** [10. Trust your gradients](10-trust-your-gradients.ipynb): how to know that a gradient
# is right at all.
