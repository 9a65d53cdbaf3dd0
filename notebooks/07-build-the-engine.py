# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 7. Build the engine
#
# **What must a program remember so that it can differentiate any formula you type?**
#
# Less than you may think. In four short steps we write an engine that runs any formula made of
# `+`, `*`, powers, `exp`, `tanh` and `relu`, and then blames every number that went in. Each step
# is tested, and the last one is checked against Blamegraph's own `Value` on random formulas.
#
# At the end you will be able to
#
# * write reverse-mode differentiation from memory,
# * say why the *order* of the walk back matters, and what goes wrong without it,
# * test an engine that you did not write.
#
# You need the chain rule as blame, from [notebook 6](06-backpropagation.ipynb).

# %%
import math
import time

import matplotlib.pyplot as plt
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.testing import conclusive, gradcheck

plt.rcParams.update({"figure.dpi": 100, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, INK = "#0072B2", "#D55E00", "#1E293B"

# The same examples in each run, and no limits on time, for machines that are busy.
calm = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# %% [markdown]
# ## Step 1: a number that remembers
#
# A plain `6.0` does not know that it came from `2.0 * 3.0`. So we wrap it. Beside the number, a
# `Value` keeps its **sources**: the values it was computed from, each with the **local
# derivative**, which says how fast this one op's result changes with that source.
#
# For the two ops we begin with, school mathematics is enough:
#
# $$
# \frac{\partial (a + b)}{\partial a} = 1, \qquad \frac{\partial (a + b)}{\partial b} = 1, \qquad
# \frac{\partial (a b)}{\partial a} = b, \qquad \frac{\partial (a b)}{\partial b} = a .
# $$


# %%
class Value:
    """A number that remembers what it was computed from."""

    def __init__(self, data, sources=()):
        self.data = data
        self.sources = sources  # pairs: a value, and the local derivative with respect to it
        self.grad = 0.0

    def __add__(self, other):
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])


x, w = Value(2.0), Value(3.0)
y = x * w + x
y.data, [(source.data, local) for source, local in y.sources]

# %% [markdown]
# Python itself calls `__mul__` and `__add__` when it meets `*` and `+`, so *running* the formula
# *records* it. Nobody had to parse anything, and loops, branches and function calls are recorded
# like all else. The list of operations kept on the way is called a Wengert list (Wengert, 1964,
# *A simple automatic derivative evaluation program*).
#
# Our `Value` cannot draw itself. Blamegraph's has the same outside, so here is the same formula
# with the class swapped:

# %%
x_drawn, w_drawn = ag.Value(2.0, label="x"), ag.Value(3.0, label="w")
y_drawn = x_drawn * w_drawn + x_drawn
y_drawn.label = "y"
y_drawn.backward()
y_drawn

# %% [markdown]
# Arrows are sources. Note the two that leave `x`: it was used twice, and its gradient is a sum.
#
# ## Step 2: send the blame back, the simple way
#
# Write $\bar v$ for the gradient of the result $y$ with respect to a value $v$. The result is to
# blame for itself: $\bar y = 1$. Any other value collects from all that used it (Linnainmaa, 1976,
# *Taylor expansion of the accumulated rounding error*; Griewank and Walther, 2008, *Evaluating
# Derivatives*, chapter 3):
#
# $$
# \bar v \;=\; \sum_{u \text{ computed from } v} \bar u \cdot \frac{\partial u}{\partial v} .
# $$
#
# The shortest program for it hands each source its part, and lets the source do the same:

# %%
pushes = 0


def send(value, blame):
    """Add the blame to the value, and hand its sources their parts."""
    global pushes
    pushes += 1
    value.grad += blame
    for source, local in value.sources:
        send(source, blame * local)


send(y, 1.0)
x.grad, w.grad

# %% [markdown]
# By hand, with $y = xw + x$: $\;\partial y/\partial x = w + 1 = 4$ and
# $\partial y/\partial w = x = 2$.
#
# Right, and yet useless. Look at what it costs when a result is used twice, again and again:


# %%
def doubled(n):
    """A one, added to itself, the sum added to itself, and so on: n additions."""
    value = Value(1.0)
    for _ in range(n):
        value = value + value
    return value


depths = list(range(1, 17))
counted = []
for n in depths:
    pushes = 0
    send(doubled(n), 1.0)
    counted.append(pushes)
assert counted == [2 ** (n + 1) - 1 for n in depths]

fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.semilogy(depths, counted, "o-", color=ORANGE, markersize=4)
ax.semilogy(depths, [n + 1 for n in depths], "s-", color=BLUE, markersize=4)
ax.text(11.2, 16_000, "calls of send", color=ORANGE, ha="right", va="bottom")
ax.text(11.2, 17, "values in the graph", color=BLUE, ha="right", va="bottom")
ax.set(xlabel="additions", ylabel="count", title="One walk for each path is too many")
plt.show()

# %% [markdown]
# `send` walks every **path** on its own, and each addition doubles the number of paths: 16
# additions take 131,071 calls, 60 would outlast you. It also recurses, so a long chain of ops
# ends in `RecursionError`.
#
# ## Step 3: the right order
#
# The cure is patience. A value passes its blame on **once**, after *everything* that used it has
# reported. So we need an order in which each value comes after all its users: a *topological
# order*, backwards. A depth-first walk gives it: write a value down when all its sources have been
# written down, then read the list from the end.
#
# We keep the stack of the walk ourselves, as Python's own is only about a thousand calls deep.


# %%
def in_order(result):
    """All values that the result needs; sources before what was computed from them."""
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        value, sources_are_done = stack.pop()
        if sources_are_done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack.append((value, True))
            stack.extend((source, False) for source, _ in value.sources)
    return order


def backward(result):
    """Put the derivative of the result by each value into the value's grad."""
    order = in_order(result)
    for value in order:
        value.grad = 0.0
    result.grad = 1.0
    for value in reversed(order):
        for source, local in value.sources:
            source.grad += value.grad * local


backward(y)
assert (x.grad, w.grad) == (4.0, 2.0)

tower = doubled(60)
backward(tower)
assert in_order(tower)[0].grad == 2**60

# %% [markdown]
# Sixty doublings, sixty steps. And depth no longer matters:

# %%
start = Value(1.0)
chain = start
for _ in range(100_000):
    chain = chain + Value(0.0)
backward(chain)
assert start.grad == 1.0

# %% [markdown]
# This is backpropagation, whole: **one visit per value, one multiplication and one addition per
# arrow**, however many inputs there are. That is why gradients cost about as much as the
# formula itself, with ten inputs or ten million. Baur and Strassen proved it in 1983 (*The
# complexity of partial derivatives*).
#
# ## Step 4: the rest of the ops
#
# All that is missing are more ops, and plain numbers on either side of an operator. Every op of
# calculus is the same two lines: the value, and the local derivative.
#
# $$
# \frac{d}{dx} x^k = k x^{k-1}, \quad
# \frac{d}{dx} e^x = e^x, \quad
# \frac{d}{dx} \tanh x = 1 - \tanh^2 x, \quad
# \frac{d}{dx} \operatorname{relu} x = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}
# $$
#
# Differences and quotients need no calculus of their own: $a - b = a + (-1) b$ and
# $a / b = a\,b^{-1}$. Here is the whole engine; with `in_order` it has fewer than 60 lines
# of code. Its size and the way it is used follow Karpathy's micrograd (2020).


# %%
def as_value(number):
    return number if isinstance(number, Value) else Value(float(number))


class Value:
    """A number that remembers what it was computed from."""

    def __init__(self, data, sources=()):
        self.data, self.sources, self.grad = data, sources, 0.0

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def __pow__(self, k):
        return Value(self.data**k, [(self, k * self.data ** (k - 1))])

    def exp(self):
        e = math.exp(self.data)
        return Value(e, [(self, e)])

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, [(self, 1 - t * t)])

    def relu(self):
        return Value(max(self.data, 0.0), [(self, float(self.data > 0))])

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + as_value(other) * -1.0

    def __rsub__(self, other):
        return as_value(other) - self

    def __truediv__(self, other):
        return self * as_value(other) ** -1

    def __rtruediv__(self, other):
        return as_value(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        order = in_order(self)
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for source, local in value.sources:
                source.grad += value.grad * local


# %% [markdown]
# A neuron, from ours and from the library's class. `neuron` does not know which it is given:


# %%
def neuron(x1, x2, w1, w2, b):
    return (x1 * w1 + x2 * w2 + b).tanh()


def gradients(kind, f, numbers):
    """The result and its gradients, with one class of values or the other."""
    inputs = [kind(number) for number in numbers]
    result = f(*inputs)
    result.backward()
    return result.data, [value.grad for value in inputs]


numbers = [2.0, 0.5, -3.0, 1.0, 6.0]
ours, theirs = gradients(Value, neuron, numbers), gradients(ag.Value, neuron, numbers)
print("result   ", f"{ours[0]:.6f}", f"{theirs[0]:.6f}", sep="   ")
for name, a, b in zip(["x1", "x2", "w1", "w2", "b"], ours[1], theirs[1]):
    print(f"d/d{name:6}", f"{a:9.6f}", f"{b:9.6f}", sep="  ")
assert np.allclose(ours[1], theirs[1], rtol=1e-14)

# %% [markdown]
# ## Does it hold for *any* formula?
#
# One formula proves little. [Hypothesis](https://hypothesis.readthedocs.io) writes hundreds for us.
# A random formula is a list of instructions; each takes two earlier values (or ignores the second)
# and appends one.

# %%
OPS = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / (b*b + 1)": lambda a, b: a / (b * b + 1),
    "a ** 2": lambda a, b: a**2,
    "exp(tanh(a))": lambda a, b: a.tanh().exp(),
    "relu(a)": lambda a, b: a.relu(),
    "1 - a": lambda a, b: 1 - a,
}


def run(program, *inputs):
    """Run the instructions on two inputs, of whichever class."""
    values = list(inputs)
    for op, i, j in program:
        a, b = values[i % len(values)], values[j % len(values)]
        values.append(OPS[op](a, b))
    return values[-1]


places = st.integers(0, 7)
formulas = st.lists(st.tuples(st.sampled_from(list(OPS)), places, places), min_size=1, max_size=6)
inputs = st.tuples(st.floats(-2, 2, width=16), st.floats(-2, 2, width=16))


@settings(calm, max_examples=300)
@given(formulas, inputs)
def test_like_the_real_one(program, numbers):
    value, grads = gradients(Value, lambda *xs: run(program, *xs), numbers)
    expected, wanted = gradients(ag.Value, lambda *xs: run(program, *xs), numbers)
    assert math.isclose(value, expected, rel_tol=1e-12, abs_tol=1e-12)
    assert np.allclose(grads, wanted, rtol=1e-9, atol=1e-9)


test_like_the_real_one()

# %% [markdown]
# Two engines could share a mistake. Finite differences know nothing of either: they only call the
# function at nearby points ([notebook 10](10-trust-your-gradients.ipynb) is about them).
# `gradcheck` takes any function with any rule for its gradient, and ours is such a rule.


# %%
@settings(calm, max_examples=100)
@given(formulas, inputs)
def test_slopes(program, numbers):
    def f(a, b):
        return run(program, Value(a), Value(b)).data

    def rule(a, b, upstream):
        _, grads = gradients(Value, lambda *xs: run(program, *xs), (a, b))
        return tuple(upstream * g for g in grads)

    conclusive(gradcheck(f, *numbers, vjp=rule))


test_slopes()

# %% [markdown]
# `conclusive` sends Hypothesis elsewhere where differences cannot tell, as at the corner of `relu`.
#
# ## What the real one does beyond
#
# The walk in `autograd` is the one above. What so few lines leave out:
#
# | | ours | `autograd` |
# |---|---|---|
# | a value is | one number | one number (`Value`) or an array (`Tensor`), in one graph |
# | plain NumPy functions record | no | yes |
# | second derivatives | no: local derivatives are plain numbers | any order: rules are ops too |
# | forward mode | no | from the same rules |
# | memory after the walk | kept | `backward(retain_graph=False)` frees it on the way |
# | a gradient that is 0 or NaN | no reason given | `viz.why_zero` names the op |
#
# Second derivatives first. The rule of `exp` is written with values, so the gradient is a
# formula like any other, and can be differentiated:

# %%
f = ag.grad(ag.grad(lambda x: (x * x).exp()))
x0 = 0.5
assert math.isclose(f(x0), (2 + 4 * x0**2) * math.exp(x0**2))  # by hand
f(x0)

# %% [markdown]
# Then speed. One layer of 40 neurons with 40 inputs each, forward and backward, four times over:
# with our `Value`, with the library's, with a `Tensor`, and with `Tensor`s recorded once and
# replayed (`ag.capture`). The scalar engines take some 3,200 steps for what the array does in a
# few.

# %%
rng = np.random.default_rng(0)
weights, features = rng.normal(size=(40, 40)) / 6, rng.normal(size=40)


def with_numbers(kind):
    rows = [[kind(float(v)) for v in row] for row in weights]
    total = kind(0.0)
    for row in rows:
        z = kind(0.0)
        for v, feature in zip(row, features.tolist()):
            z = z + v * feature
        total = total + z.tanh()
    total.backward()
    return [[v.grad for v in row] for row in rows]


w_array = ag.Tensor(weights, requires_grad=True)


def with_arrays():
    w_array.grad = None
    np.tanh(w_array @ features).sum().backward()
    return w_array.grad


replayed = ag.capture(with_arrays)
ways = {
    "ours": lambda: with_numbers(Value),
    "ag.Value": lambda: with_numbers(ag.Value),
    "ag.Tensor": with_arrays,
    "ag.Tensor, replayed": replayed,
}


def milliseconds(step, rounds):
    best = math.inf
    for _ in range(rounds):
        begin = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - begin)
    return 1000 * best


for step in ways.values():  # all four agree
    assert np.allclose(np.asarray(step()), ways["ag.Tensor"]())
rounds = [7, 7, 50, 50]
took = {name: milliseconds(ways[name], n) for name, n in zip(ways, rounds)}

fig, ax = plt.subplots(figsize=(6.4, 2.4), layout="constrained")
bars = ax.barh(list(took), list(took.values()), color=[ORANGE, BLUE, BLUE, BLUE], height=0.6)
ax.bar_label(bars, fmt="%.3g ms", padding=4, color=INK)
ax.set_xscale("log")
ax.set(xlabel="milliseconds, forward and backward (log scale)", title="The same 1,600 gradients")
ax.set_xlim(right=max(took.values()) * 4)
ax.invert_yaxis()
plt.show()
assert took["ag.Tensor"] < took["ours"] / 5

# %% [markdown]
# Arrays are what makes networks practical: the same walk, with a matrix product at each stop in
# place of one multiplication.
#
# ## Exercises
#
# **1.** Add `log` to the engine, and with it the loss of one example, $-\log p$. Check it with
# `gradcheck` at $p = 0.3$.
#
# <details><summary>Solution</summary>
#
# ```python
# def log(value):
#     return Value(math.log(value.data), [(value, 1 / value.data)])
#
# def rule(p, upstream):
#     loss, (slope,) = gradients(Value, lambda v: log(v) * -1, [p])
#     return upstream * slope
#
# assert gradcheck(lambda p: -math.log(p), 0.3, vjp=rule)
# ```
#
# One line for the value, one number for its slope. The sign came from the multiplication by -1.
#
# </details>
#
# **2.** Replace `+=` by `=` in `backward`. For which formula is the gradient wrong first? Guess
# the smallest, then let Hypothesis find it.
#
# <details><summary>Solution</summary>
#
# ```python
# def careless(self):
#     self.grad = 1.0
#     for value in reversed(in_order(self)):
#         for source, local in value.sources:
#             source.grad = value.grad * local
#
# right, Value.backward = Value.backward, careless
# try:
#     test_like_the_real_one()
#     found = None
# except AssertionError as error:
#     found = error
# finally:
#     Value.backward = right
#
# assert "a + b" in str(found.__notes__)
# print(found.__notes__[0])
# ```
#
# `x + x`: the instruction `('a + b', 0, 0)`. A value used once has one contribution, for which `=`
# and `+=` are the same; so a test on formulas without sharing would never notice.
#
# </details>
#
# **3.** Why does `in_order` write a value down only *after* its sources, and not when it is first
# seen? Find a formula where the reverse of "first seen" would give a wrong gradient.
#
# <details><summary>Solution</summary>
#
# ```python
# def first_seen(result):
#     order, stack = [], [result]
#     while stack:
#         value = stack.pop()
#         if value not in order:
#             order.append(value)
#             stack.extend(source for source, _ in value.sources)
#     return order
#
# a = Value(1.0)
# b = a * 2
# c = b * 3 + b          # b is seen as a source of c before b * 3 is
# order = first_seen(c)
# assert order.index(b) < order.index(c.sources[0][0])
# ```
#
# `b` would pass its blame on when only one of its two users had reported, and `a` would miss the
# part that comes through `b * 3`.
#
# </details>
#
# ## What you saw
#
# * Running a formula records it: each value keeps its sources with their local derivatives.
# * Backward is one walk over the values, users before sources, with one multiplication and one `+=`
#   per arrow.
# * Walking path by path is exponential; recursion ends at about a thousand ops.
# * Random formulas against a second engine and against finite differences test all of it.
#
# Next: [8. Digits](08-digits.ipynb), where the values are arrays.
