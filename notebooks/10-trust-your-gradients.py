# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 10. Trust your gradients
#
# **A gradient is a list of numbers that nobody can check by eye. How do you know that it is
# right?**
#
# A wrong gradient rarely crashes. The network trains a little worse, and you look for the cause
# everywhere else. But a derivative has a meaning that needs no calculus: *it is what happens when
# you change the input a little*. So change it a little, and look.
#
# At the end you will be able to
#
# * choose the step of a finite difference, and say why no fixed one is good,
# * read the three verdicts of a gradient check,
# * let a property test find a bug, shrink it, and point at the op to blame,
# * check gradients from anywhere: your own rules, models, losses.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
from hypothesis import HealthCheck, settings

import autograd as ag
import nn
from autograd.extend import elementwise
from autograd.testing import GradientError, gradcheck, gradient_test, numeric_derivative

plt.rcParams.update({"figure.dpi": 100, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, MUTED = "#0072B2", "#D55E00", "#64748B"

# The same examples in each run, and no limits on time, for machines that are busy.
calm = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# %% [markdown]
# ## Two errors that pull apart
#
# The derivative is the limit of a slope. On a computer we stop before the limit, at some step $h$,
# on one side or on both:
#
# $$
# f'(x) \approx \frac{f(x + h) - f(x)}{h}
# \qquad\text{or}\qquad
# f'(x) \approx \frac{f(x + h) - f(x - h)}{2h} .
# $$
#
# Taylor's formula says what this leaves out. Arithmetic with about 16 digits adds a second error:
# each value of $f$ is off by up to $\varepsilon |f(x)|$, with $\varepsilon \approx 10^{-16}$, and
# the division by $h$ blows that up. For the two-sided difference (Nocedal and Wright, 2006,
# *Numerical Optimization*, chapter 8):
#
# $$
# \text{error}(h) \;\approx\;
# \underbrace{\frac{h^2}{6}\,|f'''(x)|}_{\text{the step is too large}}
# \;+\;
# \underbrace{\frac{\varepsilon\,|f(x)|}{h}}_{\text{the step is too small}} .
# $$
#
# Small steps make the first error small and the second one large. Measured for $\sin$ at 1, where
# we know the answer:


# %%
def one_sided(f, x, h):
    return (f(x + h) - f(x)) / h


def two_sided(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


steps = 10.0 ** np.arange(-15, 0.01, 0.25)


def errors(rule, f, x, truth, steps=steps):
    """The relative error with each step."""
    return [abs(rule(f, x, h) - truth) / abs(truth) for h in steps.tolist()]


fig, ax = plt.subplots(figsize=(6.6, 3.8), layout="constrained")
for rule, colour, marker, name in (
    (one_sided, ORANGE, "s", "one-sided"),
    (two_sided, BLUE, "o", "two-sided"),
):
    found = errors(rule, math.sin, 1.0, math.cos(1.0))
    ax.loglog(steps, found, marker, color=colour, markersize=4, label=name)
theory = steps**2 / 6 + 1.1e-16 * math.tan(1.0) / steps
ax.loglog(steps, theory, "-", color=BLUE, linewidth=1, label="two-sided, by the formula")
ax.annotate("rounding", (1e-12, 3e-3), color=MUTED)
ax.annotate("the step itself", (2e-3, 1e-9), color=MUTED)
ax.set(xlabel="step h", ylabel="relative error", title="The slope of sin at 1, by differences")
ax.legend(frameon=False, loc="lower left")
plt.show()

# %% [markdown]
# A **V**. The best two-sided step is near
# $h = \sqrt[3]{3 \varepsilon |f| / |f'''|} \approx 10^{-5}$ and gets about ten digits
# right. To its left rounding takes over, and smaller steps make the answer worse.
#
# ## Why no fixed step will do
#
# The bottom of the V depends on the function. Here are four, each harmless in its own way:

# %%
functions = {
    "sin x at 1": (math.sin, 1.0, math.cos(1.0)),
    "sin 1000x at 1": (lambda x: math.sin(1000 * x), 1.0, 1000 * math.cos(1000)),
    "log x at 0.000002": (math.log, 2e-6, 5e5),
    "a million + sin x at 1": (lambda x: 1e6 + math.sin(x), 1.0, math.cos(1.0)),
}
fig, axes = plt.subplots(2, 2, figsize=(7, 4.6), sharex=True, sharey=True, layout="constrained")
for ax, (name, (f, x, truth)) in zip(axes.flat, functions.items()):
    allowed = steps[steps < x]  # log has no value beyond
    found = errors(two_sided, f, x, truth, allowed)
    ax.loglog(allowed, found, "o", color=BLUE, markersize=3)
    ax.axvline(1e-6, color=ORANGE, linewidth=1.2, linestyle="--")
    ax.set_title(name, fontsize=10)
axes[0, 0].text(1.6e-6, 1e2, "h = 0.000001", color=ORANGE, fontsize=9)
axes[0, 0].set_ylim(1e-16, 1e4)
fig.supxlabel("step h", fontsize=10)
fig.supylabel("relative error of the two-sided difference", fontsize=10)
plt.show()

# %% [markdown]
# The step in orange, a common choice, is near the bottom for the first function alone. For the
# logarithm it misses the slope by a tenth. A check with a fixed step and a fixed tolerance errs in
# both directions:


# %%
def naive_check(f, slope, x, h=1e-6, tolerance=1e-4):
    return math.isclose(two_sided(f, x, h), slope, rel_tol=tolerance)


right = naive_check(math.log, 5e5, 2e-6)
off_by_a_millionth = naive_check(math.sin, 1.000001 * math.cos(1.0), 1.0)
print("the right slope of log passes:   ", right)
print("a wrong slope of sin passes:     ", off_by_a_millionth)
assert (right, off_by_a_millionth) == (False, True)

# %% [markdown]
# The way out is to **measure the error as well**. Compute the difference with many steps. Two
# neighbours can be combined so that the $h^2$ in their error cancels (Richardson, 1911; made into
# a method for derivatives by Ridders, 1982, *Accurate computation of F'(x) and F'(x)F''(x)*).
# Where all finer steps agree, the answer is good, and how well they agree says how good.
# `numeric_derivative` does this:

# %%
for name, (f, x, truth) in functions.items():
    d = numeric_derivative(f, x)
    print(f"{name:24} {d}   really off by {abs(d.value - truth):.0e}")
    assert abs(d.value - truth) <= d.error

# %% [markdown]
# Every answer lies within its own error bar, with nothing to set.
#
# ## Three verdicts
#
# `gradcheck` compares a gradient with such differences. Since it knows how good these are, it can
# say three things, not two.
#
# **Pass**: they agree to within the error estimate.

# %%
gradcheck(lambda x: np.sum(np.tanh(x) ** 2), np.array([0.3, -1.2, 2.0]))

# %% [markdown]
# **Fail**: they do not. Here is the slope that is off by a millionth, given as a rule. (A failed
# check raises, unless told otherwise.)

# %%
gradcheck(np.sin, 1.0, vjp=lambda x, g: 1.000001 * g * np.cos(x), raise_exception=False)

# %% [markdown]
# **Inconclusive**: at this point nobody can tell. `relu` has a corner at 0. The slope is 0 on the
# left and 1 on the right, and any difference gives some number between:

# %%
report = gradcheck(ag.relu, np.array([0.0, 1.0]))
assert not report
report

# %% [markdown]
# A report is true for a pass alone. So write `assert gradcheck(...)`, and a check that could not
# tell does not count as one that passed.
#
# ## A bug, planted
#
# One point proves little. Here is a new op: Huber's function (1964, *Robust estimation of a
# location parameter*), a parabola for small errors and a straight line for large ones:
#
# $$
# \operatorname{huber}(x) =
# \begin{cases} \tfrac12 x^2 & |x| < 1 \\ |x| - \tfrac12 & |x| \ge 1 \end{cases}
# \qquad
# \operatorname{huber}'(x) =
# \begin{cases} x & |x| < 1 \\ \operatorname{sign} x & |x| \ge 1 \end{cases}
# $$
#
# In the code below, somebody was thinking of positive numbers only. (Notebook 11 is about
# declaring ops.)

# %%
huber = elementwise(
    lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5),
    lambda out, x: ag.where(ag.absolute(x) < 1, x, 1.0),
    name="huber",
)

gradcheck(huber, np.array([0.3, -0.7, 2.5]))

# %% [markdown]
# Three points, both branches, a pass: by bad luck none of them is below -1. A **property test**
# states the law, *the gradient is the slope everywhere*, and leaves the points to a machine that
# tries a hundred of them. With the decorator, a function of arrays becomes such a test. It still is
# the function, too; pytest would collect it by itself, and here we call it:


# %%
@gradient_test(domain=(-3, 3), settings=calm)
def cost(w, x):
    return np.sum(huber(w * x))


try:
    cost()
except GradientError as error:
    found = error

print(found.__notes__[0])

# %% [markdown]
# It failed, and Hypothesis then **shrank** the failure: it looked for ever shorter arrays and
# simpler numbers that still fail. The report goes on from there. It checks each op of the graph by
# itself and names the one to blame, with its line and a case to paste:

# %%
print(found)

# %% [markdown]
# And draws it:

# %%
assert found.report.culprit.op == "huber"
found.report.draw()

# %% [markdown]
# The hint says it all: *the sign is wrong*. With `ag.sign(x)` in place of `1.0` the test passes:

# %%
huber = elementwise(
    lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5),
    lambda out, x: ag.where(ag.absolute(x) < 1, x, ag.sign(x)),
    name="huber",
)
cost()

# %% [markdown]
# ## Gradients from elsewhere
#
# The check only calls a function and compares. It does not matter who made the gradient.
#
# **Your own rule**, for code that knows nothing of this library: a `vjp`, for *vector-Jacobian
# product*. It takes the inputs and the gradient $g$ of whatever comes after, and gives back the
# gradients of the inputs. For the cross-entropy of $n$ examples with softmax, the textbook says
# $\bar z = (p - y) / n$ (Bishop, 2006, *Pattern Recognition and Machine Learning*, section 4.3.4):

# %%
truth = np.eye(3)[[0, 2, 1, 1]]


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(z):
    return -np.mean(np.sum(truth * np.log(softmax(z)), axis=1))


z = np.random.default_rng(0).normal(size=(4, 3))
gradcheck(cross_entropy, z, vjp=lambda z, g: g * (softmax(z) - truth) / len(z))

# %% [markdown]
# **A model**: its inputs and every parameter are checked.

# %%
model = nn.MLP(3, [8], 3, activation="tanh", rng=0)
gradcheck(model, z)

# %% [markdown]
# **A loss around a model** takes the parameters from the model you name:

# %%
labels = truth.argmax(axis=1)
gradcheck(lambda x: nn.losses.cross_entropy(model(x), labels), z, parameters=model)

# %% [markdown]
# How can a few calls check every parameter? Not one by one. The check moves all inputs at once in a
# random direction $u$, and compares two numbers: the slope along $u$ by differences, and
# $\nabla f \cdot u$. If these agree in two random directions, it would take a conspiracy for an
# element to be wrong. Only after a disagreement does the check look for the element.
#
# Functions of PyTorch and JAX go the same way: `gradcheck(from_torch(f), x)` and
# `gradcheck(from_jax(f), x)`.
#
# One thing no gradient check can tell: whether the function is the one you *meant*. If the loss
# itself has a bug, its gradient is the right gradient of the wrong loss.
#
# ## Exercises
#
# **1.** For functions that take complex numbers there is a difference without a V: the derivative
# is $\operatorname{Im} f(x + ih) / h$ (Squire and Trapp, 1998, *Using complex variables to estimate
# derivatives of real functions*). Try it on `np.sin` at 1 with $h = 10^{-100}$. Why does so small a
# step do no harm?
#
# <details><summary>Solution</summary>
#
# ```python
# h = 1e-100
# slope = np.sin(1 + 1j * h).imag / h
# assert abs(slope - math.cos(1)) < 1e-15
# ```
#
# Nothing is subtracted. Rounding hurts a difference because two nearly equal numbers cancel; the
# imaginary part holds $h f'(x)$ by itself, with all its digits. It fails silently for functions
# such as `abs` that are not analytic, which is why the check does not rely on it.
#
# </details>
#
# **2.** Forget the $1/n$ in the rule for `cross_entropy`. What does the report say?
#
# <details><summary>Solution</summary>
#
# ```python
# report = gradcheck(
#     cross_entropy, z, vjp=lambda z, g: g * (softmax(z) - truth), raise_exception=False
# )
# assert report.verdict == "fail"
# assert "4 times" in report.evidence.hint
# ```
#
# The hint: the rule's number is 4 times the right one. There are four examples: a forgotten mean.
#
# </details>
#
# **3.** Which verdict do you expect for `np.sqrt` at 0, `np.floor` at 0, `np.floor` at 0.5, each
# with the rule "the derivative is 0"? Guess first.
#
# <details><summary>Solution</summary>
#
# ```python
# def verdict(f, x):
#     return gradcheck(f, x, vjp=lambda x, g: 0.0 * g, raise_exception=False).verdict
#
# assert verdict(np.sqrt, 0.0) == "inconclusive"   # the edge of the domain
# assert verdict(np.floor, 0.0) == "inconclusive"  # a jump
# assert verdict(np.floor, 0.5) == "pass"          # flat here, and its slope is 0
# ```
#
# The verdict is about a rule *at a point*.
#
# </details>
#
# ## What you saw
#
# * A difference has two errors that pull apart; their balance moves with the function.
# * So a good check measures its own error, and may say that it cannot tell.
# * A property test finds the points that you would not think of, and makes the failure small.
# * Any function with any rule can be checked, whoever computed it.
#
# Next: [11. Your own op and your own layer](11-your-own-op-and-layer.ipynb). All checks are in
# [the guide](../docs/testing.md).
