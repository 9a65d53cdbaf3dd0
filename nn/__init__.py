"""Neural networks on ``autograd``: layers, losses, optimizers, data and a training loop.

Nothing here uses more of ``autograd`` than its public names. Importing it loads what models are
made of; what trains, saves and shows them is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from . import activations, init, layers
from .activations import (
    CELU,
    ELU,
    GELU,
    SELU,
    SQNL,
    Arctan,
    Hardtanh,
    Identity,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from .later import later
from .layers import (
    MLP,
    BatchNorm1d,
    BatchNorm2d,
    Bilinear,
    Dropout,
    Embedding,
    Flatten,
    GroupNorm,
    LayerNorm,
    Linear,
    ModuleDict,
    ModuleList,
    Residual,
    Sequential,
)
from .module import Module
from .seed import manual_seed

if TYPE_CHECKING:
    from . import data, losses, neurons, onnx, optim, scalar
    from .callbacks import Callback, Progress
    from .checkpoint import Checkpoint, CheckpointError
    from .history import History
    from .layers.attention import MultiHeadAttention, MultiheadAttention, TransformerEncoderLayer
    from .layers.conv import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
    from .layers.pool import (
        AdaptiveAvgPool1d,
        AdaptiveAvgPool2d,
        AvgPool1d,
        AvgPool2d,
        MaxPool1d,
        MaxPool2d,
    )
    from .layers.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
    from .losses import (
        BCELoss,
        BCEWithLogitsLoss,
        CosineEmbeddingLoss,
        CrossEntropyLoss,
        GaussianNLLLoss,
        HalfMSELoss,
        HingeEmbeddingLoss,
        HingeLoss,
        HuberLoss,
        KLDivLoss,
        L1Loss,
        MSELoss,
        MultiLabelSoftMarginLoss,
        MultiMarginLoss,
        NLLLoss,
        PoissonNLLLoss,
        SmoothL1Loss,
        SoftMarginLoss,
        TripletMarginLoss,
    )
    from .metrics import accuracy, confusion_matrix, r2_score
    from .neurons import ConvergenceWarning, McCullochPitts, Perceptron, SigmoidNeuron
    from .onnx import export_onnx
    from .predicting import evaluate, predict, predict_classes, predict_proba
    from .reporting import report
    from .saving import load, save
    from .statistics import Statistics
    from .stopping import EarlyStopping
    from .train import fit
    from .vector import gradients_to_vector, parameters_to_vector, vector_to_parameters

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "Arctan",
    "AvgPool1d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bilinear",
    "CELU",
    "Callback",
    "Checkpoint",
    "CheckpointError",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvergenceWarning",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "Dropout",
    "ELU",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GELU",
    "GRU",
    "GRUCell",
    "GaussianNLLLoss",
    "GroupNorm",
    "HalfMSELoss",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "History",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MLP",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "McCullochPitts",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiHeadAttention",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "MultiheadAttention",
    "NLLLoss",
    "PReLU",
    "Perceptron",
    "PoissonNLLLoss",
    "Progress",
    "RNN",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "Residual",
    "SELU",
    "SQNL",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SigmoidNeuron",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softplus",
    "Softsign",
    "Statistics",
    "Tanh",
    "TransformerEncoderLayer",
    "TripletMarginLoss",
    "accuracy",
    "activations",
    "confusion_matrix",
    "data",
    "evaluate",
    "export_onnx",
    "fit",
    "gradients_to_vector",
    "init",
    "layers",
    "load",
    "losses",
    "manual_seed",
    "neurons",
    "onnx",
    "optim",
    "parameters_to_vector",
    "predict",
    "predict_classes",
    "predict_proba",
    "r2_score",
    "report",
    "save",
    "scalar",
    "vector_to_parameters",
]

__getattr__ = later(
    __name__,
    {
        "callbacks": "Callback Progress",
        "checkpoint": "Checkpoint CheckpointError",
        "data": "",
        "history": "History",
        "layers.attention": "MultiHeadAttention MultiheadAttention TransformerEncoderLayer",
        "layers.conv": "Conv1d Conv2d ConvTranspose1d ConvTranspose2d",
        "layers.pool": "AdaptiveAvgPool1d AdaptiveAvgPool2d AvgPool1d AvgPool2d MaxPool1d "
        "MaxPool2d",
        "layers.recurrent": "GRU GRUCell LSTM LSTMCell RNN RNNCell",
        "losses": "BCELoss BCEWithLogitsLoss CosineEmbeddingLoss CrossEntropyLoss GaussianNLLLoss "
        "HalfMSELoss HingeEmbeddingLoss HingeLoss HuberLoss KLDivLoss L1Loss MSELoss "
        "MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss PoissonNLLLoss SmoothL1Loss "
        "SoftMarginLoss TripletMarginLoss",
        "metrics": "accuracy confusion_matrix r2_score",
        "neurons": "ConvergenceWarning McCullochPitts Perceptron SigmoidNeuron",
        "onnx": "export_onnx",
        "optim": "",
        "predicting": "evaluate predict predict_classes predict_proba",
        "reporting": "report",
        "saving": "load save",
        "scalar": "",
        "statistics": "Statistics",
        "stopping": "EarlyStopping",
        "train": "fit",
        "vector": "gradients_to_vector parameters_to_vector vector_to_parameters",
    },
)


def __dir__() -> list[str]:
    return __all__
