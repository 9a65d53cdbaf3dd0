"""The kinds of cause, and what to do about each."""

from __future__ import annotations

__all__ = ["CURES", "LINES"]

LINES = "to see source lines, run the forward computation inside autograd.detect_anomaly()"

CURES = {
    "dead_relu": "use leaky_relu, a smaller learning rate, or an initialisation (He) and biases "
    "that keep inputs positive for some examples",
    "saturated": "keep its inputs near 0: scale the inputs or weights down, normalise before it, "
    "or use relu; for a loss, work on logits",
    "zero_factor": "start from small random numbers in place of zeros, or check the mask",
    "small_factor": "rescale that factor, or initialise it larger",
    "small_slope": "move its inputs to where the function is steeper, or rescale them",
    "clip": "use wider bounds, or a smooth bound such as tanh; a value outside gets no gradient",
    "branch": "this is right if the choice is; to let all alternatives learn use a smooth choice "
    "(logsumexp, softmax weights)",
    "step": "train with a smooth stand-in (sigmoid, softplus), or pass the gradient straight "
    "through: x + (step(x) - x).detach()",
    "stationary": "this is right at a minimum or a symmetric point; start from another point",
    "underflow": "work with logarithms (log_softmax, logsumexp), rescale, or use float64",
    "vanishing": "use relu with He initialisation, residual connections or normalisation, or "
    "fewer layers",
    "cancellation": "this is right if the terms are meant to balance; break the symmetry "
    "(random initialisation, other data) if not",
    "not_chosen": "check the index or mask: this operand has no part in the result",
    "overwritten": "write to another buffer, or read the values before they are overwritten",
    "zero_slope": "check the op's inputs; autograd.testing.gradcheck tells whether its rule is "
    "right",
    "inside": "compute it without checkpoint() and ask again, to see the place",
    "no_rule": "pass that operand as constant (.detach()), or use an op with a derivative",
    "broken_rule": "mend the rule, and check it with autograd.testing.gradcheck",
    "no_requires_grad": "make it with requires_grad=True, or call .requires_grad_() before the "
    "forward computation",
    "detached": "use the tensor itself in place of .detach(), .data, .numpy(), .item() or "
    "no_grad()",
    "no_grad": "compute the result outside no_grad() and without .detach(), .data or .item(), "
    "from something that requires a gradient",
    "no_derivative": "comparisons, argmax and integers have no derivative: use a smooth stand-in "
    "(softmax, sigmoid), or keep a floating dtype",
    "copy": "ask about the one that was used, or use this one in the computation",
    "not_in_graph": "use it in the computation; look for .detach(), .data, .item(), no_grad() or "
    "a copy made with Tensor(...) on the way",
    "freed": "call why_zero before backward(retain_graph=False), or keep the graph",
    "log_of_zero": "add a small number inside the log, or use log_softmax, log1p or xlogy-like "
    "forms that never take log(0)",
    "sqrt_at_zero": "add a small number under the root: sqrt(x + 1e-12)",
    "division_by_zero": "add a small number to the denominator, or choose with where() on a "
    "denominator that is made safe first",
    "invalid": "keep the inputs inside the function's domain, for example with clip or abs",
    "infinite_slope": "keep its inputs away from the point where the slope is infinite",
    "overflow": "use a stable form (logsumexp, log_softmax, softplus), clip, or scale down; a "
    "smaller learning rate if it came during training",
    "nonfinite_input": "check the data or the last update: this came in from outside",
    "zero_times_infinity": "make the infinite factor finite first (clip it, or use where on its "
    "input)",
}
