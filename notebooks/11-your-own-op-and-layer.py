# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 11. Your own op and your own layer
#
# **You read a paper with a new activation function. What do you have to write, and what comes for
# free?**
#
# You write the function and its derivative, once. Gradients of any order, forward mode, single
# numbers and arrays, the drawing and the tests follow from that.
#
# At the end you will be able to
#
# * declare an op, elementwise or not, and have it tested,
# * build it into a layer with parameters, train the layer, save and load it,
# * recognise the mistakes that are easy to make, by what the errors say.

# %%
import math
import tempfile
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd as ag
import nn
from autograd.extend import elementwise, plain, primitive
from autograd.testing import check_op, gradcheck

plt.rcParams.update({"figure.dpi": 100, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, GREEN, INK, MUTED = "#0072B2", "#D55E00", "#00795A", "#1E293B", "#64748B"

# %% [markdown]
# ## Do you need an op at all?
#
# Often not. Any Python function of existing ops is differentiable as it stands:


# %%
def snake_by_hand(x, a):
    return x + np.sin(a * x) ** 2 / a


ag.grad(snake_by_hand)(0.7, 2.0)

# %% [markdown]
# Declare an op of your own when you want *one* node in place of several (faster, less memory, one
# box in the drawing), when you know a better formula for the derivative, or when the function is
# computed by something that is no op: a loop, a solver, other code.
#
# ## One declaration
#
# Our example is **snake** (Ziyin, Hartwig and Ueda, 2020, *Neural networks fail to learn periodic
# functions and how to fix it*), a line with ripples. Its frequency $a$ can be learned too, so it
# has two inputs and two derivatives:
#
# $$
# s(x, a) = x + \frac{\sin^2 (a x)}{a}, \qquad
# \frac{\partial s}{\partial x} = 1 + \sin (2 a x), \qquad
# \frac{\partial s}{\partial a} = \frac{x \sin (2 a x)}{a} - \frac{\sin^2 (a x)}{a^2} .
# $$
#
# The function is plain NumPy on arrays. Each derivative gets the result `out` and the inputs, and
# is written with **ops** (`ag.sin`, `*`, `+`), so that it can be differentiated again. In the
# second one we reuse the result, since $\sin^2(ax)/a$ is `out - x`.

# %%
snake = elementwise(
    lambda x, a: x + np.sin(a * x) ** 2 / a,
    (
        lambda out, x, a: 1 + ag.sin(2 * a * x),
        lambda out, x, a: (x * ag.sin(2 * a * x) - (out - x)) / a,
    ),
    name="snake",
    domain=((-3, 3), (0.5, 3)),  # where tests may try x and a
)

# %% [markdown]
# That was all. Here is the function with its slope, and a second derivative that nobody wrote:

# %%
x = np.linspace(-4, 4, 400)


def slope(f):
    """The derivative of a function of arrays, element by element."""
    return ag.grad(lambda x: f(x).sum())


def curve(x):
    return snake(x, 1.5)


fig, ax = plt.subplots(figsize=(6.6, 3.6), layout="constrained")
ax.axhline(0, color="#CBD5E1", linewidth=0.8)
ax.plot(x, curve(x), color=INK, linewidth=2)
ax.plot(x, slope(curve)(x), color=BLUE)
ax.plot(x, slope(slope(curve))(x), color=ORANGE, linestyle="--")
labels = (4.1, INK, "snake"), (0.4, BLUE, "slope"), (2.4, ORANGE, "second\nderivative")
for y, colour, name in labels:
    ax.text(4.1, y, name, color=colour, va="center")
ax.set(xlabel="x", title="snake with a = 1.5", xlim=(-4, 4))
plt.show()

# %% [markdown]
# In forward mode the derivative comes along with the value; and a Hessian over both inputs:

# %%
value, along = ag.jvp(lambda x: snake(x, 2.0), (0.7,), (1.0,))
curvature = ag.hessian(lambda v: snake(v[0], v[1]))(np.array([0.7, 2.0]))
print("value", round(value, 6), "  slope", round(along, 6))
print(curvature)
assert math.isclose(along, 1 + math.sin(2 * 2.0 * 0.7))

# %% [markdown]
# And in the drawing it is one box with its name, here in a neuron:

# %%
inputs = [ag.Value(v, label=n) for n, v in (("x", 0.5), ("w", 1.2), ("b", 0.1), ("a", 2.0))]
xv, wv, bv, av = inputs
out = snake(xv * wv + bv, av)
out.label = "out"
out.backward()
out

# %% [markdown]
# ## Hold it to every law
#
# `check_op` tries the op at points from its domain and holds it to all that the built-in ops obey:

# %%
report = check_op(snake)
assert report
for part in report.parts:
    law, _, told = part.message.partition(": ")
    if law in {
        "reverse_equals_forward",
        "equals_differences",
        "second_order",
        "value_equals_tensor",
        "float32_stays",
        "leaves_arguments_alone",
    }:
        print(told)
print(f"... and others: {len(report.parts)} laws in all")

# %% [markdown]
# In a file of tests, `test_snake = test_op(snake)` does the same with Hypothesis at many points and
# shrinks what fails ([notebook 10](10-trust-your-gradients.ipynb)).
#
# ## When elements depend on one another
#
# In a system of linear equations, $A x = b$, every element of $x$ depends on all of $A$ and $b$.
# For such ops there is `primitive`. Its rule takes the gradient $g$ of the result and gives those
# of the inputs (Giles, 2008, *Collected matrix derivative results for forward and reverse mode
# algorithmic differentiation*):
#
# $$
# \bar b = A^{-\mathsf T} g, \qquad \bar A = -\,\bar b\, x^{\mathsf T} .
# $$
#
# The rule may call the op that it belongs to. (NumPy's own `np.linalg.solve` is differentiable
# here as well; we write it again to see how, and to compare.)


# %%
def solve_rule(g, x, a, b):
    b_bar = solve(a.T, g)
    return -ag.outer(b_bar, x), b_bar


solve = primitive(lambda a, b: np.linalg.solve(a, b), vjp=solve_rule, name="solve")

rng = np.random.default_rng(0)
a, b = rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)
assert check_op(solve, points=[((a, b), {})], faces=("tensor",))  # for arrays only

ours = ag.grad(lambda a: solve(a, b).sum())(a)
theirs = ag.grad(lambda a: np.linalg.solve(a, b).sum())(a)
assert np.allclose(ours, theirs)
ours.round(4)

# %% [markdown]
# Forward mode was not written: a rule that is linear in $g$ can be turned round. The third kind,
# `linear`, is for ops such as sums and shifts: give the op and its transpose.
#
# ## A layer
#
# A layer is a class with `forward`. What its attributes hold is what it is made of: a `Tensor` that
# requires a gradient is a parameter, other modules are parts. Nothing has to be registered.


# %%
class Snake(nn.Module):
    """x + sin²(a x) / a, with a frequency to learn for each feature."""

    def __init__(self, width, a=1.0):
        self.a = ag.Tensor(np.full(width, a), requires_grad=True)

    def forward(self, x):
        return snake(x, self.a)


def network(activation):
    return nn.Sequential(
        nn.Linear(1, 24, rng=0, dtype=np.float64),
        activation,
        nn.Linear(24, 1, rng=1, dtype=np.float64),
    )


model = network(Snake(24, a=1.5))
print(model.summary())
assert gradcheck(model, np.array([[0.3], [-1.0]]))

# %% [markdown]
# The new parameters are counted, named (`1.a`) and checked like all others.
#
# Is the idea of the paper any good? The task is a wave on a slope. The networks see the grey part
# only, and are asked to go on at both ends:


# %%
def wave(x):
    return np.sin(2 * x) + 0.3 * x


seen = np.linspace(-4, 4, 200)[:, None]
wide = np.linspace(-9, 9, 400)[:, None]
outside = np.abs(wide) > 4

models = {"snake": model, "tanh": network(nn.Tanh()), "relu": network(nn.ReLU())}
histories = {
    name: nn.fit(
        one, seen, wave(seen), loss="mse", optimizer="adam", lr=0.01, scheduler="cosine",
        epochs=150, batch_size=20, seed=0,
    )
    for name, one in models.items()
}  # fmt: skip

fig, axes = plt.subplots(3, 1, figsize=(6.8, 5.4), sharex=True, sharey=True, layout="constrained")
missed = {}
for ax, (name, one), colour in zip(axes, models.items(), (BLUE, ORANGE, GREEN)):
    said = nn.predict(one, wide)
    missed[name] = float(np.mean((said - wave(wide))[outside] ** 2))
    ax.axvspan(-4, 4, color="#F1F5F9")
    ax.plot(wide, wave(wide), color=MUTED, linewidth=1, linestyle="--")
    ax.plot(wide, said, color=colour, linewidth=2)
    ax.set_title(f"{name}: mean squared error outside {missed[name]:.2f}", fontsize=10, loc="left")
    ax.set_ylim(-6, 6)
axes[0].text(0, 4.6, "seen in training", color=MUTED, ha="center", fontsize=9)
axes[1].set_ylabel("y")
axes[2].set(xlabel="x", xticks=range(-8, 9, 4))
plt.show()
assert missed["snake"] < 1 < missed["tanh"] < missed["relu"]

# %% [markdown]
# All three fit what they saw. Outside, `tanh` goes flat and `relu` goes straight, for that is all
# they can do; snake goes on waving, as it has a wave in it. The learned frequencies:

# %%
learned = model[1].a.data
print(f"a started at 1.5; now from {learned.min():.2f} to {learned.max():.2f}")

# %% [markdown]
# Saving and loading needs no code in the layer, as its parameters have names:

# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "snake.safetensors"
    nn.save(model, path)
    again = nn.load(path, network(Snake(24)))

assert np.array_equal(nn.predict(again, wide), nn.predict(model, wide))
list(again.state_dict())

# %% [markdown]
# ## Five pitfalls, and what they look like


# %%
def told(action):
    """Run something that goes wrong; print what the error says, in lines of readable length."""
    try:
        action()
    except Exception as error:
        head, *rest = str(error).splitlines()
        for line in textwrap.wrap(f"{type(error).__name__}: {head}", 88):
            print(line)
        for line in rest[:2]:
            print(textwrap.fill(line, 88, subsequent_indent="    "))


# %% [markdown]
# **1. The `math` module takes the number out of the graph.** Use `np.sin` or `ag.sin`:

# %%
told(lambda: ag.grad(lambda x: math.sin(x))(0.7))

# %% [markdown]
# **2. A rule that reads plain numbers** gives the right gradient, and the wrong gradient of the
# gradient. The check of second order sees it:

# %%
flat = elementwise(
    lambda x: np.exp(-x * x),
    lambda out, x: -2 * plain(x) * out,  # x as a number: its own derivative is lost
    name="flat",
)
told(lambda: check_op(flat))

# %% [markdown]
# **3. A forward function that writes into its argument** changes numbers that others still need:


# %%
def hasty(x):
    x -= 1
    return x * x


told(lambda: check_op(elementwise(hasty, lambda out, x: 2 * (x - 1), name="hasty")))

# %% [markdown]
# **4. A parameter updated in place** while operations are recorded. The message has the cure:

# %%
weight = ag.Tensor(np.ones(2), requires_grad=True)


def update():
    global weight
    weight -= 0.1


told(update)

# %% [markdown]
# **5. A constant captured.** `ag.capture` records a function and replays it without building the
# graph again. A recording keeps the Python numbers that it met. If one changes later, the replay
# does not know:

# %%
scale = 2.0


@ag.capture
def scaled(x):
    return x * scale


before = [scaled(np.ones(1)).item() for _ in range(3)]
scale = 5.0
after = scaled(np.ones(1)).item()
print("with 2:", before, "  with 5:", after)

# %% [markdown]
# No error can be raised, as nobody tells the recording. A number that is to change belongs in a
# `Tensor` or among the arguments. For the same reason `nn.fit` does not record
# steps with layers of yours unless you vouch for them with `capture=True`; it says so:

# %%
for name in ("tanh", "snake"):
    print(textwrap.fill(f"{name}: {histories[name].captured}", 88))

# %% [markdown]
# ## Exercises
#
# **1.** Declare `bump`, $e^{-x^2}$, with its derivative. Use `out`. Check it.
#
# <details><summary>Solution</summary>
#
# ```python
# bump = elementwise(lambda x: np.exp(-x * x), lambda out, x: -2 * x * out, name="bump")
# assert check_op(bump)
# ```
#
# The derivative is $-2x\,e^{-x^2}$, and $e^{-x^2}$ is `out`, already computed.
#
# </details>
#
# **2.** Kepler's equation $E - e \sin E = M$ has no formula for $E$, but Newton's method finds it
# in a few rounds. Declare `kepler(M, e)` as one op. Hint: differentiate both sides of the equation.
#
# <details><summary>Solution</summary>
#
# ```python
# def newton(m, e):
#     found = m + e * np.sin(m)
#     for _ in range(20):
#         found = found - (found - e * np.sin(found) - m) / (1 - e * np.cos(found))
#     return found
#
# kepler = elementwise(
#     newton,
#     (
#         lambda out, m, e: 1 / (1 - e * ag.cos(out)),
#         lambda out, m, e: ag.sin(out) / (1 - e * ag.cos(out)),
#     ),
#     name="kepler",
#     domain=((-3, 3), (0.1, 0.6)),
# )
# assert check_op(kepler)
# ```
#
# From $dE - \sin E \, de - e \cos E \, dE = dM$ both derivatives follow. The rule knows nothing of
# Newton's method, and no round of it is kept in memory.
#
# </details>
#
# **3.** Write a layer `Scale(width)` that multiplies each feature by a weight that starts at 1, and
# put it in front of a `Linear` layer. How many parameters has the model?
#
# <details><summary>Solution</summary>
#
# ```python
# class Scale(nn.Module):
#     def __init__(self, width):
#         self.weight = ag.Tensor(np.ones(width), requires_grad=True)
#
#     def forward(self, x):
#         return x * self.weight
#
# both = nn.Sequential(Scale(3), nn.Linear(3, 2, rng=0, dtype=np.float64))
# assert sum(p.size for p in both.parameters()) == 3 + 6 + 2
# assert gradcheck(both, np.ones((4, 3)))
# ```
#
# Eleven. No op had to be declared: `*` is one.
#
# </details>
#
# ## What you saw
#
# * An op is its function and its local derivatives, written with ops; everything else follows.
# * `check_op` holds it to the laws of the built-in ops, and finds what is easy to get wrong.
# * A layer is a class with `forward`; parameters are tensors among its attributes.
# * The mistakes have messages; the one that cannot have one is a number kept in a recording.
#
# Next: [12. Activation functions compared](12-activations-compared.ipynb).
