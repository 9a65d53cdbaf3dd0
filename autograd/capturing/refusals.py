"""What to write in place of what a captured function may not do."""

from __future__ import annotations

__all__ = ["CURES", "READ"]

READ = "Return the tensor and read it outside, or compute with the tensor itself"
"""For all else."""
UPDATE = (
    "Update parameters with an optimizer of nn.optim, or by `with autograd.no_grad(): "
    "p -= lr * p.grad`"
)
CURES = {
    ".data": UPDATE,
    ".data = ...": UPDATE,
    ".grad =": f"Clear gradients with zero_grad() or `p.grad = None`. {UPDATE}",
    "a choice (bool)": "Choose with autograd.where, or outside, by an argument",
    "print": "Return the tensor and print it outside",
    "a hook on a tensor that is computed ran": "Hook parameters, or call the function as it is",
    "to_values()": "Compute with tensors alone, and take values of the result",
}
"""By what was met."""
