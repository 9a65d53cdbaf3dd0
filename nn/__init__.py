"""Neural networks on ``autograd``: layers, losses, optimizers, data and a training loop.

Nothing here uses more of ``autograd`` than its public names, and importing it costs no more than
NumPy: what needs matplotlib or tqdm imports them when it is called.
"""

from . import activations, data, init, layers, losses, optim, scalar
from .activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Softplus, Tanh
from .callbacks import Callback, GradientNorms, Progress
from .history import History
from .layers import MLP, Dropout, Flatten, Linear, ModuleList, Sequential
from .losses import BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss
from .metrics import accuracy, confusion_matrix
from .module import Module
from .seed import manual_seed
from .train import evaluate, fit, predict, predict_classes, predict_proba

__all__ = [
    "BCEWithLogitsLoss",
    "Callback",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "GradientNorms",
    "History",
    "Identity",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "MLP",
    "MSELoss",
    "Module",
    "ModuleList",
    "Progress",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "accuracy",
    "activations",
    "confusion_matrix",
    "data",
    "evaluate",
    "fit",
    "init",
    "layers",
    "losses",
    "manual_seed",
    "optim",
    "predict",
    "predict_classes",
    "predict_proba",
    "scalar",
]
