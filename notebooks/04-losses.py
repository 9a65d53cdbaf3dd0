# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 4. Losses: how wrong is wrong?
#
# **The question.** To learn, a network needs one number that says how wrong it is. There are many
# such numbers. Which one should we take, and what does the choice change?
#
# At the end you will be able to
#
# - say what absolute and squared error each make of an outlier;
# - derive cross-entropy from one idea, likelihood;
# - explain why a neuron that is sure and wrong hardly learns with the squared error;
# - check by machine that the gradient of softmax and cross-entropy is $p - y$.
#
# Two words first. The **loss** is for one example, the **cost** is the mean loss over all of them.
# Training makes the cost small.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Value, viz
from autograd.testing import gradcheck

BLUE, ORANGE, INK = "#0072B2", "#D55E00", "#1E293B"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## Numbers: absolute or squared error
#
# A network says $a$ where the truth is $y$. The two oldest losses are
#
# $$|a - y| \quad\text{(Boscovich, 1757)} \qquad\qquad (a - y)^2 \quad\text{(Legendre, 1805)}$$
#
# The difference is in the slope. Absolute error pulls with the same force however far off we are.
# Squared error pulls twice as hard at twice the distance. Let five neighbours tell the height of a
# tree in metres, and one of them read the wrong line. Which single number $a$ has the smallest
# cost?

# %%
heights = np.array([9.0, 10.0, 10.5, 11.0, 19.0])
guesses = np.linspace(7, 20, 400)
costs = {"mean absolute error": nn.losses.l1_loss, "mean squared error": nn.losses.mse_loss}
figure, plots = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for axes, (name, loss), colour in zip(plots, costs.items(), (BLUE, ORANGE), strict=True):
    cost = [float(loss(np.full(5, a), heights)) for a in guesses]
    best = guesses[np.argmin(cost)]
    axes.plot(guesses, cost, color=colour, lw=2)
    axes.plot(heights, np.zeros(5), "|", color=INK, ms=14, mew=2)
    axes.plot(best, min(cost), "o", color=INK, ms=7)
    axes.text(best + 0.4, min(cost) - 0.06 * max(cost), f"{best:.1f}", color=INK)
    axes.set_title(name, loc="left")
    axes.set_xlabel("answer a (strokes: what was said)")
    axes.set_ylim(bottom=-0.04 * max(cost))
plots[0].set_ylabel("cost")
plt.show()
print(f"median {np.median(heights):.1f}, mean {np.mean(heights):.1f}")

# %% [markdown]
# The absolute error is smallest at the **median**, 10.5: the outlier has one vote like everyone
# else. The squared error is smallest at the **mean**, 11.9: far away is heard loudest. Take the
# squared error when large errors are really worse, and the absolute one when they are probably
# mistakes in the data. Huber's loss (1964) is squared near 0 and absolute far out, a compromise:
# `nn.losses.huber_loss`.
#
# ## Probabilities: be surprised
#
# Now the answer is yes or no, and a sigmoid neuron says "yes with probability $a$". How good is
# that answer? Fisher's idea (1922) is **likelihood**: a model is good if it held likely what then
# happened. If it was yes ($y = 1$), that is $a$; if it was no ($y = 0$), it is $1 - a$. Several
# independent examples multiply:
#
# $$\text{likelihood} = \prod_i a_i^{\,y_i} (1 - a_i)^{1 - y_i}$$
#
# Products of many small numbers are awkward, so take the logarithm, and turn the sign, since we
# want something to make *small*:
#
# $$C = -\frac{1}{n}\sum_i \Big[\, y_i \ln a_i + (1 - y_i) \ln (1 - a_i) \,\Big]$$
#
# This is the **cross-entropy**. For one example it is minus the logarithm of the probability that
# was given to the truth: the surprise.

# %%
p = np.linspace(0.004, 1, 400)
figure, axes = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
axes.plot(p, -np.log(p), color=ORANGE, lw=2)
axes.plot(p, (1 - p) ** 2, color=BLUE, lw=2)
axes.text(0.09, 3.2, "cross-entropy  −ln p", color=ORANGE)
axes.text(0.0, 0.18, "squared error  (1 − p)²", color=BLUE)
axes.set_xlabel("p, the probability given to what was true")
axes.set_ylabel("loss")
axes.set_title("Squared, a sure and wrong answer costs 1 at most", loc="left")
plt.show()
for share in (0.99, 0.5, 0.1, 0.001):
    surprise, square = -np.log(share), (1 - share) ** 2
    print(f"p = {share:5}: cross-entropy {surprise:.3f}, squared error {square:.4f}")

# %% [markdown]
# A model that said "impossible" to what came true has an infinite loss, and deserves it. And who
# always says $a$ about a coin that shows heads in 7 of 10 throws has the smallest cross-entropy at
# $a = 0.7$, the honest answer. The squared error has its minimum there too. The difference between
# the two is not where they end, but how they get there.
#
# ## Sure, wrong, and slow
#
# Take the smallest possible task (Nielsen, *Neural Networks and Deep Learning*, 2015, chapter 3):
# one sigmoid neuron, one input $x = 1$, and the answer should be 0. It starts badly wrong: with
# weight 2 and bias 2 it says 0.98. People learn fastest from their worst mistakes. Does the
# neuron?

# %%
starts = {"a little wrong: w 0.6, b 0.9": (0.6, 0.9), "badly wrong: w 2, b 2": (2.0, 2.0)}


def answers(loss, start, steps=300, lr=0.15):
    neuron = nn.SigmoidNeuron(weights=[start[0]], bias=start[1])
    said = [neuron.predict_proba([1.0])]
    for _ in range(steps):
        neuron.fit([[1.0]], [0], loss=loss, lr=lr, epochs=1)
        said.append(neuron.predict_proba([1.0]))
    return np.array(said)


curves = {
    (loss, name): answers(loss, start)
    for loss in ("half_mse", "binary_cross_entropy")
    for name, start in starts.items()
}
figure, plots = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
for axes, name in zip(plots, starts, strict=True):
    for loss, colour, text in (
        ("half_mse", BLUE, "squared error"),
        ("binary_cross_entropy", ORANGE, "cross-entropy"),
    ):
        axes.plot(curves[loss, name], color=colour, lw=2, label=text)
    axes.set_title(name, loc="left", fontsize=11)
    axes.set_xlabel("step")
plots[0].set_ylabel("what the neuron says (should be 0)")
plots[1].legend(frameon=False)
plt.show()

# %%
for (loss, name), said in curves.items():
    print(f"{loss:20} {name:28} below one half after {np.argmax(said < 0.5):3} steps")
stuck = curves["half_mse", "badly wrong: w 2, b 2"][100]
print(f"badly wrong, squared error, after 100 steps: {stuck:.3f}")
assert round(stuck, 3) == 0.964

# %% [markdown]
# With the squared error (here $\tfrac12 (a - y)^2$, as in Nielsen's book) the badly wrong neuron
# needs 232 steps to come below one half, and the other one 36. It is worst where it should be
# best: after 100 steps it still says 0.964. With the cross-entropy both are quick, after 17 and 8
# steps.
#
# ## Why? Look at the blame
#
# At the bad start $z = 2 \cdot 1 + 2 = 4$. Draw the graph from $z$ to the cost, for the squared
# error first:

# %%
z = Value(4.0, label="z")
a = z.sigmoid()
squared = 0.5 * a**2
a.label, squared.label = "a", "C"
squared.backward()
viz.draw(squared, rankdir="TB", legend=False)

# %% [markdown]
# Blame travels from the bottom up; on each edge stands `upstream × local = contribution` (notebook
# 6 reads such graphs node by node). The error arrives at `a` in full, 0.982. Then it has to pass
# the sigmoid, and is multiplied by its slope, $\sigma'(z) = a (1 - a) = 0.0177$. The neuron sits
# on the flat end of its curve, and nearly nothing gets through:
#
# $$\frac{\partial C}{\partial z} = (a - y)\, \sigma'(z), \qquad
#   \frac{\partial C}{\partial w} = \frac{\partial C}{\partial z}\, x$$
#
# Now the cross-entropy, $-\ln(1 - a)$ for $y = 0$:

# %%
z = Value(4.0, label="z")
a = z.sigmoid()
entropy = -(1 - a).log()
a.label, entropy.label = "a", "C"
entropy.backward()
viz.draw(entropy, rankdir="TB", legend=False)

# %% [markdown]
# The same sigmoid with the same slope. But the logarithm sends 55.6 to it, since $1 - a$ is small
# and the slope of $\ln(1 - a)$ is $-1/(1 - a)$. And $55.6 \times 0.0177 = 0.982$: the two cancel.
# In general
#
# $$\frac{\partial C}{\partial z} = \frac{a - y}{a(1 - a)}\, \sigma'(z) = a - y .$$
#
# What is left is the error itself: the more wrong, the faster. This is no luck. Cross-entropy is
# the loss whose slope undoes the sigmoid's.

# %%
assert abs(z.grad - a.data) < 1e-9  # y is 0
print(viz.explain(entropy, z))

# %% [markdown]
# ## Many classes: softmax
#
# For ten digits we need ten probabilities that add up to 1. **Softmax** (Bridle, 1990) makes them
# from any ten numbers $z_j$, called logits:
#
# $$p_j = \frac{e^{z_j}}{\sum_k e^{z_k}} \qquad\qquad C = -\ln p_{\text{true}}$$
#
# With $y$ as the list that has 1 at the true class and 0 elsewhere, the gradient is as simple as
# before. From $C = -z_{\text{true}} + \ln \sum_k e^{z_k}$ follows
#
# $$\frac{\partial C}{\partial z_j} = p_j - y_j .$$

# %%
logits = np.array([2.0, 1.0, -0.5, 0.3])
true = 1
p = np.exp(logits) / np.exp(logits).sum()
y = np.eye(4)[true]
figure, plots = plt.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
bars = {"logits z": logits, "probabilities p": p, "gradient p − y": p - y}
for axes, (name, row) in zip(plots, bars.items(), strict=True):
    colours = [BLUE if height >= 0 else ORANGE for height in row]
    axes.bar(range(4), row, color=colours, width=0.7)
    axes.axhline(0, color=INK, lw=0.8)
    axes.set_title(name, loc="left")
    axes.set_xticks(range(4), ["cat", "dog\n(true)", "fox", "owl"])
plt.show()

# %% [markdown]
# A step against this gradient takes from each wrong class in proportion to what it was given, and
# hands all of it to the true one: the gradient adds up to 0. Do not believe the formula; test it.
# `gradcheck` compares a rule that we write with finite differences of the function, at many
# elements at once:


# %%
def cost(z):
    return nn.losses.cross_entropy(z, labels)


def rule(z, g):  # p - y, divided by n since the cost is a mean
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return g * (e / e.sum(axis=1, keepdims=True) - np.eye(4)[labels]) / len(z)


rng = np.random.default_rng(0)
z, labels = rng.normal(size=(5, 4)), np.array([0, 1, 3, 1, 2])
report = gradcheck(cost, z, vjp=rule)
assert report
print(report)

# %% [markdown]
# The rule is right. And what if somebody forgets the $-\,y$? Then the check fails, and names the
# element and both numbers:


# %%
def forgetful(z, g):
    return rule(z, g) + g * np.eye(4)[labels] / len(z)


wrong = gradcheck(cost, z, vjp=forgetful, raise_exception=False)
assert not wrong
print(wrong)

# %% [markdown]
# ## One call, not two
#
# Never take the logarithm of a softmax yourself. A logit of 1000 is more than `exp` can hold, a
# probability can round to 0, and its logarithm is infinite. `nn.losses.cross_entropy` takes
# **logits** and does both at once, in the form $C = \ln \sum_k e^{z_k} - z_{\text{true}}$, with
# the largest logit taken out of the sum first:

# %%
huge = np.array([[1000.0, 0.0]])
with np.errstate(all="ignore"):
    naive = -np.log(np.exp(huge) / np.exp(huge).sum())[0, 1]
print(f"by hand: {naive}    in one call: {nn.losses.cross_entropy(huge, [1]).item()}")

# %% [markdown]
# ## Which one to take
#
# | what the network says | last layer | loss |
# |---|---|---|
# | a number | linear | `mse`; with outliers `huber` or `l1` |
# | yes or no | one logit | `binary_cross_entropy_with_logits` |
# | one class of several | a logit for each | `cross_entropy` |
#
# ## Exercises
#
# **1. Why the median?** The slope of $|a - y|$ is −1 left of $y$ and +1 right of it. Where is the
# sum of five such slopes 0? Check with `Value` that the slope of the cost is −1 at 10.2 and +1 at
# 10.8, for the sum over the five `heights`.
#
# <details><summary>Solution</summary>
#
# ```python
# for at, expected in ((10.2, -1), (10.8, 1)):
#     guess = Value(at)
#     sum(abs(guess - float(h)) for h in heights).backward()
#     assert guess.grad == expected
# ```
#
# Left of the median more heights are above than below, right of it more are below. How *far* above
# does not count. At 10.5 the slope jumps from −1 to +1: a kink, and the lowest point.
#
# </details>
#
# **2. Two classes.** Show that softmax with two logits is a sigmoid of their difference, on paper,
# then with numbers.
#
# <details><summary>Solution</summary>
#
# ```python
# z0, z1 = 0.3, 1.4
# pair = np.exp([z0, z1]) / np.exp([z0, z1]).sum()
# assert abs(pair[1] - 1 / (1 + np.exp(-(z1 - z0)))) < 1e-12
# ```
#
# $p_1 = e^{z_1} / (e^{z_0} + e^{z_1})$; divide above and below by $e^{z_1}$ and it is $1 / (1 +
# e^{-(z_1 - z_0)})$.
#
# </details>
#
# **3. The first loss.** A new network knows nothing about ten digits. What should its
# cross-entropy be, about, before it has learned? Look at `nn.MLP(64, [32], 10, rng=0)` on
# `nn.data.load_digits()`.
#
# <details><summary>Solution</summary>
#
# ```python
# digits = nn.data.load_digits()
# model = nn.MLP(64, [32], 10, rng=0)
# said = model(digits.x.reshape(-1, 64) / 16)
# first = nn.losses.cross_entropy(said, digits.y).item()
# assert abs(first - np.log(10)) < 0.1
# ```
#
# One tenth for each class: $-\ln 0.1 = \ln 10 \approx 2.303$. A first loss far above that says
# that the network starts out sure of nonsense; look at its initialisation and the scale of its
# inputs.
#
# </details>
#
# ## What you saw
#
# - Squared error follows the mean, absolute error the median, Huber's loss stands between.
# - Cross-entropy is minus the log of the probability that was given to the truth.
# - The squared error's slope has to pass the flat sigmoid; the cross-entropy's undoes it, and $a -
#   y$ remains.
# - With softmax it is $p - y$, and a machine can check that.
#
# Next: [Gradient descent](05-gradient-descent.ipynb), what to do with the slope.
#
# Sources: A.-M. Legendre, *Nouvelles méthodes pour la détermination des orbites des comètes*
# (1805). R. A. Fisher, "On the mathematical foundations of theoretical statistics" (1922). P. J.
# Huber, "Robust estimation of a location parameter" (1964). J. S. Bridle, "Probabilistic
# interpretation of feedforward classification network outputs" (1990). M. Nielsen, *Neural
# Networks and Deep Learning* (2015), chapter 3. I. Goodfellow, Y. Bengio, A. Courville, *Deep
# Learning* (2016), section 6.2.
