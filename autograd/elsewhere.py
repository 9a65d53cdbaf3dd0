"""What users of PyTorch, HIPS autograd and micrograd look for by other names, and where it is."""

from __future__ import annotations

__all__ = ["FUNCTIONS", "METHODS", "missing"]

# What is not here, and what to write in its place.
FUNCTIONS = {
    "backward": "loss.backward()",
    "bmm": "matmul(x, y)",
    "cat": "concatenate([...])",
    "elementwise_grad": "grad(lambda x: f(x).sum())",
    "float32": "dtype=np.float32",
    "float64": "dtype=np.float64",
    "from_dlpack": "tensor(np.from_dlpack(x))",
    "hessian_vector_product": "hvp(f)(x, v)",
    "int64": "dtype=np.int64",
    "make_hvp": "hvp(f)(x, v)",
    "make_jvp": "jvp(f, (x,), (t,))",
    "make_vjp": "vjp(f, x)",
    "manual_seed": "nn.manual_seed(seed)",
    "mm": "matmul(x, y)",
    "mv": "matmul(x, y)",
    "newaxis": "np.newaxis",
    "nn": "import nn",
    "no_autodiff": "no_grad()",
    "optim": "nn.optim",
    "rand": "tensor(np.random.default_rng().random(shape))",
    "randn": "tensor(np.random.default_rng().standard_normal(shape))",
    "vmap": "vectorize(f)",
}
METHODS = {
    "add_": "x += y",
    "backprop": "x.backward()",
    "cpu": "x itself: tensors live in main memory",
    "cuda": "x itself: tensors live in main memory",
    "contiguous": "x.copy()",
    "dim": "x.ndim",
    "double": "x.astype(np.float64)",
    "eq": "x == y",
    "expand": "autograd.broadcast_to(x, shape)",
    "fill_": "x.fill(value)",
    "flip": "autograd.flip(x, axis)",
    "float": "x.astype(np.float32)",
    "gather": "autograd.take_along_axis(x, indices, axis)",
    "grad_fn": "x.op",
    "long": "x.astype(np.int64)",
    "mm": "x @ y",
    "mul_": "x *= y",
    "norm": "autograd.norm(x)",
    "null_grad": "x.zero_grad()",
    "numel": "x.size",
    "t": "x.T",
    "to": "x.astype(dtype); tensors live in main memory",
    "type": "x.astype(dtype)",
    "unfold": "autograd.sliding_window_view(x, window)",
    "zero_": "x.fill(0)",
}


def missing(what: str, name: str, known: dict[str, str]) -> str:
    """The words for an attribute that is not there."""
    there = known.get(name)
    return f"{what} has no attribute {name!r}" + (f"; write {there}" if there else "")
