# %% [markdown]
# # 2. Perceptron and sigmoid neuron
#
# **How can a neuron find its own weights?**
#
# In [the first notebook](01-neuron.ipynb) we chose them by hand. Here two neurons learn them from
# examples: the perceptron by a rule of its own, the sigmoid neuron by going down a slope. At the
# end you will be able to
#
# - read weights as trust and the bias as a moved threshold,
# - train a perceptron, and say when it comes to rest and when it never will,
# - explain why a smooth neuron is easier to teach than one that jumps.

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import nn
from autograd import Value, viz
from autograd.viz.colours import BLUE, INK, MUTED, ORANGE
from nn.neurons import plot_activation

plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams["axes.edgecolor"] = MUTED

# %% [markdown]
# ## Shall I see this film?
#
# Two critics, Ann and Bo, give films one to five stars. I have kept a list: what they gave, and
# whether I liked the film.

# %%
films = [  # title, Ann's stars, Bo's stars, liked
    ("Harbour Lights", 4, 3, 1),
    ("Two Left Feet", 1, 2, 0),
    ("Robots Again", 1, 1, 0),
    ("The Long Winter", 5, 3, 1),
    ("Fast and Louder", 2, 2, 0),
    ("Night Shift", 3, 4, 0),
    ("A Quiet Year", 5, 4, 1),
    ("Paper Moons", 3, 1, 1),
    ("Café Central", 5, 1, 1),
    ("Salt", 5, 2, 1),
]
stars = np.array([film[1:3] for film in films], dtype=float)
liked = np.array([film[3] for film in films])

# %% [markdown]
# The perceptron adds up the stars, each critic's times a **weight**, adds a **bias**, and says yes
# from zero on:
#
# $$
# \hat y = \begin{cases}
# 1 & \text{if } w_0 x_0 + w_1 x_1 + b \ge 0 \\
# 0 & \text{otherwise}
# \end{cases}
# $$
#
# (F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in
# the brain", *Psychological Review* 65, 1958.)
#
# A weight says how much I trust that critic. A large one: I follow them. Zero: I do not care. A
# negative one: what they praise, I tend to dislike. Let me guess that I follow both alike, and want
# six stars in all:

# %%
guess = nn.Perceptron(weights=[1, 1], bias=-6)
guess.draw()

# %%
wrong = [film[0] for film, says in zip(films, guess(stars)) if says != film[3]]
print(f"right for {guess.score(stars, liked):.0%} of the films; wrong about {', '.join(wrong)}")

# %% [markdown]
# ## The bias is a moved threshold
#
# "At least six stars" is the threshold $\theta = 6$ of the first notebook. Bringing it to the other
# side makes it the bias: $w \cdot x \ge \theta$ is the same as $w \cdot x + b \ge 0$ with
# $b = -\theta$. In the drawing above it is one more wire, the weight of an input that is always 1.
# So it can be learned like any weight.
#
# In the plane of the two ratings, weights turn the line and the bias shifts it:


# %%
def plane(ax, answers=liked, title=""):
    for (ann, bo), answer in zip(stars, answers):
        look = dict(marker="o", color=BLUE) if answer else dict(marker="X", color=ORANGE)
        ax.plot(ann, bo, markersize=9, markeredgecolor="white", zorder=3, **look)
    ax.set(xlim=(0.4, 5.6), ylim=(0.4, 5.6), xticks=range(1, 6), yticks=range(1, 6))
    ax.set(xlabel="Ann's stars", ylabel="Bo's stars", aspect="equal")
    ax.set_title(title, fontsize=10, color=INK)


grid = np.stack(np.meshgrid(np.linspace(0.4, 5.6, 201), np.linspace(0.4, 5.6, 201)), axis=-1)


def line(ax, neuron, fill=True, **look):
    z = neuron.decision_function(grid.reshape(-1, 2)).reshape(201, 201)
    if fill and z.max() > 0:
        ax.contourf(grid[..., 0], grid[..., 1], z, levels=[0, 1e9], colors=[BLUE], alpha=0.13)
    if z.min() < 0 < z.max():
        return ax.contour(grid[..., 0], grid[..., 1], z, levels=[0], **look)


figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.6), layout="constrained")
plane(left, title="the bias shifts the line (w = 1, 1)")
plane(right, title="weights turn it")
for bias, style in [(-4, "dotted"), (-6, "solid"), (-8, "dashed")]:
    middle = [(-bias / 2 - 0.9, -bias / 2 + 0.9)]
    drawn = line(left, nn.Perceptron([1, 1], bias), False, colors=[INK], linestyles=style)
    left.clabel(drawn, fmt=f"b = {bias}", fontsize=9, manual=middle)
for weights, bias, style, place in [
    ([1, 1], -6, "solid", (1.6, 4.4)),
    ([1, 0], -3, "dashed", (3, 4.9)),
    ([1, -1], 0, "dotted", (4.7, 4.7)),
]:
    drawn = line(right, nn.Perceptron(weights, bias), False, colors=[INK], linestyles=style)
    right.clabel(drawn, fmt="w = {}, {}".format(*weights), fontsize=9, manual=[place])
plt.show()

# %% [markdown]
# Blue dots are films I liked, orange crosses those I did not. A line that parts them exists. It is
# not the one that I guessed.
#
# ## Learning from mistakes
#
# Rosenblatt's rule looks at one example at a time. If the answer is right, nothing happens. If it
# is wrong, the example itself is added to the weights, or taken from them:
#
# $$
# w \leftarrow w + \eta\,(y - \hat y)\,x, \qquad b \leftarrow b + \eta\,(y - \hat y)
# $$
#
# Here $y$ is the truth and $\hat y$ the answer, so that $y - \hat y$ is $1$, $0$ or $-1$. The
# **learning rate** $\eta$ says how far to go; here it is 1.
#
# The rule makes sense. Did the neuron say no to a film that I liked? Then adding $x$ to $w$ raises
# $w \cdot x$ by $x \cdot x$, which is never negative: next time it is closer to a yes.

# %%
neuron = nn.Perceptron().fit(stars, liked)
assert (neuron.mistakes_, neuron.weights.tolist(), neuron.bias) == (6, [3, -3], -2)
print(f"{neuron.mistakes_} mistakes in {neuron.n_iter_} passes; at rest: {neuron.converged_}")
neuron.draw()

# %% [markdown]
# So I follow Ann, and what Bo praises counts against a film, just as much. Six mistakes were
# enough. Here they are, one by one. Each picture shows the line after the mistake on the ringed
# film, and in blue where the neuron then says yes. After mistakes 1 and 4 it says no to
# everything, after 2 yes:

# %%
learner, frames = nn.Perceptron(), []
for _ in range(neuron.n_iter_):
    for k in range(len(films)):
        before = learner.mistakes_
        learner.partial_fit(stars[k : k + 1], liked[k : k + 1], classes=[0, 1])
        if learner.mistakes_ > before:
            frames.append((k, nn.Perceptron(learner.weights, learner.bias)))

figure, axes = plt.subplots(2, 3, figsize=(8.4, 6), layout="constrained")
for number, (ax, (k, then)) in enumerate(zip(axes.flat, frames), 1):
    w, b = then.weights, then.bias
    plane(ax, title=f"{number}. w = ({w[0]:g}, {w[1]:g}), b = {b:g}")
    line(ax, then, colors=[BLUE])
    ax.plot(*stars[k], "o", markersize=17, markerfacecolor="none", markeredgecolor=INK)
    ax.label_outer()

# %% [markdown]
# The line jumps about and then rests. That is no luck. If a line exists, the rule finds one after a
# limited number of mistakes, however the examples are ordered:
#
# $$ \text{mistakes} \le \left( \frac{R}{\gamma} \right)^2 $$
#
# Here each example has the 1 of the bias appended, $R$ is the length of the longest, and $\gamma$
# the distance of the nearest from the best dividing plane through the origin. (A. B. J. Novikoff,
# "On convergence proofs for perceptrons", 1962.) The wider the gap, the fewer the mistakes.
#
# If no line exists, there is no rest. Say that I walked out of *Café Central*:

# %%
changed = liked.copy()
changed[8] = 0


def mistakes_per_pass(answers, passes=30):
    learner, counts = nn.Perceptron(), [0]
    for _ in range(passes):
        learner.partial_fit(stars, answers, classes=[0, 1])
        counts.append(learner.mistakes_)
    return np.diff(counts)


assert mistakes_per_pass(changed, 300).min() > 0
figure, ax = plt.subplots(figsize=(7.2, 2.8), layout="constrained")
passes = range(1, 31)
ax.plot(passes, mistakes_per_pass(changed), "o--", color=ORANGE, ms=4)
ax.plot(passes, mistakes_per_pass(liked), "o-", color=BLUE, ms=4)
ax.annotate("no line parts them", (30, mistakes_per_pass(changed).max()), color=ORANGE, ha="right")
ax.annotate("a line parts them", (30, 0.25), color=BLUE, ha="right")
ax.set(xlabel="pass over the ten films", ylabel="mistakes", ylim=(-0.3, None))
plt.show()

# %% [markdown]
# One film spoils it: *Café Central* now lies beyond films that I liked. The perceptron knows no
# compromise. It can only be right or wrong, and "almost right" does not exist for it.
#
# ## From a step to a slope
#
# Where does that come from? From the jump in its answer. The **sigmoid neuron** has a smooth curve
# in place of the step:
#
# $$ \hat y = \sigma(w \cdot x + b), \qquad \sigma(z) = \frac{1}{1 + e^{-z}} $$
#
# (M. A. Nielsen, *Neural Networks and Deep Learning*, 2015, chapter 1.) Its answer lies between 0
# and 1 and can be read as a probability. Far from zero it says the same as the step. Multiply the
# weights and the bias by ten, and you can hardly tell them apart:

# %%
plot_activation()
plt.show()

# %% [markdown]
# What is gained is this: **a small change of a weight makes a small change of the answer.** In the
# step neuron it makes no change at all, or a jump. Watch the answer for one film while one weight
# moves:

# %%
film = stars[5]  # Night Shift: three stars from Ann, four from Bo
ws = np.linspace(0, 8, 401)
steps = [nn.Perceptron([w, -3], -2)(film) for w in ws]
smooth = [nn.SigmoidNeuron([w, -3], bias=-2).predict_proba(film) for w in ws]
figure, ax = plt.subplots(figsize=(7.2, 3), layout="constrained")
ax.plot(ws, steps, "--", color=ORANGE, lw=2, label="perceptron")
ax.plot(ws, smooth, color=BLUE, lw=2, label="sigmoid neuron")
ax.set(xlabel="weight of Ann's stars", ylabel="answer for Night Shift")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# On the dashed line a learner stands on a flat plain: nothing tells it which way the cliff is. On
# the curve there is a slope everywhere, and the slope is a derivative. For a small change,
#
# $$ \Delta \hat y \approx \frac{\partial \hat y}{\partial w_0} \Delta w_0 $$
#
# (Nielsen 2015, chapter 1, for all weights at once). Blamegraph computes these derivatives, and
# draws them. Here is the neuron with the weights $(4, -3)$ and the bias $-2$, looking at *Night
# Shift*:

# %%
smooth_neuron = nn.SigmoidNeuron(weights=[4, -3], bias=-2)
ann, bo = Value(3.0, label="Ann"), Value(4.0, label="Bo")
out = smooth_neuron.to_scalar()([ann, bo])
out.label = "answer"
out.backward()
viz.draw(out)

# %% [markdown]
# Read it from the right. The answer is 0.1192. Each box says how much the answer would change with
# it (`grad`), and the numbers on the arrows say how that came about: what arrived from the right,
# times the slope of this one operation. The weight `w0` has the gradient 0.315. So a change of 0.1
# should raise the answer by about 0.0315:

# %%
before = smooth_neuron.predict_proba([3, 4])
after = nn.SigmoidNeuron(weights=[4.1, -3], bias=-2).predict_proba([3, 4])
print(f"the answer rises from {before:.4f} to {after:.4f}, by {after - before:.4f}")
assert abs(after - before - 0.0315) < 0.005

# %% [markdown]
# It is a little more, 0.0353, as the curve bends upwards here. How such pictures are computed is
# the subject of [notebook 6](06-backpropagation.ipynb).
#
# ## Going down the slope
#
# To learn, the neuron needs a number that says how wrong it is, the **cost**, and goes against the
# cost's gradient:
#
# $$
# w \leftarrow w - \eta \frac{\partial C}{\partial w}, \qquad
# b \leftarrow b - \eta \frac{\partial C}{\partial b}
# $$
#
# That is **gradient descent** (A. Cauchy, 1847). The cost here is cross-entropy, which [notebook
# 4](04-losses.ipynb) explains: for now, it is small if the probabilities are high for what
# happened. We teach the neuron both lists, the one with a line and the one without:

# %%
happy = nn.SigmoidNeuron().fit(stars, liked, lr=0.2, epochs=1000)
spoilt = nn.SigmoidNeuron().fit(stars, changed, lr=0.2, epochs=1000)

shades = LinearSegmentedColormap.from_list("no to yes", ["#EFB48F", "#FFFFFF", "#8FBFDD"])
figure, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
axes[0].semilogx(range(1, 1001), spoilt.costs, "--", color=ORANGE, label="changed list")
axes[0].semilogx(range(1, 1001), happy.costs, color=BLUE, label="first list")
axes[0].set(xlabel="step", ylabel="cost", ylim=(0, None))
axes[0].set_title("the cost goes down", fontsize=10, color=INK)
axes[0].legend(frameon=False, fontsize=9)
for ax, one, answers, title in [
    (axes[1], happy, liked, "first list"),
    (axes[2], spoilt, changed, "changed list"),
]:
    p = one.predict_proba(grid.reshape(-1, 2)).reshape(201, 201)
    filled = ax.contourf(grid[..., 0], grid[..., 1], p, levels=np.linspace(0, 1, 11), cmap=shades)
    ax.contour(grid[..., 0], grid[..., 1], p, levels=[0.5], colors=[INK])
    plane(ax, answers, title)
figure.colorbar(filled, ax=axes[2], label="probability that I like it", ticks=[0, 0.5, 1])
plt.show()

# %%
for name, one, answers in [("first", happy, liked), ("changed", spoilt, changed)]:
    wrong = [film[0] for film, ok in zip(films, one.predict(stars) == answers) if not ok]
    print(f"{name} list: weights {one.weights.numpy().round(2)}, wrong about {wrong}")
assert (happy.predict(stars) == liked).all() and wrong == ["Paper Moons", "Café Central"]
new = [[4, 1], [3, 3], [2, 5]]
for pair, p in zip(new, happy.predict_proba(new)):
    print(f"Ann {pair[0]}, Bo {pair[1]}: I like it with probability {p:.2f}")

# %% [markdown]
# For the first list it agrees with the perceptron, Ann for and Bo against, and adds shades: three
# stars from each mean "probably not". For the changed list it settles for a **compromise**. It
# gives up two films, *Paper Moons* and *Café Central*, and gets the other eight right.
#
# ## Exercises
#
# **1. Write the rule.** Learn from `stars` and `liked` with the perceptron's rule in plain NumPy,
# and count the mistakes. Do you get what `nn.Perceptron` got?
#
# <details><summary>Solution</summary>
#
# ```python
# w, b, mistakes, rest = np.zeros(2), 0.0, 0, False
# while not rest:
#     rest = True
#     for x, y in zip(stars, liked):
#         error = y - (w @ x + b >= 0)
#         if error:
#             w, b, mistakes, rest = w + error * x, b + error, mistakes + 1, False
# assert mistakes == neuron.mistakes_ and w.tolist() == neuron.weights.tolist()
# ```
#
# From the same start and in the same order, it is the same to the last bit.
#
# </details>
#
# **2. How steep?** Multiply the weights and the bias of `happy` by 10. What happens to its line,
# and what to its probabilities?
#
# <details><summary>Solution</summary>
#
# ```python
# steep = nn.SigmoidNeuron(10 * happy.weights.numpy(), bias=10 * happy.bias.item())
# assert (steep.predict(stars) == happy.predict(stars)).all()
# assert abs(steep.predict_proba(stars) - liked).max() < 0.001
# ```
#
# The line $w \cdot x + b = 0$ stays where it is. The probabilities go to 0 and 1: the neuron
# becomes a perceptron.
#
# </details>
#
# **3. Does the learning rate matter?** Train the perceptron with `lr=0.1` and with `lr=100`. Why is
# the number of mistakes the same?
#
# <details><summary>Solution</summary>
#
# ```python
# for lr in (0.1, 100):
#     other = nn.Perceptron().fit(stars, liked, lr=lr)
#     assert other.mistakes_ == 6
# ```
#
# From zero weights, the rate multiplies all weights and the bias alike, and a step only asks for
# the sign. For the sigmoid neuron it matters very much, as [notebook 5](05-gradient-descent.ipynb)
# shows.
#
# </details>
#
# ## What you saw
#
# - Weights say how much each input counts, the bias moves the threshold.
# - The perceptron learns from mistakes, and comes to rest if a line parts the examples, else never.
# - The sigmoid neuron answers smoothly: small changes of weights make small changes of the answer.
# - So it can follow the slope of a cost, and finds a compromise where no line exists.
#
# The sigmoid is one curve of many. Next: [activation functions](03-activations.ipynb).
