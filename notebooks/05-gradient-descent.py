# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 5. Gradient descent: downhill by slope alone
#
# **The question.** A loss says how wrong a network is. How do we turn its weights so that the loss
# falls, when all that we can see is the slope under our feet?
#
# At the end you will be able to
#
# - take a step of gradient descent by hand;
# - tell from a picture whether a learning rate is too small, good or too large, and say where the
#   limit is;
# - say why a narrow valley is slow, and what momentum and Adam do about it;
# - choose between whole batches, single examples and mini-batches.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, viz

BLUE, ORANGE, INK, MUTED = "#0072B2", "#D55E00", "#1E293B", "#64748B"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## One weight: slope and tangent
#
# Take one weight $w$ and the loss $L(w) = w^2$. At $w = 2$ the slope is $L'(2) = 4$. The slope is
# positive, so a larger $w$ makes the loss larger. Then go the other way:
#
# $$w \leftarrow w - \eta\, L'(w)$$
#
# (Cauchy, 1847, "Méthode générale pour la résolution des systèmes d'équations simultanées"). The
# positive number $\eta$, eta, is the **learning rate**. With $\eta = 0.25$ the first step is $2 -
# 0.25 \cdot 4 = 1$, the next $1 - 0.25 \cdot 2 = 0.5$. `viz.descend` walks and keeps notes:

# %%
path = viz.descend(lambda w: w * w, 2.0, lr=0.25, steps=4)
for w, loss, slope in zip(path.points[:, 0], path.losses, path.slopes[:, 0], strict=True):
    print(f"w {w:6.3f}   loss {loss:6.3f}   slope {slope:6.3f}")

# %% [markdown]
# Each step is shorter than the one before, though $\eta$ stays: the slope itself shrinks as we
# come near the bottom.
#
# Why does it go down? Near $w$ the curve is almost its **tangent**, the straight line with the
# same slope. Along the tangent a step of $-\eta L'(w)$ changes the loss by
#
# $$L\big(w - \eta L'(w)\big) - L(w) \;\approx\; -\eta\, L'(w)^2 ,$$
#
# and a square is never negative. The catch is the "$\approx$". The tangent can be trusted near the
# point where it touches, and no further.
#
# ## Too small, good, too large
#
# Here is a curve with two valleys, walked with three learning rates. Each blue line is a tangent
# that was followed, the dots are the points that were visited, twenty steps in all.


# %%
def valley(w):
    return w**4 - 2 * w**2 + 0.5 * w


viz.descent(valley, 1.6, lr=(0.003, 0.05, 0.22), low=-1.75, high=1.75)

# %% [markdown]
# - **Too small.** Every step goes down, but the steps run out on the way to the bottom.
# - **Good.** A few large steps, then small ones, then it rests. It rests in the *right* valley,
#   though the left one is deeper: descent finds *a* bottom near its start, not the lowest one.
# - **Too large.** The first step leaves the part of the curve where its tangent is true, and jumps
#   past the near valley. In the other one it goes on from wall to wall and does not come to rest.
#
# ## Where is the limit?
#
# On a parabola it can be computed. Let $L(w) = \tfrac{1}{2} k w^2$, where $k$ is the curvature,
# how fast the slope changes. Then $L'(w) = k w$, and one step makes
#
# $$w - \eta k w = (1 - \eta k)\, w .$$
#
# Every step multiplies $w$ by the same factor. It shrinks if that factor is between −1 and 1, that
# is, if $\eta < 2/k$. At $\eta = 1/k$ the factor is 0, and one step reaches the bottom. (LeCun,
# Bottou, Orr and Müller, "Efficient BackProp", 1998, section 5.)

# %%
k = 2.0
kinds = {0.1: "creeps", 0.5: "arrives", 1.8: "swings", 2.05: "runs away"}
figure, plots = plt.subplots(1, 4, figsize=(9, 2.7), sharey=True, layout="constrained")
for axes, (share, kind) in zip(plots, kinds.items(), strict=True):
    walk = viz.descend(lambda w: 0.5 * k * w * w, 2.0, lr=share / k, steps=12)
    axes.axhline(0, color=MUTED, lw=0.8)
    axes.plot(walk.points[:, 0], color=BLUE if share < 2 else ORANGE, marker="o", ms=4)
    axes.set_title(f"η = {share:g} / k: {kind}", loc="left", fontsize=11)
    axes.set_xlabel("step")
plots[0].set_ylabel("w")
plt.show()

# %% [markdown]
# Real losses are no parabolas, but close to a bottom a smooth curve looks like one, so all four
# pictures are met in practice. In a plot of the loss over time, creeping looks like a long flat
# line, and running away like a line that rises to infinity.
#
# ## Two weights: the valley
#
# With two weights the loss is a landscape. Draw it as a map: each line joins points of the same
# height. The **gradient** is the list of both slopes, and it points straight up the hill, at a
# right angle to the line. One rule serves any number of weights:
#
# $$\mathbf{w} \leftarrow \mathbf{w} - \eta\, \nabla L(\mathbf{w}), \qquad
#   \nabla L = \Big(\frac{\partial L}{\partial w_0}, \frac{\partial L}{\partial w_1}\Big)$$


# %%
def ravine(w):
    return w[0] ** 2 + 25 * w[1] ** 2


viz.descent(ravine, (4.0, 1.0), lr=(0.003, 0.03, 0.0402))

# %% [markdown]
# This valley is narrow: the curvature is 2 along $w_0$ and 50 along $w_1$. The limit is set by the
# *steepest* direction, $\eta < 2/50 = 0.04$, and the third picture is just above it. The time is
# set by the *flattest* direction: even at the limit the distance along $w_0$ shrinks by a factor
# of $1 - 0.04 \cdot 2 = 0.92$ a step, no faster. The second picture counts as good since its slope
# is nearly gone, and still it creeps along the floor. The more unequal the curvatures, the slower
# the walk. That is why inputs are scaled to a mean of 0 and a standard deviation of 1: it makes
# valleys rounder.
#
# ## Momentum and Adam
#
# Two ideas help in narrow valleys. **Momentum** (Polyak, "Some methods of speeding up the
# convergence of iteration methods", 1964) lets a ball roll. It keeps a share $\mu$ of its speed,
# so swings cancel and steady slopes add up:
#
# $$\mathbf{v} \leftarrow \mu\, \mathbf{v} + \nabla L, \qquad
#   \mathbf{w} \leftarrow \mathbf{w} - \eta\, \mathbf{v}$$
#
# **Adam** (Kingma and Ba, "Adam: a method for stochastic optimization", 2015) gives each weight a
# step of its own. It averages the gradient $g$ and its square, and divides the one by the root of
# the other. In step $t$, for each weight:
#
# $$
# \begin{aligned}
# m &\leftarrow \beta_1 m + (1 - \beta_1)\, g, & \hat m &= m / (1 - \beta_1^t)\\
# s &\leftarrow \beta_2 s + (1 - \beta_2)\, g^2, & \hat s &= s / (1 - \beta_2^t)\\
# w &\leftarrow w - \eta\, \hat m / \big(\sqrt{\hat s} + \varepsilon\big)
# \end{aligned}
# $$
#
# (They write $v$ for our $s$.) The hats mend the start, when $m$ and $s$ are still 0. Since $\hat
# m / \sqrt{\hat s}$ is about 1 in size while a slope keeps its sign, steep and flat directions go
# at the same pace.


# %%
def walk(make, steps=40):
    w = Tensor([4.0, 1.0], requires_grad=True)
    optimizer = make([w])
    points = [w.numpy().copy()]
    for _ in range(steps):
        optimizer.zero_grad()
        ravine(w).backward()
        optimizer.step()
        points.append(w.numpy().copy())
    return np.array(points)


walks = {
    "plain, η = 0.03": walk(lambda p: nn.optim.SGD(p, lr=0.03)),
    "momentum 0.8, η = 0.01": walk(lambda p: nn.optim.SGD(p, lr=0.01, momentum=0.8)),
    "Adam, η = 0.2": walk(lambda p: nn.optim.Adam(p, lr=0.2)),
}
X, Y = np.meshgrid(np.linspace(-1.5, 4.5, 120), np.linspace(-1, 1.3, 80))
levels = [0.1, 1, 3, 7, 13, 21, 31, 43]
figure, plots = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
for axes, (name, points) in zip(plots, walks.items(), strict=True):
    axes.contour(X, Y, ravine((X, Y)), levels=levels, colors="#CBD5E1", linewidths=1)
    axes.plot(*points.T, color=ORANGE, marker="o", ms=3, lw=1.3)
    axes.plot(*points[0], "o", mfc="white", mec=BLUE, ms=8)
    title = f"{name}\nloss after 20: {ravine(points[20]):.2f}"
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("w[0]")
plots[0].set_ylabel("w[1]")
plt.show()
for name, points in walks.items():
    print(f"{name}: loss after 40 steps {ravine(points[-1]):.4f}")

# %% [markdown]
# After 20 steps both have overtaken plain descent. After 40 momentum is far ahead, and Adam is
# last: its steps stay almost $\eta$ long until its averages calm down, so it circles round the
# bottom. That is why $\eta$ is usually made smaller towards the end of training (`nn.fit(...,
# scheduler="cosine")`). Adam's strength is another one: a single $\eta$ suits weights whose
# gradients differ a thousandfold, as those of different layers do. Exercise 3 shows it.
#
# ## Whose slope? Batch, single example, mini-batch
#
# A real loss is a mean over examples, $L = \frac{1}{n}\sum_i L_i$, and so is its gradient. Must we
# look at all of them before each step? Take a line $y = w x + b$ through 200 noisy points, whose
# true slope and intercept are 2 and 1.

# %%
rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, 200)
y = 2 * x + 1 + rng.normal(0, 0.5, 200)


def gradients(w, b, x, y):
    error = w * x + b - y
    return 2 * error * x, 2 * error  # of each example: the slopes by w and by b


w_best, b_best = np.polyfit(x, y, 1)
exact = np.array([g.mean() for g in gradients(0, 0, x, y)])
print(f"gradient at (0, 0) over all 200: ({exact[0]:.2f}, {exact[1]:.2f})")

guesses = {}
for size in (1, 10, 100):
    picks = [rng.choice(200, size) for _ in range(400)]
    every = [gradients(0, 0, x[i], y[i]) for i in picks]
    guesses[size] = np.array(every).mean(axis=2)
    spread = guesses[size][:, 1].std()
    print(f"from {size:3} examples: ∂L/∂b is off by about {spread:.2f}")

# %%
figure, plots = plt.subplots(1, 3, figsize=(9, 3), sharex=True, sharey=True)
for axes, (size, guess) in zip(plots, guesses.items(), strict=True):
    axes.plot(*guess.T, "o", color=BLUE, ms=3, alpha=0.35, mew=0)
    axes.plot(*exact, "P", color=ORANGE, ms=11, mec="white")
    axes.set_title(f"400 guesses from {size}", loc="left")
    axes.set_xlabel("∂L/∂w")
plots[0].set_ylabel("∂L/∂b")
plt.show()

# %% [markdown]
# The cross is the exact gradient. A few examples give a *guess* of it, right on average and noisy.
# The noise shrinks with the root of their number: a hundred times the examples, a tenth of the
# noise. The guess from ten examples costs a twentieth of the exact gradient. Is it better to take
# one exact step, or twenty rough ones? (Robbins and Monro, "A stochastic approximation method",
# 1951, showed that rough ones do arrive.)
#
# Three runs that each look at every example four times, with the same learning rate:


# %%
def run(size, lr=0.05, epochs=4):
    w = Tensor([-1.0, 3.0], requires_grad=True)
    optimizer = nn.optim.SGD([w], lr=lr)
    points = [w.numpy().copy()]
    for epoch in range(epochs):
        for xb, yb in nn.data.batches(x, y, batch_size=size, rng=epoch):
            optimizer.zero_grad()
            nn.losses.mse_loss(w[0] * xb + w[1], yb).backward()
            optimizer.step()
            points.append(w.numpy().copy())
    return np.array(points)


runs = {
    "all 200: 4 steps": run(200),
    "mini-batch of 10: 80 steps": run(10),
    "one by one: 800 steps": run(1),
}
X, Y = np.meshgrid(np.linspace(-1.5, 3, 90), np.linspace(0, 3.5, 90))
heights = ((X[..., None] * x + Y[..., None] - y) ** 2).mean(axis=-1)
levels = [0.3, 0.5, 1, 2, 3.5, 5, 7]
figure, plots = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
for axes, (name, points) in zip(plots, runs.items(), strict=True):
    axes.contour(X, Y, heights, levels=levels, colors="#CBD5E1", linewidths=1)
    axes.plot(*points.T, color=ORANGE, marker="o", ms=2.5, lw=1)
    axes.plot(*points[0], "o", mfc="white", mec=BLUE, ms=8)
    axes.plot(w_best, b_best, "P", color=INK, mec="white", ms=10)
    axes.set_title(name, loc="left", fontsize=11)
    axes.set_xlabel("w")
plots[0].set_ylabel("b")
plt.show()


# %%
def distance(points):
    return np.linalg.norm(points[-1] - [w_best, b_best])


for name, points in runs.items():
    print(f"{name}: {distance(points):.2f} from the best line")

# %% [markdown]
# For the same work, the **batch** has taken four exact steps and is nowhere near. **One by one**
# (stochastic gradient descent in the strict sense) has arrived early, and then jitters: each
# example pulls towards itself, and at the bottom these pulls cancel only on average. The
# **mini-batch** walks almost straight and comes as close. It is what everybody uses, also because
# a computer multiplies ten rows at once hardly slower than one.
#
# The jitter grows with $\eta$, so a learning rate that falls over time gets the best of both:
# large steps while far away, small ones at the end.
#
# ## Exercises
#
# **1. The limit.** Let $L(w) = 3 (w - 2)^2$. What is the curvature? From which learning rate on
# does descent run away, and with which one does it arrive in a single step? Try both with
# `viz.descend`.
#
# <details><summary>Solution</summary>
#
# ```python
# def loss_at(w):
#     return 3 * (w - 2) ** 2
#
# once = viz.descend(loss_at, 5.0, lr=1 / 6, steps=1)
# assert abs(once.points[-1, 0] - 2) < 1e-12
# assert viz.descend(loss_at, 5.0, lr=0.34).losses[-1] > loss_at(5.0)
# assert viz.descend(loss_at, 5.0, lr=0.33).losses[-1] < loss_at(5.0)
# ```
#
# $L'(w) = 6 (w - 2)$, so $k = 6$: the limit is $2/6 \approx 0.333$, and $1/6$ arrives at once.
# Where the bottom is does not matter.
#
# </details>
#
# **2. Start elsewhere.** Walk down `valley` with $\eta = 0.05$ from 40 starting points between
# −1.75 and 1.75. Which of them end in the deeper valley? What is special about the place where it
# changes?
#
# <details><summary>Solution</summary>
#
# ```python
# starts = np.linspace(-1.75, 1.75, 40)
# paths = [viz.descend(valley, float(w), lr=0.05, steps=80) for w in starts]
# ends = np.array([path.points[-1, 0] for path in paths])
# change = starts[ends < 0].max()
# assert 0 < change < 0.2
# ```
#
# All that begin left of about 0.13. There is the top of the hill between the valleys, where the
# slope is 0 too. With this small $\eta$ each start ends in the valley on its own side.
#
# </details>
#
# **3. The same loss in pence.** Multiply the loss by 100, as if pounds became pence. Walk down
# `100 * ravine` with the same learning rates. What becomes of plain descent? Of Adam?
#
# <details><summary>Solution</summary>
#
# ```python
# def last(make, scale):
#     w = Tensor([4.0, 1.0], requires_grad=True)
#     optimizer = make([w])
#     for _ in range(40):
#         optimizer.zero_grad()
#         (scale * ravine(w)).backward()
#         optimizer.step()
#     return w.numpy()
#
# assert np.abs(last(lambda p: nn.optim.SGD(p, lr=0.03), 100)).max() > 1e6
# pounds, pence = (last(lambda p: nn.optim.Adam(p, lr=0.2), k) for k in (1, 100))
# assert np.allclose(pounds, pence, atol=1e-5)
# ```
#
# The curvature is a hundred times larger, so plain descent is far beyond its limit. Adam divides
# by the size of the gradient, and takes the same steps as before.
#
# </details>
#
# **4. Momentum by hand.** Write the walk with momentum in NumPy, from the formula, and compare
# with `nn.optim.SGD`.
#
# <details><summary>Solution</summary>
#
# ```python
# w, v = np.array([4.0, 1.0]), np.zeros(2)
# for _ in range(40):
#     v = 0.8 * v + np.array([2 * w[0], 50 * w[1]])
#     w = w - 0.01 * v
# assert np.allclose(w, walks["momentum 0.8, η = 0.01"][-1])
# ```
#
# Two lines in the loop, and the same numbers.
#
# </details>
#
# ## What you saw
#
# - A step goes against the slope; the tangent promises how much the loss falls, for small steps.
# - Below $2/k$ descent arrives, above it runs away; the steepest direction sets the limit, the
#   flattest one the time.
# - Momentum and Adam get through narrow valleys faster, and need a falling learning rate to
#   settle.
# - Mini-batches buy many rough steps for the price of one exact step.
#
# All of it needs the slope for every weight. Next: [Backpropagation](06-backpropagation.ipynb)
# finds them all at once.
#
# Sources: A. Cauchy, *Comptes rendus* 25 (1847), 536–538. H. Robbins, S. Monro, *Annals of
# Mathematical Statistics* 22 (1951), 400–407. B. Polyak, *USSR Computational Mathematics and
# Mathematical Physics* 4 (1964), 1–17. Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, in *Neural
# Networks: Tricks of the Trade* (1998). D. Kingma, J. Ba, ICLR (2015).
