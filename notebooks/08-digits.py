# %% [markdown]
# # 8. Reading digits
#
# **Can a network of a few dozen neurons read handwriting, and can we see what it looks at?**
#
# So far a neuron was a thing we wrote down one number at a time. Real models do the same sums in
# bulk, with matrices. At the end of this notebook you will be able to
#
# - write a layer for a whole batch as $H = XW^\top + b$, and know every shape in it;
# - write its backward pass in four lines of NumPy;
# - train a network on 1,797 images of digits, and measure it honestly;
# - ask the trained network which neurons, which pixels and which examples mattered.

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

import nn
from autograd import viz
from nn.colours import BLUE, INK, MUTED, ORANGE

plt.rcParams.update(
    {
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": MUTED,
        "axes.titlesize": 11,
        "font.size": 10,
    }
)

digits = nn.data.load_digits()
print(digits)

# %% [markdown]
# The images come with the library: *Optical Recognition of Handwritten Digits*, E. Alpaydin and C.
# Kaynak (1998), UCI Machine Learning Repository. Each has 8 by 8 pixels, from 0 (paper) to 16
# (ink). That is coarse. Some are hard to read for us, too.

# %%
figure, axes = plt.subplots(2, 10, figsize=(8, 2))
for axis, image, label in zip(axes.flat, digits.x[:20], digits.y[:20], strict=True):
    axis.imshow(image, cmap="gray_r")
    axis.set_title(str(label), color=INK)
    axis.axis("off")
plt.show()

# %% [markdown]
# An image becomes a row of 64 numbers between 0 and 1. One fifth of the rows is put aside. The
# network never sees them while it learns, so they tell us how it does on images it does not know.

# %%
images = digits.x.reshape(-1, 64) / 16
x_train, x_test, y_train, y_test = nn.data.train_test_split(images, digits.y, rng=0)
print("training", x_train.shape, " held out", x_test.shape)

# %% [markdown]
# ## Shapes, by hand
#
# One neuron computes $w_1 x_1 + \dots + w_{64} x_{64} + b$. For 32 neurons and $n$ images that
# makes $32\,n$ such sums. Put the images below one another as the rows of $X$, and the weights of
# the neurons below one another as the rows of $W_1$. Then all of the sums are one matrix product:
#
# $$S = X W_1^\top + b_1, \qquad H = \mathrm{relu}(S), \qquad Z = H W_2^\top + b_2$$
#
# Row $i$ of $H$ is what the 32 neurons say about image $i$. Row $i$ of $Z$ has ten numbers, one
# score for each digit; the largest is the answer. The scores are called *logits*.

# %%
figure, axis = plt.subplots(figsize=(8, 2.6))
parts = [  # left edge, width, height, name, shape, colour
    (0.0, 2.6, 1.5, "$X$", "n × 64", BLUE),
    (3.5, 1.5, 2.6, r"$W_1^\top$", "64 × 32", ORANGE),
    (5.9, 1.5, 0.22, "$b_1$", "32", ORANGE),
    (8.3, 1.5, 1.5, "$S$", "n × 32", BLUE),
]
for left, width, height, name, shape, colour in parts:
    box = Rectangle((left, -height / 2), width, height, fc=colour, alpha=0.15, ec="none")
    axis.add_patch(box)
    axis.add_patch(Rectangle((left, -height / 2), width, height, fill=False, ec=colour, lw=1.5))
    above = height / 2 + 0.25 if height < 1 else 0
    axis.text(left + width / 2, above, name, ha="center", va="center", color=INK, fontsize=13)
    below = -height / 2 - 0.22
    axis.text(left + width / 2, below, shape, ha="center", va="center", color=MUTED)
for place, sign in ((3.05, "·"), (5.45, "+"), (7.85, "=")):
    axis.text(place, 0, sign, ha="center", va="center", fontsize=18, color=INK)
axis.set(xlim=(-0.1, 9.9), ylim=(-1.75, 1.45))
axis.axis("off")
plt.show()

# %% [markdown]
# The inner numbers of a product must agree (64 and 64); the outer ones are the shape of the result.
# The bias has 32 numbers and is added to every row: NumPy's *broadcasting*.
#
# Here are the two lines, with small random weights that know nothing yet.

# %%
rng = np.random.default_rng(0)
W1, b1 = rng.normal(0, np.sqrt(2 / 64), (32, 64)), np.zeros(32)
W2, b2 = rng.normal(0, np.sqrt(2 / 32), (10, 32)), np.zeros(10)

X, y = x_train[:100], y_train[:100]
S = X @ W1.T + b1
H = np.maximum(S, 0)
Z = H @ W2.T + b2
for name, array in (("X", X), ("W1", W1), ("H", H), ("W2", W2), ("Z", Z)):
    print(f"{name:3}{array.shape}")
print("right:", np.mean(Z.argmax(axis=1) == y))

# %% [markdown]
# About one in ten is right, as with a blind guess.
#
# ## The backward pass, by hand
#
# Softmax turns scores into probabilities $P$, and cross-entropy measures how little of it went to
# the truth $Y$ (a row of zeros with a single 1). [Notebook 4](04-losses.ipynb) found the blame of
# the scores: $P - Y$. From there the chain rule walks back, one matrix product for each arrow
# (Rumelhart, Hinton and Williams, 1986, *Learning representations by back-propagating errors*; in
# matrix form: Nielsen, 2015, *Neural Networks and Deep Learning*, chapter 2):
#
# $$D_2 = \frac{P - Y}{n}, \qquad \frac{\partial L}{\partial W_2} = D_2^\top H, \qquad
# D_1 = (D_2 W_2) \odot [S > 0], \qquad \frac{\partial L}{\partial W_1} = D_1^\top X$$
#
# $\odot$ multiplies entry by entry, and $[S > 0]$ is 1 where relu let the sum through, else 0. You
# need not remember where the transposes go: a gradient has the shape of its parameter, and only one
# order fits.

# %%
P = np.exp(Z - Z.max(axis=1, keepdims=True))
P /= P.sum(axis=1, keepdims=True)
Y = np.eye(10)[y]

D2 = (P - Y) / len(X)
gradient_W2 = D2.T @ H
D1 = (D2 @ W2) * (S > 0)
gradient_W1 = D1.T @ X
print(gradient_W1.shape, gradient_W2.shape)

# %% [markdown]
# The engine gets the same without being told any of this. It records the forward pass and walks
# back over the record.

# %%
model = nn.MLP(64, [32], 10, dtype=np.float64)
for parameter, values in zip(model.parameters(), (W1, b1, W2, b2), strict=True):
    parameter.data = values.copy()
loss = nn.losses.cross_entropy(model(X), y)
loss.backward()

assert np.allclose(model[0].weight.grad, gradient_W1)
assert np.allclose(model[2].weight.grad, gradient_W2)
viz.draw(loss)

# %% [markdown]
# Read the picture from the right: the loss, the scores (100 × 10), relu, and the first layer. Each
# box has a small map of its values and of its gradient. The shapes are those of the formulas.
#
# ## Training
#
# `nn.fit` repeats the same step: take 32 images, forward, backward, move the weights a little
# against the gradient. `validation` holds a tenth of the training images out, so that each epoch
# can be judged on images that no step has used.

# %%
model = nn.MLP(64, [64], 10, dropout=0.2, rng=0)
history = nn.fit(
    model,
    x_train,
    y_train,
    loss="cross_entropy",
    optimizer="adam",
    lr=0.005,
    scheduler="cosine",
    epochs=40,
    validation=0.1,
    seed=0,
)
score = nn.evaluate(model, x_test, y_test)
print(f"{sum(p.size for p in model.parameters()):,} parameters; held out: {score['accuracy']:.1%}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.9))
for axis, name in ((left, "loss"), (right, "accuracy")):
    epochs = range(1, len(history) + 1)
    axis.plot(epochs, history[name], color=BLUE, label="training")
    axis.plot(epochs, history[f"val_{name}"], "--", color=ORANGE, label="validation")
    axis.set(xlabel="epoch", ylabel=name)
left.set_yscale("log")
left.set_title("loss, on a logarithmic scale", loc="left")
right.set_ylim(0.8, 1.005)
right.set_title("accuracy", loc="left")
right.legend(frameon=False)
figure.tight_layout()
plt.show()

# %% [markdown]
# Most of it is learned in five epochs. (At the very start validation looks better than training:
# the training figure is a mean over the epoch, most of which came before, and dropout hampers it.)
# Afterwards the two curves part: the network gets surer about the images it trains on than about
# others. That gap is the subject of [the next notebook](09-training-deep-nets.ipynb).
#
# **Is one split enough?** The held-out part has 359 images, so that a single one is worth 0.3 %. To
# put the result on firmer ground, cut the data into five parts and let each be the held-out one in
# its turn. This is called *k-fold cross-validation*.

# %%
folds = []
for k, (a, b, c, d) in enumerate(nn.data.k_fold(images, digits.y, folds=5, rng=0)):
    candidate = nn.MLP(64, [64], 10, dropout=0.2, rng=k)
    nn.fit(candidate, a, c, lr=0.005, scheduler="cosine", epochs=40, seed=k)
    folds.append(nn.evaluate(candidate, b, d)["accuracy"])
print(" ".join(f"{fold:.1%}" for fold in folds))
print(f"mean {np.mean(folds):.1%}, standard deviation {np.std(folds, ddof=1):.1%}")
assert np.mean(folds) > 0.97

# %% [markdown]
# So the honest answer is a mean near 98 %, with about one point of luck from one part to the next.
#
# ## Where it goes wrong
#
# The *confusion matrix* has a row for each true digit and a column for each answer. All that is off
# the diagonal is a mistake.

# %%
answers = nn.predict_classes(model, x_test)
confusion = nn.confusion_matrix(answers, y_test)
mistakes = confusion - np.diag(np.diag(confusion))

figure, axis = plt.subplots(figsize=(4.4, 4))
axis.imshow(mistakes, cmap="Oranges", vmax=max(4, mistakes.max()))
for i, row in enumerate(confusion):
    for j, count in enumerate(row):
        if count:
            axis.text(j, i, count, ha="center", va="center", color=BLUE if i == j else INK)
axis.set(xticks=range(10), yticks=range(10), xlabel="answer", ylabel="true digit")
axis.set_title("held-out images, mistakes in orange", loc="left")
axis.spines[:].set_visible(False)
axis.tick_params(length=0)
plt.show()

# %%
wrong = np.flatnonzero(answers != y_test)
sure = nn.predict_proba(model, x_test)
wrong = wrong[np.argsort(-sure[wrong, answers[wrong]])][:10]
figure, axes = plt.subplots(1, 10, figsize=(8, 1.5))
for axis in axes:
    axis.axis("off")
for axis, i in zip(axes, wrong, strict=False):
    axis.imshow(x_test[i].reshape(8, 8), cmap="gray_r")
    axis.set_title(f"is {y_test[i]}\nsaid {answers[i]}\n{sure[i, answers[i]]:.0%}", fontsize=9)
figure.tight_layout()
plt.show()

# %% [markdown]
# These are its surest mistakes, with the probability that it gave to the wrong answer. Many of them
# you might get wrong as well: at eight pixels a side, a thick 1 and a thin 8 are hardly different.
#
# ## What does a 7 light up?
#
# Give the drawing an example, and it shades each neuron by what it says about it. Of a wide layer
# only the brightest neurons are drawn. Solid blue lines are positive weights, dashed orange ones
# negative.

# %%
seven = np.flatnonzero((y_test == 7) & (answers == 7))[0]
model.draw(x_test[seven], most=6, outputs=[str(k) for k in range(10)])

# %% [markdown]
# The output `7` is the bluest by far. One example could be chance, so here is the mean activity of
# every hidden neuron for every digit. Each column is a neuron, sorted by how much more it fires for
# a 7 than for the rest.

# %%
hidden = np.maximum(x_test @ model[0].weight.data.T + model[0].bias.data, 0)
means = np.array([hidden[y_test == k].mean(axis=0) for k in range(10)])
order = np.argsort(np.delete(means, 7, axis=0).mean(axis=0) - means[7])

figure, axis = plt.subplots(figsize=(8, 2.6))
picture = axis.imshow(means[:, order], cmap="Blues", aspect="auto")
axis.set(yticks=range(10), xlabel="hidden neuron, those for a 7 first", ylabel="true digit")
axis.set_title("mean activity on held-out images", loc="left")
axis.tick_params(length=0)
figure.colorbar(picture, pad=0.02)
plt.show()

# %% [markdown]
# No neuron is *the* seven. Several fire for it, and each of them fires for other digits too. The
# answer is a vote. The white band in the middle is eight *dead* neurons, which fire for no image at
# all: a relu that is below zero for every example gets no gradient, and stays there ([notebook
# 3](03-activations.ipynb)). The network can spare them.
#
# A hidden neuron has 64 weights, one for a pixel, so its weights are a picture of what it looks
# for: ink where it is blue, paper where it is orange. These are the six neurons at the left of the
# map above, those that prefer a seven most:

# %%
signs = LinearSegmentedColormap.from_list("signs", [ORANGE, "white", BLUE])
figure, axes = plt.subplots(1, 6, figsize=(8, 1.8))
weights = model[0].weight.data[order[:6]].reshape(-1, 8, 8)
for axis, neuron, map_ in zip(axes, order, weights, strict=False):
    limit = np.abs(map_).max()
    axis.imshow(map_, cmap=signs, vmin=-limit, vmax=limit)
    axis.set_title(f"neuron {neuron}", fontsize=9)
    axis.axis("off")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Which pixels?
#
# Backward does not stop at the weights. The derivative of the winning score with respect to the
# *input* says which pixels would change it most (Simonyan, Vedaldi and Zisserman, 2014, *Deep
# inside convolutional networks*). A single gradient is noisy; the mean over copies with a little
# noise is steadier (Smilkov et al., 2017, *SmoothGrad*).

# %%
chosen = [np.flatnonzero((y_test == k) & (answers == k))[0] for k in (0, 1, 4, 7, 9)]
viz.saliency(model, x_test[chosen], samples=50).plot(image_shape=(8, 8))

# %% [markdown]
# Bright pixels matter, with ink or without. That a pixel must be empty can be as telling as that it
# must be full: ink in the middle of a 0 would make it an 8.
#
# ## Which examples?
#
# The gradient of a batch is the sum of its examples' gradients. `example_blame` says which share
# each has. In a trained model nearly all examples are silent, and a few pull at the weights.

# %%
losses = nn.losses.cross_entropy(model(x_test), y_test, reduction="none")
blame = viz.example_blame(losses, model)
blame.plot(x_test.reshape(-1, 8, 8), labels=[f"a {label}" for label in y_test], k=6)

# %%
top = blame.most(10)
print(f"the ten most blamed: {blame.shares[top].sum():.0%} of the gradient of {len(y_test)} images")
print(f"wrongly read among them: {np.sum(answers[top] != y_test[top])}")

# %% [markdown]
# A wrong label or a spoilt scan would stand in this list. Looking at it is the cheapest way to
# clean a data set.
#
# ## Exercises
#
# **1.** How many parameters has an MLP with layers 64, 100, 50, 10? Work it out, then check.
#
# <details><summary>Solution</summary>
#
# ```python
# by_hand = (64 * 100 + 100) + (100 * 50 + 50) + (50 * 10 + 10)
# assert by_hand == sum(p.size for p in nn.MLP(64, [100, 50], 10).parameters()) == 12_060
# ```
#
# Each layer has a weight for every pair of neurons, and a bias for every neuron of its own.
#
# </details>
#
# **2.** Write the gradients of the two biases in NumPy, for the network of the hand-made backward
# pass, and check them against the engine.
#
# <details><summary>Solution</summary>
#
# ```python
# check = nn.MLP(64, [32], 10, dtype=np.float64)
# for parameter, values in zip(check.parameters(), (W1, b1, W2, b2), strict=True):
#     parameter.data = values.copy()
# nn.losses.cross_entropy(check(X), y).backward()
# assert np.allclose(check[0].bias.grad, D1.sum(axis=0))
# assert np.allclose(check[2].bias.grad, D2.sum(axis=0))
# ```
#
# A bias was added to every row, so the blame of all rows adds up: broadcasting forward is a sum
# backward.
#
# </details>
#
# **3.** How good is the network without its hidden layer?
#
# <details><summary>Solution</summary>
#
# ```python
# linear = nn.MLP(64, [], 10, rng=0)
# nn.fit(linear, x_train, y_train, lr=0.005, scheduler="cosine", epochs=40, seed=0)
# print(nn.evaluate(linear, x_test, y_test))
# assert 0.90 < nn.evaluate(linear, x_test, y_test)["accuracy"] < 0.95
# ```
#
# Not bad at all: about 93 %. Always try the simplest model first; it says how much the rest is
# worth.
#
# </details>
#
# **4.** Move all held-out images one pixel to the right (`np.roll`). What happens, and why?
#
# <details><summary>Solution</summary>
#
# ```python
# moved = np.roll(x_test.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
# print(nn.evaluate(model, moved, y_test)["accuracy"])
# assert nn.evaluate(model, moved, y_test)["accuracy"] < 0.65
# ```
#
# About half of them are read wrongly. To a dense layer pixel 10 and pixel 11 are different inputs,
# with nothing in common. Convolutions (`nn.Conv2d`) share their weights over all places.
#
# </details>
#
# ## What you saw
#
# - A layer is one matrix product for the whole batch, $XW^\top + b$; its backward pass is two more.
# - A network with 64 hidden neurons learns to read these digits in less than a second, and gets
#   about 98 % of unknown ones right. Cross-validation says how far to trust that number.
# - What a network knows is spread over many neurons. Activity, weights, pixels and examples are
#   four ways to look at it, and the last two are gradients.
#
# **Next:** [9. Training deep networks](09-training-deep-nets.ipynb), or what to do when the curves
# part, and when no gradient arrives.
