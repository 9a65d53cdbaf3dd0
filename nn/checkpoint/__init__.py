"""Training runs saved as they go: files that survive a crash, and all that goes into them."""

from .files import Checkpoint, CheckpointError, Saved, read
from .packing import pack, unpack
from .randomness import capture_random, restore_random

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Saved",
    "capture_random",
    "pack",
    "read",
    "restore_random",
    "unpack",
]
