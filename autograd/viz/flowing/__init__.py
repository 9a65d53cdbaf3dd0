"""How gradients flow through a model while it trains: recorded, drawn and judged."""

from .compare import flow
from .flag import Flag
from .measures import measure_output, moments, norm, of_weights, ordered, quantile
from .probe import Probe
from .recorder import FlowRecorder
from .records import Record
from .sources import Source

__all__ = [
    "Flag",
    "FlowRecorder",
    "Probe",
    "Record",
    "Source",
    "flow",
    "measure_output",
    "moments",
    "norm",
    "of_weights",
    "ordered",
    "quantile",
]
