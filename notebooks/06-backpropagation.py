# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 6. Backpropagation: the chain rule as blame
#
# **The question.** A network made a mistake. It has thousands of weights. Which of them are to
# blame, and how much is each one's share?
#
# Gradient descent (notebook 5) needs exactly this: one slope for every weight. Backpropagation
# finds all of them in a single walk from the result back to the weights.
#
# At the end you will be able to
#
# - read a blame graph, node by node and edge by edge;
# - compute every gradient of a neuron with a pencil;
# - say why a value that is used twice is blamed twice;
# - find the weight of a small network that is most to blame for its loss.

# %%
import html

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Math, display

from autograd import Value, viz
from nn import scalar

BLUE, ORANGE, INK, MUTED = "#0072B2", "#D55E00", "#1E293B", "#64748B"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## One neuron, forwards
#
# A neuron multiplies each input by a weight, adds everything and a bias, and bends the sum:
#
# $$\text{out} = \tanh(x_1 w_1 + x_2 w_2 + b)$$
#
# We write it in steps and give each step a name. `Value` is a number that remembers how it was
# made.


# %%
def neuron(x1, x2, w1, w2, b):
    p1 = x1 * w1  # what the first input says
    p2 = x2 * w2  # what the second one says
    s = p1 + p2
    z = s + b
    return p1, p2, s, z, z.tanh()


x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
b = Value(6.88, label="b")
p1, p2, s, z, out = neuron(x1, x2, w1, w2, b)
for node, name in zip((p1, p2, s, z, out), ("p1", "p2", "s", "z", "out"), strict=True):
    node.label = name

out

# %% [markdown]
# Read it from left to right. Green boxes are what we put in. Every other box is one small
# operation with its value, and the dark one is the result, $\tanh(0.88) = 0.7064$.
#
# The number on an edge is that operation's **local derivative**: how fast its output changes when
# this one input changes and the other stays. There are only three kinds here:
#
# | operation | local derivative | in words |
# |---|---|---|
# | $s = p_1 + p_2$ | $\partial s/\partial p_1 = 1$ | a sum passes a change on as it is |
# | $p_1 = x_1 w_1$ | $\partial p_1/\partial w_1 = x_1$ | a product scales it by the other factor |
# | $h = \tanh z$ (here `out`) | $\partial h/\partial z = 1 - h^2$ | a bend scales it by its slope |
#
# ## What blame means
#
# How much does `out` change if `w1` changes a little? That ratio is the derivative
# $\partial\,\text{out}/\partial w_1$. We call it the blame of `w1`: it says in which direction,
# and how strongly, `w1` moves the result. It can be found the slow way, by trying:

# %%
h = 0.001
up = np.tanh(2.0 * (-3.0 + h) + 0.0 * 1.0 + 6.88)
down = np.tanh(2.0 * (-3.0 - h) + 0.0 * 1.0 + 6.88)
slope = (up - down) / (2 * h)
print(f"w1 up by {h}: {up:.6f}    w1 down by {h}: {down:.6f}    slope: {slope:.4f}")

# %%
axis = np.linspace(-4.2, -2.2, 200)
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
axes.plot(axis, np.tanh(2 * axis + 6.88), color=MUTED, lw=2)
near = np.array([-3.35, -2.75])
axes.plot(near, out.data + slope * (near + 3), color=BLUE, lw=2)
axes.plot(-3, out.data, "o", color=ORANGE, ms=7)
axes.text(-2.92, 0.35, "we are here: slope 1.002", color=INK, va="center")
axes.set_xlabel("weight w1 (everything else stays)")
axes.set_ylabel("out")
axes.set_title("Blame is a slope", loc="left", color=INK)
plt.show()

# %% [markdown]
# To try needs two runs of the whole network for *each* weight. With a million weights that is two
# million runs for one step of learning. There is a better way.
#
# ## The chain rule
#
# `w1` does not touch `out` directly. It moves `p1`, which moves `s`, which moves `z`, which moves
# `out`. If `p1` changes twice as fast as `w1`, and `z` just as fast as `p1`, and `out` half as
# fast as `z`, then `out` changes $2 \times 1 \times 0.5$ as fast as `w1`. Rates along a chain
# multiply:
#
# $$\frac{\partial\,\text{out}}{\partial w_1}
#   = \frac{\partial\,\text{out}}{\partial z}\cdot\frac{\partial z}{\partial s}\cdot
#     \frac{\partial s}{\partial p_1}\cdot\frac{\partial p_1}{\partial w_1}$$
#
# This is the chain rule (Leibniz, 1676). Now begin at the *result*. Its blame for itself is 1.
# Hand that back along every edge, and multiply by the edge's number on the way:
#
# $$\underbrace{\frac{\partial\,\text{out}}{\partial\,\text{input}}}_{\text{contribution}}
#   = \underbrace{\frac{\partial\,\text{out}}{\partial\,\text{output}}}_{\text{upstream}}
#   \times \underbrace{\frac{\partial\,\text{output}}{\partial\,\text{input}}}_{\text{local}}$$
#
# This is **backpropagation** (Rumelhart, Hinton and Williams, "Learning representations by
# back-propagating errors", *Nature* 323, 1986; the same walk over any program is due to
# Linnainmaa, 1970). In code it is one line:

# %%
out.backward()
viz.draw(out, rankdir="TB")

# %% [markdown]
# The same graph, top down to leave room, now with a gradient in each box. Read it from the
# **bottom up**, and each edge as `upstream × local = contribution`:
#
# 1. **out** has gradient 1: if it changes by a little, it changes by just that.
# 2. **z** gets $1 \times (1 - 0.7064^2) = 0.501$. The neuron is on the flank of its tanh, and half
#    of the blame comes through.
# 3. **s** and **b** both get $0.501 \times 1$. A sum hands its blame to everyone, undivided.
# 4. **p1** and **p2** get $0.501$ in the same way.
# 5. **w1** gets $0.501 \times x_1 = 0.501 \times 2 = 1.002$, the slope that we found by trying.
#    **x1** gets $0.501 \times w_1 = -1.503$: orange and dashed, since more `x1` makes `out`
#    *smaller*.
# 6. **w2** gets $0.501 \times x_2 = 0$. Its input was silent, so whatever `w2` had been, nothing
#    would have changed. No part in it, no blame.
#
# One walk, five gradients.

# %%
assert abs(w1.grad - slope) < 1e-5
{name: round(leaf.grad, 3) for name, leaf in dict(x1=x1, w1=w1, x2=x2, w2=w2, b=b).items()}

# %% [markdown]
# ## The same with a pencil
#
# Four lines, each from those above it. Only the numbers of the forward pass are needed.
#
# $$
# \begin{aligned}
# \frac{\partial\,\text{out}}{\partial z} &= 1 - 0.7064^2 = 0.501\\
# \frac{\partial\,\text{out}}{\partial p_1} = \frac{\partial\,\text{out}}{\partial p_2}
#   = \frac{\partial\,\text{out}}{\partial b} &= 0.501 \times 1 = 0.501\\
# \frac{\partial\,\text{out}}{\partial w_1} &= 0.501 \times 2 = 1.002 \qquad
#   \frac{\partial\,\text{out}}{\partial x_1} = 0.501 \times (-3) = -1.503\\
# \frac{\partial\,\text{out}}{\partial w_2} &= 0.501 \times 0 = 0 \qquad\qquad
#   \frac{\partial\,\text{out}}{\partial x_2} = 0.501 \times 1 = 0.501
# \end{aligned}
# $$
#
# ## Ask for one derivative
#
# `viz.explain` writes the chain for any node, with the names and numbers of *your* graph.

# %%
why = viz.explain(out, w1)
print(why)

# %% [markdown]
# It writes LaTeX too, and knows which nodes were on the way. The drawing can light them up:

# %%
display(Math(why.latex))
viz.draw(out, mark=why.nodes, edges="local", legend=False)

# %% [markdown]
# ## Watch it
#
# The player shows the walk one step at a time. Press play, or step with the arrow keys: at each
# step one box hands its blame back, and the line of the chain rule stands beside or below the
# picture. (A site that shows notebooks without scripts leaves the frame out. Then run
# `viz.to_html(out, "backward.html")` and open that file: it needs no network.)

# %%
page = viz.to_html(out, title="One neuron, backwards", theme="light", rankdir="TB")
HTML(
    f'<div><iframe srcdoc="{html.escape(page)}" title="One neuron, backwards" '
    'style="width: 100%; height: 720px; border: 1px solid #CBD5E1"></iframe></div>'
)

# %% [markdown]
# ## Used twice, blamed twice
#
# So far each value was used once. Now one is used by two operations:
#
# $$u = a^2 \qquad v = a\,c \qquad y = u + v$$
#
# A change of `a` reaches `y` on two ways, and both changes arrive. So its gradient is a **sum over
# all paths**:
#
# $$\frac{\partial y}{\partial a} = \sum_{\text{paths}}\;\prod_{\text{edges}} \text{local}
#   = 1\cdot 2a + 1\cdot c = 3 - 4 = -1$$

# %%
a, c = Value(1.5, label="a"), Value(-4.0, label="c")
u, v = a**2, a * c
y = u + v
u.label, v.label, y.label = "u", "v", "y"
y.backward()
y

# %% [markdown]
# The box of `a` says `3 − 4 = -1`: one way says "more", the other says "less", and the second one
# wins. This sum is why an engine *adds* to a gradient and never overwrites it, and why a box hands
# its blame on only when **all** of its own has come in.

# %%
print(viz.explain(y, a))

# %% [markdown]
# In a network nearly every value is used many times: one input goes to all neurons of a layer.
#
# ## A network: two layers, one mistake
#
# Two inputs, two hidden neurons with tanh, one output, nine weights and biases in all. For the
# inputs $(1, -0.5)$ it should answer 1. The loss $L$ is the squared error.

# %%
model = scalar.MLP(2, [2, 1], activation="tanh", rng=3)
inputs = [Value(1.0, label="x1"), Value(-0.5, label="x2")]
answer = model(inputs)
loss = (answer - 1.0) ** 2
loss.label = "L"
loss.backward()
print(f"answer {answer.data:.4f}, loss {loss.data:.4f}")
model.draw([1.0, -0.5])

# %% [markdown]
# Blue lines are positive weights, orange dashed ones negative; the wider, the larger. The engine
# does not see this picture. It sees operations, each with its local derivative, in a graph that
# ends in the loss. Whole layers can be folded into boxes, and then the stream of blame is plain:
# from the loss to the output layer, from there to the hidden layer.

# %%
viz.draw(loss, level="layers", edges="contribution", legend=False)

# %% [markdown]
# On each edge stands what comes back along it. In a box, `output's grad` is the blame of what it
# gave out, and `blame` is its share of all that reached the leaves. One level deeper, each neuron
# is a box:

# %%
viz.draw(loss, level="neurons", edges="contribution", rankdir="TB", legend=False)

# %% [markdown]
# Inside, nothing new happens. Write $z_j$ for the sum in neuron $j$, $h_j = \tanh z_j$ for its
# output, and $\delta_j = \partial L/\partial z_j$ for its blame. The rules of Rumelhart, Hinton
# and Williams (1986) are the chain rule of one neuron, sorted:
#
# $$
# \underbrace{\frac{\partial L}{\partial w_{ji}} = \delta_j\, x_i}_{
#   \text{a weight: its neuron's blame times what came in}}
# \qquad
# \underbrace{\delta_j = \Big(\sum_k \delta_k\, w_{kj}\Big)\,(1 - h_j^2)}_{
#   \text{a hidden neuron: all that it fed, then its slope}}
# $$
#
# (They wrote them for the sigmoid, whose slope is $h_j(1 - h_j)$.) The sum over $k$ is "used
# twice, blamed twice" again: one term for each neuron that $j$ feeds. A hidden neuron's blame
# comes through its *outgoing* weights. The first hidden neuron speaks with weight 0.251, the
# second with −0.869. So the second should carry more of it, and it does:

# %%
delta = 2 * (answer.data - 1)  # the slope of the squared error
first, second = (n.b.grad for n in model.layers[0].neurons)  # the gradient of b is δ
speak = [w.data for w in model.layers[1].neurons[0].w]
print(f"output neuron: δ = {delta:.3f}, weights {speak[0]:.3f} and {speak[1]:.3f}")
print(f"hidden neurons: δ = {first:.3f} and {second:.3f}")

hidden = [n(inputs).data for n in model.layers[0].neurons]
for one, weight, h in zip((first, second), speak, hidden, strict=True):
    assert abs(one - delta * weight * (1 - h**2)) < 1e-12
assert np.allclose(speak, [0.251, -0.869], atol=5e-4)

# %% [markdown]
# ## Who is to blame for the loss?
#
# Draw the network once more, each line now its weight's *gradient*:

# %%
model.draw([1.0, -0.5], show="gradient")

# %% [markdown]
# And as a list. A step of gradient descent changes weight $w$ by $-\eta\, \partial L/\partial w$,
# so to first order the loss falls by $\eta\,(\partial L/\partial w)^2$ on its account. These
# squares are the shares:

# %%
parameters = {p.label: p for p in model.parameters()}
blamed = viz.blame(loss, parameters, lr=0.05)
print(blamed)

# %% [markdown]
# The bias of the output neuron (`l1.n0.b`: layer 1, neuron 0) leads: nothing stands between it and
# the loss. Then come the parameters of the *second* hidden neuron, `l0.n1`, the one that speaks
# loudest. Why does its first weight push the loss *up*, with a gradient of 1.261? Ask:

# %%
why = viz.explain(loss, "l0.n1.w0")
print(why)

# %% [markdown]
# (`v17` and the like are the engine's own names, for operations without a label.) The answer is
# too low (first factor, −1.652), and this neuron speaks against it (−0.869). A larger weight makes
# the neuron's output larger, the answer lower, the loss higher. Minus times minus: the gradient is
# positive, so learning turns this weight *down*.
#
# Does blame keep its promise? Take one step against all nine gradients and look:

# %%
before = loss.data
for p in model.parameters():
    p.data -= 0.05 * p.grad
after = (model(inputs) - 1.0) ** 2
print(f"loss {before:.4f} → {after.data:.4f}")
print(f"answer {answer.data:.4f} → {model(inputs).data:.4f}")
assert abs(before - after.data - 0.322) < 0.001

# %% [markdown]
# The table promised −0.379, and the loss fell by 0.322. The promise is about the *slope*; the
# curve bends on the way, so a real step does a little better or worse, and a huge one may do
# anything (notebook 5).
#
# ## What it costs
#
# By trying, nine parameters need eighteen runs of the network. Backpropagation needs one run
# forwards and one walk back, which costs a small multiple of the run itself, *however many weights
# there are*. For a small network that reads digits, with 17,226 parameters, that is one walk
# instead of 34,452 runs.
#
# ## Exercises
#
# **1. With a pencil.** Replace tanh by the sigmoid $\sigma(z) = 1/(1 + e^{-z})$, whose slope is
# $\sigma(z)(1 - \sigma(z))$, and take $x_1 = 1$, $w_1 = 2$, $x_2 = 3$, $w_2 = -1$, $b = 1$. What
# are the gradients of both weights? Write the four lines, then let the machine check.
#
# <details><summary>Solution</summary>
#
# ```python
# q1, q2 = Value(2.0, label="w1"), Value(-1.0, label="w2")
# o = (q1 * 1.0 + q2 * 3.0 + 1.0).sigmoid()
# o.backward()
# assert (o.data, q1.grad, q2.grad) == (0.5, 0.25, 0.75)
# ```
#
# The sum is $2 - 3 + 1 = 0$, and $\sigma(0) = 0.5$ with the slope 0.25. A sum passes that on, and
# each product multiplies it by the input: $0.25 \times 1$ and $0.25 \times 3$. `o` as a cell's
# last line draws it.
#
# </details>
#
# **2. Wake up the silent weight.** In the first graph `w2` has the gradient 0. Let the library say
# why (`viz.why_zero`). Then give `x2` the value 0.5 and compute all gradients anew. Why did those
# of `w1` and `b` change too, though neither has anything to do with `x2`?
#
# <details><summary>Solution</summary>
#
# ```python
# print(viz.why_zero(out, w2))
# u1, u2, ub = Value(-3.0), Value(1.0), Value(6.88)
# o = neuron(2.0, 0.5, u1, u2, ub)[-1]
# o.backward()
# assert abs(u2.grad - 0.5 * ub.grad) < 1e-12 and ub.grad < b.grad
# ```
#
# Now $z = 1.38$: further out on the flank of tanh, where it is flatter. All paths go through that
# one slope, $1 - 0.881^2 = 0.224$, so everybody's blame shrinks. Further out still the neuron is
# *saturated*, and hardly any blame gets through (notebook 3).
#
# </details>
#
# **3. Two ways.** Let $y = (a + b)(a - b)$ with $a = 3$, $b = 2$. How many paths lead from $y$ to
# $b$? Add them up, then compare with what you get if you multiply out first: $y = a^2 - b^2$.
#
# <details><summary>Solution</summary>
#
# ```python
# a3, b3 = Value(3.0, label="a"), Value(2.0, label="b")
# y3 = (a3 + b3) * (a3 - b3)
# print(viz.explain(y3, b3))
# y3.backward()
# assert b3.grad == -4.0
# ```
#
# Two paths: through the sum, $(a - b) \times 1 = 1$, and through the difference, $(a + b) \times
# (-1) = -5$. Together $-4$, and from $a^2 - b^2$ it is $-2b = -4$. Other graph, same function,
# same gradient.
#
# </details>
#
# **4. A backward pass of your own.** Write a function `backward(x1, x2, w1, w2, b)` on plain
# floats that returns the five gradients of the tanh neuron. No library, only the pencil's four
# lines.
#
# <details><summary>Solution</summary>
#
# ```python
# import math
#
# def backward(x1, x2, w1, w2, b):
#     out = math.tanh(x1 * w1 + x2 * w2 + b)
#     z = 1 - out**2
#     return {"x1": z * w1, "w1": z * x1, "x2": z * w2, "w2": z * x2, "b": z}
#
# mine = backward(2.0, 0.0, -3.0, 1.0, 6.88)
# for name, leaf in dict(x1=x1, w1=w1, x2=x2, w2=w2, b=b).items():
#     assert abs(mine[name] - leaf.grad) < 1e-12
# ```
#
# Right for this one formula, and useless for the next. The next notebook makes it general.
#
# </details>
#
# ## What you saw
#
# - Each operation knows only its own local derivative; the chain rule multiplies them along a
#   path.
# - Backward begins at the result with 1. Sums hand blame on, products scale it by the other
#   factor, bends by their slope.
# - A value that is used several times adds up what comes back on all ways.
# - A weight's gradient is the blame of its neuron times what came in; a hidden neuron's blame
#   comes through its outgoing weights.
# - One walk finds all gradients, for nine weights or a million.
#
# Next: [Build the engine](07-build-the-engine.ipynb). The walk in sixty lines of Python.
#
# Sources: D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by
# back-propagating errors", *Nature* 323 (1986), 533–536. S. Linnainmaa, master's thesis,
# University of Helsinki (1970). M. Nielsen, *Neural Networks and Deep Learning* (2015), chapter 2.
