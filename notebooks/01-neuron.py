# %% [markdown]
# # 1. The neuron
#
# **Can a thing that only counts and compares compute anything?**
#
# In 1943 a physiologist and a logician said yes. This notebook builds their neuron, wires it up,
# and runs into the first thing it cannot do. At the end you will be able to
#
# - build AND, OR, NOT and their relatives from one unit each,
# - see a neuron as a straight line across a plane,
# - prove in four lines that no single neuron computes "exclusive or",
# - build a network of three that does.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd as ag
import nn
from autograd.viz.colours import BLUE, INK, MUTED, ORANGE
from nn.neurons import McCullochPitts, truth_table

plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams["axes.edgecolor"] = MUTED

# %% [markdown]
# ## A unit that counts
#
# A nerve cell either fires or it does not. McCulloch and Pitts took that as a starting point: let a
# unit have inputs that are 0 or 1, and let it answer 0 or 1. It counts the inputs that are active
# and compares the count with a **threshold** $\theta$:
#
# $$
# y = \begin{cases}
# 1 & \text{if } x_0 + x_1 + \cdots + x_{n-1} \ge \theta \\
# 0 & \text{otherwise}
# \end{cases}
# $$
#
# (W. S. McCulloch and W. Pitts, "A logical calculus of the ideas immanent in nervous activity",
# *Bulletin of Mathematical Biophysics* 5, 1943.)
#
# With two inputs and the threshold 2, both have to be active. That is the logical AND:

# %%
AND = McCullochPitts(threshold=2, n_inputs=2)
AND.draw()

# %%
AND.truth_table()

# %% [markdown]
# Lower the threshold to 1, and one active input is enough. The same unit is now an OR:

# %%
OR = McCullochPitts(threshold=1, n_inputs=2)
OR.truth_table()

# %% [markdown]
# ## Saying no
#
# Counting alone can never answer "no": more active inputs can only help a unit to fire. So
# there is a second kind of input, the **inhibitory** one. In the paper one active inhibitory input
# silences the unit, whatever the others say. The drawing shows it as a dashed line that ends in a
# ring. Here is "$x_0$ or $x_1$, but never if $x_2$":

# %%
careful = McCullochPitts(threshold=1, inhibitory=2, n_inputs=3)
careful.draw()

# %%
careful.truth_table()

# %% [markdown]
# NOT is the smallest case: a single inhibitory input, and the threshold 0, so that the unit fires
# unless it is told not to.

# %%
NOT = McCullochPitts(threshold=0, inhibitory=0, n_inputs=1)
NOT(0), NOT(1)

# %% [markdown]
# AND, OR and NOT are all that logic needs: any table of zeros and ones can be written with them. So
# networks of such units can compute any boolean function. That is one of the paper's results. The
# units learn nothing, though. A person has to choose every threshold.
#
# ## Weights
#
# In these units all inputs count the same. The next step is to let each input have a **weight**:
# how much it counts, and whether for or against. A negative weight is a softer kind of inhibition.
#
# $$
# y = \begin{cases} 1 & \text{if } w_0 x_0 + w_1 x_1 \ge \theta \\ 0 & \text{otherwise} \end{cases}
# $$
#
# This form is due to F. Rosenblatt ("The perceptron", *Psychological Review* 65, 1958). In Python
# it is one line:


# %%
def fires(x, w, threshold):
    """A neuron with weights, for one example or for rows of them."""
    return (np.asarray(x) @ np.asarray(w) >= threshold).astype(int)


corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
for name, w, threshold in [("AND", [1, 1], 2), ("OR", [1, 1], 1), ("NAND", [-1, -1], -1)]:
    print(f"{name:4}  w = {w!s:8}  θ = {threshold:2}  answers {fires(corners, w, threshold)}")

# %% [markdown]
# NAND, "not both", has both weights negative: every active input takes 1 away, and the unit gives
# up at $-2$.
#
# ## A neuron is a line
#
# Draw the four possible inputs as four points of a plane. The points where
# $w_0 x_0 + w_1 x_1 = \theta$ form a straight line. On one side of it the neuron fires, on the
# other it does not. Choosing weights and a threshold is choosing a line.


# %%
def plane(ax, answers, w=None, threshold=None, title="", points=corners):
    """The inputs as points, filled where the answer is 1; and the neuron's line."""
    if w is not None:
        a, b = np.meshgrid(np.linspace(-0.5, 1.5, 201), np.linspace(-0.5, 1.5, 201))
        side = w[0] * a + w[1] * b - threshold
        ax.contourf(a, b, side, levels=[0, 1e9], colors=[BLUE], alpha=0.13)
        ax.contour(a, b, side, levels=[0], colors=[BLUE], linewidths=1.8)
    for point, answer in zip(points, answers):
        look = dict(marker="o", color=BLUE) if answer else dict(marker="X", color=ORANGE)
        ax.plot(*point, markersize=10, markeredgecolor="white", zorder=3, clip_on=False, **look)
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], aspect="equal")
    ax.set_title(title, fontsize=11, color=INK)


figure, axes = plt.subplots(1, 3, figsize=(8.4, 3), layout="constrained")
figure.supxlabel("blue dot: the answer is 1     orange cross: it is 0", fontsize=9, color=MUTED)
for ax, (name, w, threshold) in zip(
    axes, [("AND", [1, 1], 1.5), ("OR", [1, 1], 0.5), ("NAND", [-1, -1], -1.5)]
):
    plane(ax, fires(corners, w, threshold), w, threshold, f"{name}: w = {w}, θ = {threshold}")
    ax.set(xlabel="$x_0$", ylabel="$x_1$")

# %% [markdown]
# The thresholds here lie half-way between two counts: 1.5 does the same as 2 and leaves the points
# a little room.
#
# ## The one that fails
#
# Two inputs have four combinations, and each can be answered with 0 or 1. That makes $2^4 = 16$
# boolean functions. Which of them can one neuron compute? We try every pair of weights and every
# threshold on a small grid, and keep the first that works:

# %%
found = {}
for w0 in (-1, 0, 1):
    for w1 in (-1, 0, 1):
        for threshold in (-1.5, -0.5, 0.5, 1.5):
            found.setdefault(tuple(fires(corners, [w0, w1], threshold)), ([w0, w1], threshold))

functions = [tuple(int(digit) for digit in f"{k:04b}") for k in range(16)]
failed = [answers for answers in functions if answers not in found]
print(len(found), "found; not found:", failed)
assert failed == [(0, 1, 1, 0), (1, 0, 0, 1)]

# %%
figure, axes = plt.subplots(2, 8, figsize=(9, 2.9), layout="constrained")
for ax, answers in zip(axes.flat, functions):
    w, threshold = found.get(answers, (None, None))
    title = {(0, 1, 1, 0): "XOR", (1, 0, 0, 1): "XNOR"}.get(answers, "".join(map(str, answers)))
    plane(ax, answers, w, threshold, title)
    ax.set(xticks=[], yticks=[])
    if w is None:
        ax.set_facecolor("#FBEDE4")
        ax.title.set(color=ORANGE, fontweight="bold")

# %% [markdown]
# Above each picture stand the answers to 00, 01, 10 and 11. Fourteen have a line (where all
# answers are the same, it passes by all four points). Two have none: XOR, "one or the other but
# not both", and its opposite XNOR. Their equal answers sit on the diagonals. Whichever line you
# draw, a diagonal gets in its way.
#
# A grid is no proof: perhaps stranger weights would do. They would not. XOR asks for four things:
#
# $$
# \begin{aligned}
# (0, 0) \to 0: &\quad 0 < \theta \\
# (1, 0) \to 1: &\quad w_0 \ge \theta \\
# (0, 1) \to 1: &\quad w_1 \ge \theta \\
# (1, 1) \to 0: &\quad w_0 + w_1 < \theta
# \end{aligned}
# $$
#
# Add the two in the middle: $w_0 + w_1 \ge 2\theta$. The first says that $\theta$ is positive, so
# $2\theta > \theta$, and therefore $w_0 + w_1 > \theta$. The last says the opposite. No weights and
# no threshold satisfy all four.
#
# M. Minsky and S. Papert's book *Perceptrons* (1969) is about such limits, and XOR became their
# emblem. Functions with a line are called **linearly separable**.
#
# ## Three neurons can
#
# Say XOR in words: *at least one, and not both*. Each half is a neuron we have, and so is the
# "and":
#
# $$
# \operatorname{XOR}(a, b) =
# \operatorname{AND}\bigl(\operatorname{OR}(a, b),\ \operatorname{NAND}(a, b)\bigr)
# $$

# %%
NAND = McCullochPitts.NAND()


def xor(a, b):
    return AND(OR(a, b), NAND(a, b))


assert truth_table(xor, 2).outputs == [0, 1, 1, 0]
truth_table(xor, 2)

# %% [markdown]
# Here are the same three as a network with weights. Each neuron has a **bias** $b$ in place of the
# threshold: $w_0 x_0 + w_1 x_1 \ge \theta$ is the same as $w_0 x_0 + w_1 x_1 + b \ge 0$ with
# $b = -\theta$. A layer of neurons is a matrix of weights, one row each. We draw the network while
# it answers for the input (1, 0); the number in a neuron is what it gives.


# %%
def step(z):
    return ag.heaviside(z, 1.0)  # 1 from 0 on, as in ≥


network = nn.Sequential(
    nn.Linear(2, 2), nn.activations.Function(step), nn.Linear(2, 1), nn.activations.Function(step)
)
network[0].weight.data = np.array([[1.0, 1.0], [-1.0, -1.0]])  # OR, NAND
network[0].bias.data = np.array([-0.5, 1.5])
network[2].weight.data = np.array([[1.0, 1.0]])  # AND
network[2].bias.data = np.array([-1.5])
assert nn.predict(network, corners.astype(float)).ravel().tolist() == [0, 1, 1, 0]
network.draw([1.0, 0.0])

# %% [markdown]
# Why does one more layer help? The first two neurons do not solve the problem. They **move the
# points**. Where XOR's inputs lie at four corners that no line can part, the pairs (OR, NAND) lie
# at three, and those a line can part:

# %%
hidden = np.stack([OR(corners), NAND(corners)], axis=1)
answers = [0, 1, 1, 0]
figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.5), layout="constrained")
plane(left, answers, title="the inputs: no line parts them")
left.set(xlabel="$x_0$", ylabel="$x_1$")
plane(right, answers, [1, 1], 1.5, "after the first layer: one does", points=hidden)
right.set(xlabel="OR", ylabel="NAND")
for ax, points, names in [
    (left, corners, ["00", "01", "10", "11"]),
    (right, hidden[[0, 1, 3]], ["00", "01 and 10", "11"]),
]:
    for point, name in zip(points, names):
        ax.annotate(name, point, xytext=(0, 9), textcoords="offset points", ha="center", color=INK)

# %% [markdown]
# The inputs 01 and 10, whose answers are equal, have come to lie on one another. Keep this picture
# in mind: every network in this course, up to the one that reads digits, works by moving points
# until a line can part them.
#
# ## Exercises
#
# **1. Majority.** Build a unit with three inputs that fires if at least two of them are active.
#
# <details><summary>Solution</summary>
#
# ```python
# majority = McCullochPitts(threshold=2, n_inputs=3)
# assert majority.truth_table().outputs == [0, 0, 0, 1, 0, 1, 1, 1]
# ```
#
# It is the AND of two inputs with one more wire. Between OR (threshold 1) and AND (threshold 3) of
# three inputs lies the vote.
#
# </details>
#
# **2. The veto is too strong.** `NAND.draw()` says that in our NAND an active input *takes one
# away* and does not silence the unit. Why can a unit with a veto, as in the paper, not compute
# NAND?
#
# <details><summary>Solution</summary>
#
# ```python
# for threshold in (-2, -1, 0, 1, 2):
#     for inhibitory in ([], [0], [1], [0, 1]):
#         unit = McCullochPitts(threshold, inhibitory, n_inputs=2)
#         assert unit.truth_table().outputs != [1, 1, 1, 0]
# ```
#
# NAND has to fire for (0, 1) and (1, 0), so neither input may have a veto. Without a veto both
# inputs excite, and then (1, 1) is at least as exciting as the others. The paper treats the milder
# inhibition as a variant, and shows that networks of either kind can do what those of the other
# can.
#
# </details>
#
# **3. A half adder.** Adding two binary digits gives a sum digit and a carry: 1 + 1 is binary 10.
# Build a function `add(a, b)` that returns both. How many neurons does it take?
#
# <details><summary>Solution</summary>
#
# ```python
# def add(a, b):
#     carry = AND(a, b)
#     unit = McCullochPitts(threshold=1, inhibitory=2, n_inputs=3)
#     return unit(a, b, carry), carry
#
# assert [add(a, b) for a, b in corners] == [(0, 0), (1, 0), (1, 0), (0, 1)]
# ```
#
# Two are enough: the carry is an AND, and the sum is XOR, "one of them, unless both", where the
# carry has the veto. This is the unit `careful` from above.
#
# </details>
#
# ## What you saw
#
# - A McCulloch-Pitts neuron counts its active inputs and compares the count with a threshold.
# - With weights it is a straight line that parts the plane of its inputs.
# - 14 of the 16 boolean functions of two inputs have such a line. XOR and XNOR have none.
# - A second layer helps because the first one moves the points.
#
# We chose all weights by hand. Next: [a neuron that finds its
# own](02-perceptron-and-sigmoid.ipynb).
