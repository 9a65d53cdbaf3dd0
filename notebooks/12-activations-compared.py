# %% [markdown]
# # 12. Activations compared
#
# **Which activation function is best, and how would you find out?**
#
# Everybody has an opinion, few have error bars. Karlik and Olgac asked the question in 2011 for
# multi-layer perceptrons. We repeat their study in its main lines, on other data, with two
# activations of later years, and with the statistics that such a comparison needs. At the end of
# this notebook you will be able to
#
# - write a hidden layer of your own kind, with parameters, in five lines;
# - set up a fair comparison: equal budgets, tuned learning rates, several seeds, held-out data;
# - read the result with its uncertainty, and say what it does *not* show.
#
# ## The study
#
# B. Karlik and A. V. Olgac, *Performance analysis of various activation functions in generalized
# MLP architectures of neural networks*, International Journal of Artificial Intelligence and Expert
# Systems 1 (4), 2011, pages 111 to 122, compare five functions for the neurons of hidden and output
# layers:
#
# | function | formula |
# |---|---|
# | unipolar sigmoid | $\sigma(z) = 1 / (1 + e^{-z})$ |
# | bipolar sigmoid | $(1 - e^{-z}) / (1 + e^{-z}) = 2\sigma(z) - 1$ |
# | tanh | $(e^{z} - e^{-z}) / (e^{z} + e^{-z})$ |
# | radial basis | $\exp(-\lVert x - c \rVert^2 / 2s^2)$ |
# | conic section | $\sum_i (x_i - c_i)\, w_i - \cos\omega\, \lVert x - c \rVert$ |
#
# They trained with back-propagation, and found tanh the most accurate. To these we add the two that
# most networks use today: relu (Nair and Hinton, 2010, *Rectified linear units improve restricted
# Boltzmann machines*) and gelu (Hendrycks and Gimpel, 2016, *Gaussian error linear units*).
#
# One thing can be said before any run. By [notebook 3](03-activations.ipynb), $\tanh(z) =
# 2\sigma(2z) - 1$. So the bipolar sigmoid of $z$ is $\tanh(z/2)$, and the unipolar one is $(1 +
# \tanh(z/2))/2$: **the three make the same networks**, with weights of another size, and a shift
# that the next bias takes up. If they come out different, it is the training that differs, not what
# the networks can do.

# %%
from textwrap import shorten

import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, sigmoid
from nn.colours import BLUE, INK, LINE, MUTED, ORANGE, SERIES

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
# ## Neurons that measure distance
#
# The last two functions of the table are not activations of a weighted sum. A radial neuron has a
# centre $c$ and fires when the input is near it (Broomhead and Lowe, 1988, *Multivariable
# functional interpolation and adaptive networks*). A conic neuron mixes both: with $\omega = \pi/2$
# it is a plain weighted sum, and with a smaller $\omega$ its border bends from a line to a cone's
# other sections, up to the circle (Dorffner, 1994, *Unified framework for MLPs and RBFNs:
# introducing conic section function networks*). So each becomes a layer with parameters of its own.
# Plain NumPy is enough; the backward pass comes by itself.


# %%
def parameter(values):
    return Tensor(np.asarray(values, dtype="float32"), requires_grad=True)


class Radial(nn.Module):
    def __init__(self, inputs, outputs, rng):
        self.centre = parameter(rng.normal(size=(outputs, inputs)))
        self.width = parameter(np.full(outputs, np.sqrt(inputs)))

    def forward(self, x):
        distance2 = np.sum((x[:, None] - self.centre) ** 2, axis=2)
        return np.exp(-distance2 / (2 * self.width**2))


class Conic(nn.Module):
    def __init__(self, inputs, outputs, rng):
        self.centre = parameter(rng.normal(size=(outputs, inputs)))
        self.weight = parameter(rng.normal(size=(outputs, inputs)) / np.sqrt(inputs))
        self.angle = parameter(np.full(outputs, np.pi / 4))

    def forward(self, x):
        away = x[:, None] - self.centre
        distance = np.sqrt(np.sum(away**2, axis=2) + 1e-6)
        return sigmoid(np.sum(away * self.weight, axis=2) - np.cos(self.angle) * distance)


def bipolar(z):
    return 2 * sigmoid(z) - 1


UNITS = {
    "unipolar sigmoid": "sigmoid",
    "bipolar sigmoid": bipolar,
    "tanh": "tanh",
    "radial basis": Radial,
    "conic section": Conic,
    "relu": "relu",
    "gelu": "gelu",
}


def network(unit, inputs, classes, seed):
    """16 hidden neurons of a kind, and a linear layer to the classes."""
    rng = np.random.default_rng(seed)
    if unit in (Radial, Conic):
        output = nn.MLP(16, [], classes, init="xavier_uniform", rng=rng)
        return nn.Sequential(unit(inputs, 16, rng), output)
    return nn.MLP(inputs, [16], classes, activation=unit, init="xavier_uniform", rng=rng)


z = np.linspace(-4, 4, 9)
assert np.allclose(bipolar(z), np.tanh(z / 2))

# %% [markdown]
# What a single neuron of each kind says about the points of a plane: a straight border for weighted
# sums, a disc for the radial, and something between for the conic.

# %%
a, b = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(-3, 3, 60))
plane = np.column_stack([a.ravel(), b.ravel()]).astype("float32")
tilted = Conic(2, 1, np.random.default_rng(0))
tilted.weight.data[:] = [[1.0, 0.5]]
round_ = Radial(2, 1, np.random.default_rng(0))
for layer in (tilted, round_):
    layer.centre.data[:] = [[-0.5, 0.3]]
shown = {
    "tanh": np.tanh(plane @ [1.0, 0.5]),
    "relu": np.maximum(plane @ [1.0, 0.5], 0),
    "radial basis": round_(Tensor(plane)).numpy(),
    "conic section": tilted(Tensor(plane)).numpy(),
}
figure, axes = plt.subplots(1, 4, figsize=(8, 2.2), sharey=True)
for axis, (name, values) in zip(axes, shown.items(), strict=True):
    axis.contourf(a, b, values.reshape(a.shape), levels=12, cmap="cividis")
    axis.set_title(name)
    axis.set(xticks=[], yticks=[], aspect="equal")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## The data
#
# Four classification tasks that were measured, not made up: the digits that come with the library,
# and from scikit-learn, which carries them with it, Fisher's irises (1936), Italian wines (Forina
# et al., 1988) and breast tumours (Wolberg, Street and Mangasarian, 1995). Without scikit-learn the
# notebook takes made sets in their place.

# %%
digits = nn.data.load_digits()
DATA = {"digits": (digits.x.reshape(-1, 64).astype(float), digits.y)}
try:
    from sklearn import datasets
except ImportError:
    DATA["iris-like"] = nn.data.make_iris_like()[:2]
    DATA["moons"] = nn.data.make_moons(300, noise=0.3)[:2]
    DATA["circles"] = nn.data.make_circles(300, noise=0.1)[:2]
else:
    DATA["iris"] = datasets.load_iris(return_X_y=True)
    DATA["wine"] = datasets.load_wine(return_X_y=True)
    DATA["breast tumours"] = datasets.load_breast_cancer(return_X_y=True)

for name, (x, y) in DATA.items():
    print(f"{name:15}{len(x):5} examples {x.shape[1]:3} features {len(set(y)):3} classes")

# %% [markdown]
# ## A fair race
#
# - **The same budget** for all: 16 hidden neurons, about 250 steps of Adam on 32 examples each.
# - **A learning rate for each.** One rate for all would favour whoever happens to like it. Every
#   kind gets the best of three on each data set, judged on a fifth of the training part of the
#   first split.
# - **Five seeds.** Each seed is another split, other starting weights and another order. In all
#   kinds the same seed is the same split, so that they can be compared in pairs.
# - **Held-out data** for the score: a fifth that took no part in training. Inputs are standardised
#   by the training part alone.

# %%
tanh = list(UNITS).index("tanh")
RATES, SEEDS = (0.01, 0.03, 0.1), range(5)


def race(unit, a, b, c, d, rate, seed, watch=False):
    """Train on a and c: the history of the run, and loss and accuracy on b and d."""
    scale = nn.data.Standardiser().fit(a)
    a, b = scale.transform(a), scale.transform(b)
    model = network(unit, a.shape[1], 1 + int(c.max()), seed)
    history = nn.fit(
        model,
        a,
        c,
        validation=(b, d) if watch else None,
        lr=rate,
        epochs=round(250 / np.ceil(len(a) / 32)),
        seed=seed,
        capture=True,
    )
    return history, nn.evaluate(model, b, d)


def tuned(unit, x, y):
    x, _, y, _ = nn.data.train_test_split(x, y, rng=0)
    inner = nn.data.train_test_split(x, y, rng=0)
    return min(RATES, key=lambda rate: race(unit, *inner, rate, 0)[1]["loss"])


rates, runs = {}, {}
for task, (x, y) in DATA.items():
    for name, unit in UNITS.items():
        rates[task, name] = rate = tuned(unit, x, y)
        runs[task, name] = [
            race(
                unit, *nn.data.train_test_split(x, y, rng=seed), rate, seed, watch=task == "digits"
            )
            for seed in SEEDS
        ]

score = np.array(
    [[[final["accuracy"] for _, final in runs[t, u]] for u in UNITS] for t in DATA]
)  # tasks × units × seeds
assert score[:, tanh].mean() > 0.94
print(f"{score.size} runs for the scores, {len(rates) * len(RATES)} to choose learning rates")

# %% [markdown]
# ## Right answers
#
# Small dots are single runs. The large one is their mean, the bar a 95 % interval for it: with five
# runs $\pm\, 2.78\; s / \sqrt 5$, where $s$ is their standard deviation and 2.78 comes from
# Student's $t$ with four degrees of freedom (Student, 1908, *The probable error of a mean*). (It is
# a rough tool: it does not know that nobody can be more than 100 % right.)

# %%
T = 2.776 / np.sqrt(len(SEEDS))
figure, axes = plt.subplots(2, 2, figsize=(8, 5.6), sharey=True)
rows = np.arange(len(UNITS))[::-1]
for axis, task, right in zip(axes.flat, DATA, score, strict=True):
    for row, values in zip(rows, right, strict=True):
        axis.plot(100 * values, np.full(len(values), row), "o", ms=3, color=MUTED, alpha=0.6)
    axis.errorbar(
        100 * right.mean(axis=1),
        rows,
        xerr=100 * T * right.std(axis=1, ddof=1),
        fmt="o",
        color=BLUE,
        ms=7,
        lw=1.8,
    )
    axis.axvline(100 * right.mean(axis=1).max(), color=LINE, zorder=0)
    axis.set_title(task, loc="left")
    axis.set_yticks(rows, list(UNITS))
    axis.set_xlabel("right answers on held-out data, %")
figure.tight_layout()
plt.show()

# %%
print(f"{'accuracy, %':18}" + "".join(f"{shorten(t, 14):>15}" for t in DATA))
for k, name in enumerate(UNITS):
    cells = [f"{100 * r.mean():.1f} ± {100 * T * r.std(ddof=1):.1f}" for r in score[:, k]]
    print(f"{name:18}" + "".join(f"{cell:>15}" for cell in cells))
print(f"\n{'learning rate':18}" + "".join(f"{shorten(t, 14):>15}" for t in DATA))
for name in UNITS:
    print(f"{name:18}" + "".join(f"{rates[t, name]:>15}" for t in DATA))

# %% [markdown]
# ## Is anything better than tanh?
#
# Much of the spread above is that of the splits: some held-out fifths are easier than others, for
# all kinds alike. Since every kind ran on the same splits, we take the *difference* to tanh on
# each, and average those, over all tasks and seeds. What is common cancels out.

# %%
gap = 100 * (score - score[:, tanh : tanh + 1])
figure, axis = plt.subplots(figsize=(7, 3))
for k, name in enumerate(UNITS):
    if k == tanh:
        continue
    per_seed = gap[:, k].mean(axis=0)  # the mean over the tasks, for each seed
    wide = T * per_seed.std(ddof=1)
    clear = abs(per_seed.mean()) > wide
    axis.errorbar(
        per_seed.mean(), rows[k], xerr=wide, fmt="o", ms=7, lw=1.8, color=ORANGE if clear else BLUE
    )
    print(f"{name:18}{per_seed.mean():+5.1f} ± {wide:.1f}")
axis.axvline(0, color=INK, lw=0.8)
axis.plot(0, rows[tanh], "o", ms=7, color=INK)
axis.set_yticks(rows, list(UNITS))
axis.set_xlabel("accuracy minus that of tanh, percentage points, mean of the four tasks")
axis.set_title("orange: the interval leaves out zero", loc="left")
plt.show()

if "iris" in DATA:
    means = gap.mean(axis=(0, 2))
    assert means.argmin() == list(UNITS).index("radial basis") and means.min() < -1
    assert np.sum(abs(means) < 1.5) == 6

# %% [markdown]
# Only one interval leaves out zero: the radial basis is behind, by about two points. For all others
# the honest verdict is: **no difference was found**. This is not the same as *there is none*: a gap
# of half a point would drown in the luck of five splits. The bipolar sigmoid has the shortest bar.
# On the same split it does nearly what tanh does, as it should: they make the same networks.
#
# ## How fast do they learn?
#
# The last accuracy hides the way there. The loss on held-out digits after each pass through the
# training images, as the mean of the five seeds, with the range from the best to the worst:

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
groups = (
    ("unipolar sigmoid", "bipolar sigmoid", "radial basis", "conic section"),
    ("relu", "gelu"),
)
looks = ((INK, "-"), (BLUE, "--"), (ORANGE, "-."), (SERIES[2], ":"), (SERIES[3], "-"))
for axis, group in zip(axes, groups, strict=True):
    for name, (colour, style) in zip(("tanh", *group), looks, strict=False):
        losses = np.array([history["val_loss"] for history, _ in runs["digits", name]])
        epochs = np.arange(1, losses.shape[1] + 1)
        axis.plot(epochs, losses.mean(axis=0), style, color=colour, label=name)
        low, high = losses.min(axis=0), losses.max(axis=0)
        axis.fill_between(epochs, low, high, color=colour, alpha=0.1, lw=0)
    axis.set(yscale="log", xlabel="epoch", ylim=(0.05, 12))
    axis.legend(frameon=False, fontsize=9, ncol=2, loc="upper right")
axes[0].set_ylabel("held-out loss on the digits")
axes[0].set_title("Karlik and Olgac's five", loc="left")
axes[1].set_title("tanh and two later ones", loc="left")
figure.tight_layout()
plt.show()

# %% [markdown]
# Tanh and the bipolar sigmoid are down after a single pass. The unipolar sigmoid starts later: its
# outputs are all positive and its slope is a quarter at most, which slows the first steps (LeCun et
# al., 1998, *Efficient backprop*). It catches up within the budget. Relu and gelu start later too,
# for the smallest rate was chosen for them. The radial basis is far behind: in 64 dimensions nearly
# all points are equally far from a centre, so that its neurons hardly tell them apart.
#
# ## What this shows, and what not
#
# Karlik and Olgac found tanh ahead. Here it is among the best on every task, but so are both
# sigmoids and the two later functions. What may have closed the gap:
#
# - each function has a learning rate that suits it, which takes most of an advantage away that is
#   one of *speed*;
# - Adam gives each weight a step size of its own, so that a small slope costs less than it does
#   with plain gradient descent;
# - inputs are standardised, which keeps sigmoids out of saturation;
# - five splits show what is luck, and a difference that is within it is not counted.
#
# Nor does this study show that activations do not matter. It has one hidden layer. In a deep
# network the sigmoid's small slope is raised to the power of the depth, and then the choice decides
# whether it learns at all: you saw it in [notebook 9](09-training-deep-nets.ipynb). And these tasks
# are easy; exercise 3 has one where the shape of a neuron is worth more than everything else.
#
# ## Exercises
#
# **1.** Give all kinds the same learning rate, 0.01, on the wines (or your third task) and one
# seed. Does the order change?
#
# <details><summary>Solution</summary>
#
# ```python
# x, y = DATA[list(DATA)[2]]
# parts = nn.data.train_test_split(x, y, rng=0)
# last = {name: race(unit, *parts, 0.01, 0)[1] for name, unit in UNITS.items()}
# for name, row in last.items():
#     print(f"{name:18} accuracy {row['accuracy']:.3f} loss {row['loss']:.3f}")
# assert last["radial basis"]["loss"] > 3 * last["tanh"]["loss"]
# ```
#
# On the wines all answers are right, and the loss tells them apart: that of the radial basis is
# about ten times that of tanh. With the rate 0.1, which it had chosen, it comes down to a quarter
# of that. A study with one rate for all measures in part whom that rate suits.
#
# </details>
#
# **2.** Show that a bipolar network with weights $W_1, b_1$ and a tanh network with $W_1/2, b_1/2$
# give the same outputs.
#
# <details><summary>Solution</summary>
#
# ```python
# first = nn.MLP(3, [5], 2, activation=bipolar, rng=0)
# second = nn.MLP(3, [5], 2, activation="tanh", rng=1)
# for p, q, factor in zip(second.parameters(), first.parameters(), (0.5, 0.5, 1, 1), strict=True):
#     p.data = factor * q.data
# x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
# assert np.allclose(first(x).numpy(), second(x).numpy(), atol=1e-6)
# ```
#
# As $2\sigma(z) - 1 = \tanh(z/2)$, halving what goes in undoes the difference.
#
# </details>
#
# **3.** Try two circles, one inside the other, with *two* hidden neurons. Who has an advantage
# here, and why?
#
# <details><summary>Solution</summary>
#
# ```python
# circles = nn.data.make_circles(300, noise=0.1)
# for unit in ("tanh", "relu", Radial):
#     model = nn.Sequential(
#         Radial(2, 2, np.random.default_rng(0)) if unit is Radial
#         else nn.MLP(2, [], 2, output_activation=unit, rng=0),
#         nn.Linear(2, 2, rng=1),
#     )
#     nn.fit(model, circles.x, circles.y, lr=0.03, epochs=40, seed=0, capture=True)
#     right = nn.evaluate(model, circles.x, circles.y)["accuracy"]
#     print(unit, right)
# assert right > 0.95
# ```
#
# The radial one: a disc is its shape. Two straight borders cannot close a ring. An assumption that
# fits the data is worth many neurons.
#
# </details>
#
# ## What you saw
#
# - A new kind of neuron is a class with a few lines of NumPy; its gradient comes by itself.
# - A fair comparison has equal budgets, tuned rates, several seeds, and pairs on the same splits.
# - In shallow networks on these tasks tanh is a good choice, and so is nearly everything else; the
#   radial basis suffers where there are many features.
# - Bipolar sigmoid and tanh are one function in two scales. A formula can save an experiment.
#
# This is the last notebook of the course. **Next:** [the guide to nn](../docs/nn.md) and [the
# gallery](../docs/gallery.md), or a data set of your own.
