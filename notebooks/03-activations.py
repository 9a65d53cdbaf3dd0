# %% [markdown]
# # 3. Activation functions
#
# **What should a neuron do with its sum?**
#
# A neuron adds up its weighted inputs to a number $z$ and passes on $f(z)$. The function $f$ is
# its **activation function**. We have met two, the step and the sigmoid. At the end of this
# notebook you will be able to
#
# - say why there has to be a bend at all,
# - read a curve and its derivative together, and see where learning stops,
# - find a dead ReLU and its cause,
# - choose an activation, and say why.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd as ag
import nn
from autograd import Value, grad, viz
from autograd.viz.colours import BLUE, GREEN, INK, LINE, MUTED, ORANGE

plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams["axes.edgecolor"] = MUTED

# %% [markdown]
# ## Without a bend, depth is worth nothing
#
# Two layers without an activation are one layer in disguise:
#
# $$ W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2) $$

# %%
two = nn.Sequential(nn.Linear(2, 5, rng=0), nn.Linear(5, 1, rng=1))
x = np.random.default_rng(0).normal(size=(100, 2))

W1, b1, W2, b2 = (parameter.numpy() for parameter in two.parameters())
np.allclose(nn.predict(two, x), x @ (W2 @ W1).T + (W2 @ b1 + b2), atol=1e-6)

# %% [markdown]
# A product of matrices is a matrix, so a hundred such layers still draw one straight line. And a
# straight line cannot do XOR, as [the first notebook](01-neuron.ipynb) proved. The bend is what
# makes a network more than a neuron.
#
# ## The curves and their slopes
#
# Learning goes by derivatives (the chain rule multiplies them, layer by layer), so a curve is only
# half of the story. Below, blue is $f(z)$ and dashed orange is $f'(z)$. Blamegraph takes the
# derivatives. Where the orange line lies at zero, no gradient gets through.

# %%
functions = {
    "identity": lambda z: z,
    "step": lambda z: ag.heaviside(z, 1.0),
    "sigmoid": ag.sigmoid,
    "tanh": ag.tanh,
    "relu": ag.relu,
    "leaky_relu (0.1)": lambda z: ag.leaky_relu(z, 0.1),
    "elu": ag.elu,
    "softplus": ag.softplus,
    "gelu": ag.gelu,
    "silu (swish)": ag.silu,
    "mish": ag.mish,
    "softsign": ag.softsign,
}


def slope(f, z):
    """f' at every number of z."""
    return grad(lambda z: np.sum(f(z)))(z)


z = np.linspace(-4, 4, 400)
figure, axes = plt.subplots(3, 4, figsize=(9, 6.6), layout="constrained", sharex=True, sharey=True)
for ax, (name, f) in zip(axes.flat, functions.items()):
    ax.axhline(0, color=LINE, lw=1, zorder=0)
    ax.axvline(0, color=LINE, lw=1, zorder=0)
    ax.plot(z, f(z), color=BLUE, lw=2)
    ax.plot(z, slope(f, z), "--", color=ORANGE, lw=1.5)
    ax.set_title(name, fontsize=10, color=INK)
    ax.set(ylim=(-1.4, 2.4), xticks=[-4, 0, 4], yticks=[-1, 0, 1, 2])
figure.supxlabel("z", fontsize=10, color=INK)
figure.supylabel("blue: f(z)     dashed orange: f′(z)", fontsize=10, color=INK)
plt.show()

# %% [markdown]
# | name | $f(z)$ | between | source |
# |---|---|---|---|
# | identity | $z$ | $-\infty, \infty$ | |
# | step | $1$ if $z \ge 0$, else $0$ | $0, 1$ | McCulloch and Pitts 1943 |
# | sigmoid | $1 / (1 + e^{-z})$ | $0, 1$ | Verhulst 1845, as the logistic curve |
# | tanh | $(e^z - e^{-z}) / (e^z + e^{-z})$ | $-1, 1$ | LeCun et al. 1998, for networks |
# | relu | $\max(0, z)$ | $0, \infty$ | Nair and Hinton 2010 |
# | leaky relu | $z$ if $z > 0$, else $a z$ | $-\infty, \infty$ | Maas, Hannun and Ng 2013 |
# | elu | $z$ if $z > 0$, else $e^z - 1$ | $-1, \infty$ | Clevert et al. 2016 |
# | softplus | $\ln(1 + e^z)$ | $0, \infty$ | Dugas et al. 2001 |
# | gelu | $z\,\Phi(z)$ | $-0.17, \infty$ | Hendrycks and Gimpel 2016 |
# | silu, swish | $z\,\sigma(z)$ | $-0.28, \infty$ | Elfwing et al. 2018 |
# | mish | $z \tanh(\ln(1 + e^z))$ | $-0.31, \infty$ | Misra 2020 |
# | softsign | $z / (1 + \lvert z \rvert)$ | $-1, 1$ | Bergstra et al. 2009 |
#
# In gelu, $\Phi$ is the distribution function of the normal distribution.
#
# The step stands out: its slope is zero wherever it has one. That is why the perceptron needed a
# learning rule of its own.
#
# One more does not fit in the picture, as it looks at a whole layer at once. **Softmax** turns
# numbers into probabilities, which are positive and add up to 1:
#
# $$ \operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}} $$
#
# (J. S. Bridle, "Probabilistic interpretation of feedforward classification network outputs",
# 1990.) It stands at the end of networks that choose among several classes:

# %%
ag.softmax(np.array([2.0, 1.0, -1.0])).round(3)

# %% [markdown]
# ## The sigmoid's slope, from its value
#
# Write $\sigma(z) = (1 + e^{-z})^{-1}$ and differentiate by the chain rule:
#
# $$
# \sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2}
# = \frac{1}{1 + e^{-z}} \cdot \frac{(1 + e^{-z}) - 1}{1 + e^{-z}}
# = \sigma(z)\,\bigl(1 - \sigma(z)\bigr)
# $$
#
# A product $p\,(1 - p)$ is largest at $p = 1/2$. So the slope is **never more than a
# quarter**, and that only at $z = 0$.
#
# Tanh is the same curve, stretched and shifted. Multiply its numerator and its denominator by
# $e^{-z}$:
#
# $$
# \tanh(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}} = \frac{1 - e^{-2z}}{1 + e^{-2z}}
# = \frac{2 - (1 + e^{-2z})}{1 + e^{-2z}} = 2\,\sigma(2z) - 1
# $$
#
# (LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, compare the two.) Its slope,
# $1 - \tanh^2(z)$, reaches 1. Proofs can have slips, so we let numbers have a look:

# %%
s = ag.sigmoid(z)
print("σ' = σ (1 - σ):        ", np.allclose(slope(ag.sigmoid, z), s * (1 - s)))
print("tanh(z) = 2 σ(2z) - 1: ", np.allclose(ag.tanh(z), 2 * ag.sigmoid(2 * z) - 1))
print("tanh' = 1 - tanh²:     ", np.allclose(slope(ag.tanh, z), 1 - ag.tanh(z) ** 2))
print("largest slopes:        ", slope(ag.sigmoid, 0.0), slope(ag.tanh, 0.0))
assert slope(ag.sigmoid, z).max() <= 0.25

# %% [markdown]
# ## Saturation
#
# Far from zero, sigmoid and tanh are flat: they are **saturated**. Here is a neuron with a large
# sum, beside the gradient of its weight:

# %%
x, w, b = Value(2.0, label="x"), Value(3.0, label="w"), Value(2.0, label="b")
out = (x * w + b).sigmoid()
out.label = "out"
out.backward()
assert abs(w.grad - 6.7e-4) < 1e-5
viz.draw(out)

# %% [markdown]
# The sum is 8, the slope there is 0.000335, and so the weight's gradient is only 0.00067. If this
# answer is wrong, the neuron will learn it very slowly.
#
# In a deep network it gets worse, as the chain rule multiplies one slope for each layer. Pass a
# number through $n$ sigmoids: even in the best case the gradient that comes back is at most
# $(1/4)^n$.


# %%
def gradient_through(f, depth, start=0.5):
    value = x = Value(start)
    for _ in range(depth):
        value = f(value)
    value.backward()
    return x.grad


depths = np.arange(1, 11)
figure, ax = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
for name, f, color, style in [
    ("relu", Value.relu, GREEN, "^-."),
    ("tanh", Value.tanh, BLUE, "o-"),
    ("sigmoid", Value.sigmoid, ORANGE, "s--"),
]:
    passed = [gradient_through(f, n) for n in depths]
    ax.semilogy(depths, passed, style, color=color, lw=2)
    ax.annotate(name, (10.2, passed[-1]), color=color, va="center")
ax.set(xlabel="activations in a row", ylabel="gradient that comes back", xlim=(0.5, 11.5))
ax.grid(axis="y", color=LINE)
plt.show()

# %%
print(
    f"ten in a row: sigmoid {gradient_through(Value.sigmoid, 10):.1e}, "
    f"tanh {gradient_through(Value.tanh, 10):.2f}, relu {gradient_through(Value.relu, 10):.0f}"
)
assert gradient_through(Value.sigmoid, 10) < 0.25**10 and gradient_through(Value.relu, 10) == 1

# %% [markdown]
# That is the **vanishing gradient** (S. Hochreiter, 1991). ReLU lets through everything or nothing:
# its slope is 1 for positive sums. For the weights between the layers, which play their part too,
# see [notebook 9](09-training-deep-nets.ipynb).
#
# ## The neuron that died
#
# "Or nothing" is ReLU's own trouble. For negative sums its slope is 0, so the neuron learns nothing
# from that example. If its sums are negative for *all* examples, it learns nothing ever again: a
# **dying ReLU**. One step that is too long is enough to kill:

# %%
examples = [(0.5, 0.2), (1.0, 0.1), (1.5, 0.3)]  # input, target
w, b = Value(1.0, label="w"), Value(0.5, label="b")


def cost(w, b, bend=Value.relu):
    return sum((bend(x * w + b) - target) ** 2 for x, target in examples) / len(examples)


for _ in range(4):
    w.grad = b.grad = 0.0
    loss = cost(w, b)
    loss.backward()
    print(
        f"w = {w.data:6.3f}  b = {b.data:6.3f}  cost {loss.data:.3f}  "
        f"gradients {w.grad:.3f}, {b.grad:.3f}"
    )
    w.data -= 1.0 * w.grad
    b.data -= 1.0 * b.grad

# %% [markdown]
# After one step with the learning rate 1 both gradients are exactly zero, and nothing moves any
# more. In a large model one sees only that a gradient is 0. `viz.why_zero` walks the graph, finds
# where it died, and says what helps. Here it is for the second example:

# %%
x, target = examples[1]
loss = ((w * x + b).relu() - target) ** 2
loss.label = "loss"
why = viz.why_zero(loss, w)
print(why)

# %%
loss.backward()
viz.draw(loss, mark=why.causes[0].node)

# %% [markdown]
# A leaky ReLU keeps a little slope on the left, and so the same neuron gets up again:

# %%
for step in range(301):
    w.grad = b.grad = 0.0
    loss = cost(w, b, lambda value: value.leaky_relu(0.1))
    loss.backward()
    if step % 100 == 0:
        print(f"step {step:3}: cost {loss.data:.4f}")
    w.data -= 0.3 * w.grad
    b.data -= 0.3 * b.grad

# %% [markdown]
# ## Why it is good to be centred
#
# A sigmoid answers with positive numbers only, and the next layer has them as its inputs. For one
# example, the gradient of a neuron's weight $w_i$ is $\delta x_i$, where $\delta$ is the same for
# all of its weights. If all $x_i$ are positive, all weights are pushed up together or down
# together. To raise one and lower another, descent has to zigzag, in a long narrow valley. This is
# an argument of LeCun et al. 1998 for symmetric activations like tanh.
#
# Below, a neuron without a bend has to find the weights $(1, -1)$, once from inputs between 0 and
# 1, once from the same inputs shifted to lie around 0. Each valley gets the learning rate that
# suits it best, $2 / (\lambda_{\min} + \lambda_{\max})$ of its curvatures, and we count the steps
# until the star is 0.05 away:

# %%
levels = [0.01, 0.05, 0.15, 0.35, 0.7, 1.3, 2.2]
rng = np.random.default_rng(0)
positive = rng.uniform(0, 1, size=(200, 2))
figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.8), layout="constrained", sharey=True)
for ax, (name, inputs) in zip(
    axes, [("all positive", positive), ("centred", positive - positive.mean(axis=0))]
):
    target = inputs @ [1.0, -1.0]

    def mse(w, inputs=inputs, target=target):
        return np.mean((inputs @ w - target) ** 2)

    low, high = np.linalg.eigvalsh(2 * inputs.T @ inputs / len(inputs))
    rate = 2 / (low + high)
    path = [np.array([-1.4, -0.4])]
    while np.linalg.norm(path[-1] - [1, -1]) > 0.05:
        path.append(path[-1] - rate * grad(mse)(path[-1]))
    grid = np.linspace(-2, 2, 81)
    heights = [[mse(np.array([a, c])) for a in grid] for c in grid]
    ax.contour(grid, grid, heights, levels=levels, colors=[MUTED], linewidths=0.7)
    ax.plot(*np.transpose(path), "o-", color=BLUE, ms=3.5, lw=1.3)
    ax.plot(1, -1, "*", color=ORANGE, ms=14)
    ax.set_title(f"{name}: {len(path) - 1} steps", fontsize=11, color=INK)
    ax.set(xlabel="$w_0$", xlim=(-2, 2), ylim=(-2, 2), aspect="equal")
axes[0].set_ylabel("$w_1$")
plt.show()

# %% [markdown]
# On the left the path swings from side to side of a valley that the positive inputs have made long
# and narrow. On the right the valley is nearly round, downhill points at the goal, and a fraction
# of the steps is enough.
#
# ## Which one to take
#
# | where | take | because |
# |---|---|---|
# | hidden layers, to begin with | relu | cheap, and its slope is 1 where it is on |
# | many dead units | leaky relu, elu | some slope on the left |
# | transformers | gelu, silu | smooth, and what published models use |
# | small networks, values around 0 | tanh | symmetric, with a slope up to 1 |
# | gates, the answer to one yes-no question | sigmoid | a number between 0 and 1 |
# | the answer, one of several classes | softmax | probabilities that add up to 1 |
# | the answer, any number | identity | no bounds |
#
# These are habits with reasons, not laws. [Notebook 12](12-activations-compared.ipynb) puts them to
# the test on real data.
#
# ## Exercises
#
# **1. A derivative by hand.** Prove that the derivative of softplus, $\ln(1 + e^z)$, is the
# sigmoid. Then check it with `slope`.
#
# <details><summary>Solution</summary>
#
# ```python
# assert np.allclose(slope(ag.softplus, z), ag.sigmoid(z))
# ```
#
# By the chain rule it is $e^z / (1 + e^z)$. Divide both parts by $e^z$, and there is the sigmoid.
# Softplus is a smooth ReLU, as the sigmoid is a smooth step.
#
# </details>
#
# **2. Your own curve.** Try $f(z) = z\,e^{-z^2}$ as an activation. Draw it with its slope. Where
# does it saturate, and what is unusual about it?
#
# <details><summary>Solution</summary>
#
# ```python
# def bump(z):
#     return z * np.exp(-z * z)
#
# figure, ax = plt.subplots(figsize=(5, 3))
# ax.plot(z, bump(z), color=BLUE)
# ax.plot(z, slope(bump, z), "--", color=ORANGE)
# assert abs(slope(bump, 4.0)) < 1e-5 and slope(bump, 1.0) < 0 < slope(bump, 0.0)
# ```
#
# It saturates on both sides, and at the value 0. It also turns round at $z = \pm\sqrt{1/2}$: the
# slope changes its sign, so that a larger sum may mean a smaller answer. NumPy's functions are
# differentiated as they are.
#
# </details>
#
# **3. How many died?** Make `nn.MLP(2, [50], 1, rng=0)`, set all hidden biases to $-1.5$, and count
# the hidden units that are 0 for all of 200 normally distributed examples.
#
# <details><summary>Solution</summary>
#
# ```python
# model = nn.MLP(2, [50], 1, rng=0)
# model[0].bias.data = np.full(50, -1.5)
# x = np.random.default_rng(0).normal(size=(200, 2))
# hidden = nn.predict(nn.Sequential(model[0], model[1]), x)
# dead = (hidden == 0).all(axis=0).sum()
# print(dead, "of 50 are dead")
# assert 0 < dead < 50
# ```
#
# With the bias at $-1.5$, only units with large weights ever get above zero. The gradients of all
# the others are exactly 0.
#
# </details>
#
# ## What you saw
#
# - Without a bend, all layers together are a single one.
# - The slope counts as much as the curve: a sigmoid's is at most 1/4, and ten of them leave next to
#   nothing of a gradient.
# - ReLU passes gradients on unchanged, or not at all; `why_zero` finds those that died.
# - Outputs around zero make the next layer's valley rounder, and the way down shorter.
#
# We have spoken of costs without saying which. Next: [losses](04-losses.ipynb).
