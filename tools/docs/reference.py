"""The reference: which page has which public name, and the pages for Sphinx's autodoc.

``autograd`` has some three hundred names. They are grouped by the module that defines them, so that
a new function finds its page by itself; a module that no page has is an error.
"""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass
from types import ModuleType
from typing import Any

__all__ = ["MODULES", "PAGES", "Page", "owner", "page_of", "public", "written"]


@dataclass
class Page:
    """A page of the reference: a title, a sentence or two, and what is on it."""

    file: str
    title: str
    text: str
    parts: tuple[str, ...] = ()
    """Modules whose names in ``autograd.__all__`` are here, below ``autograd``."""
    modules: tuple[str, ...] = ()
    """Modules whose own ``__all__`` is here."""


PAGES = [
    Page("nodes", "Values, tensors and modes", "What a graph is made of, how it starts and how it "
         "is switched off.",
         ("tensor", "value", "modes", "checkpoint", "create", "copying", "protocols", "anomaly")),
    Page("transforms", "Derivatives of functions", "Functions to functions, of any order, in both "
         "modes; one example at a time made a batch; a step recorded and replayed "
         "([the guide](../capture.md)).",
         ("transforms", "vectorize"), ("autograd.capturing",)),
    Page("elementwise", "Elementwise functions", "Functions of each number by itself: arithmetic, "
         "exponentials, trigonometry, activations, choices.",
         ("op", "ops.arithmetic", "ops.elementwise", "ops.activations", "ops.special",
          "ops.choice")),
    Page("reductions", "Sums, means, extremes and order", "Functions that take numbers together, "
         "and those that order or accumulate them.",
         ("ops.reduce", "ops.without_nan", "ops.scan", "ops.sorting")),
    Page("arrays", "Shapes, indices and joins", "Functions that move numbers about, and those that "
         "look at them without a gradient.",
         ("ops.shape", "ops.join", "ops.index", "ops.assign", "ops.diagonal", "ops.grid",
          "ops.pad", "ops.observe")),
    Page("products", "Products and linear algebra", "Matrix products, and `autograd.linalg`, which "
         "has what `numpy.linalg` has.",
         ("ops.linalg_products", "ops.einsum"), ("autograd.linalg",)),
    Page("network", "Functions for networks", "What the layers of `nn` are made of.",
         ("ops.convolution", "ops.pooling", "ops.network", "ops.recurrent", "ops.cross_entropy")),
    Page("extend", "Ops of your own", "`autograd.extend`: one declaration, and both modes, every "
         "order, both faces and the drawing follow.", (), ("autograd.extend",)),
    Page("errors", "Exceptions", "The classes. [Messages and what to do](../errors.md) has the "
         "common messages, with causes and cures.", (), ("autograd.errors",)),
    Page("viz", "Drawings: autograd.viz", "[The guide](../drawing.md) has them in one page, "
         "[the gallery](../gallery.md) every picture.", (), ("autograd.viz",)),
    Page("testing", "Checks: autograd.testing", "[The guide](../testing.md) says which to take.",
         (), ("autograd.testing", "autograd.testing.strategies")),
    Page("nn-layers", "Layers: nn", "Modules, layers, activations, and neurons from the first "
         "ones on. [The guide](../nn.md) comes first.",
         (), ("nn.module", "nn.layers", "nn.activations", "nn.neurons")),
    Page("nn-losses", "Losses: nn.losses", "Functions, and the same as classes.",
         (), ("nn.losses",)),
    Page("nn-optim", "Optimizers and schedules: nn.optim", "Under PyTorch's names.",
         (), ("nn.optim", "nn.optim.schedulers")),
    Page("nn-train", "Training, saving and reports", "`nn.fit` and what surrounds it.",
         (), ("nn", "nn.callbacks", "nn.onnx")),
    Page("nn-data", "Data and starting values", "`nn.data` and `nn.init`.",
         (), ("nn.data", "nn.init")),
    Page("nn-scalar", "Networks of single numbers: nn.scalar", "The whole network on single "
         "`Value` objects, to be read in one page.", (), ("nn.scalar",)),
    Page("nn-sklearn", "Estimators: nn.sklearn", "[For scikit-learn's users](../scikit-learn.md).",
         (), ("nn.sklearn",)),
]  # fmt: skip

MODULES = sorted({"autograd", *(module for page in PAGES for module in page.modules)})
"""Every module with public names."""

ROUTING = "score, set_fit_request, set_partial_fit_request, set_score_request, get_metadata_routing"


def public(module: str) -> dict[str, Any]:
    """A module's public names, without the modules among them."""
    owner = importlib.import_module(module)
    names = getattr(owner, "__all__", None)
    if names is None:
        names = [
            name
            for name, x in vars(owner).items()
            if not name.startswith("_") and getattr(x, "__module__", "") == module
        ]
    if module == "autograd":
        names = [*names, "capture", "matrix_transpose", "norm"]
    found = {name: getattr(owner, name) for name in sorted(names)}
    return {name: x for name, x in found.items() if not isinstance(x, ModuleType)}


def owner(x: Any) -> str:
    """The module that defines something."""
    return getattr(x, "__module__", None) or type(x).__module__


def page_of(name: str) -> Page | None:
    """The page that has a name of ``autograd`` itself, or none."""
    x = public("autograd")[name]
    part = owner(x).removeprefix("autograd.")
    for page in PAGES:
        if part in page.parts or any(name in public(m) for m in page.modules if m != "nn"):
            return page
    # A function made by a helper, or an op's method: where its module is below one of the parts.
    for page in PAGES:
        if any(part.startswith((p + ".", p.partition(".")[2] + ".")) for p in page.parts):
            return page
    return None


def _signature(x: Any) -> str | None:
    """What autodoc cannot read: an op's inputs and parameters."""
    if hasattr(x, "_signature"):
        return x._signature()
    return None


def _plain_signature(x: Any) -> inspect.Signature:
    """A function's signature without its types, as the other entries have it."""
    try:
        signature = inspect.signature(x)
    except (TypeError, ValueError):
        return inspect.Signature()
    empty = inspect.Parameter.empty
    parameters = [p.replace(annotation=empty) for p in signature.parameters.values()]
    return signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)


def _entry(module: str, name: str, x: Any, page: Page) -> list[str]:
    target = f"{module}.{name}"
    if inspect.isclass(x):
        lines = [f".. autoclass:: {target}", "   :members:"]
        if issubclass(x, Exception):
            lines = [f".. autoexception:: {target}", "   :show-inheritance:"]
        elif name in ("Tensor", "Value"):
            lines += ["   :inherited-members: object"]
        elif module == "nn.sklearn":
            # Without what scikit-learn says in words that link to its own site.
            lines += ["   :inherited-members: BaseEstimator", f"   :exclude-members: {ROUTING}"]
        return [*lines, ""]
    if callable(x):
        directive = f".. autofunction:: {target}"
        signature = _signature(x)
        if signature is not None:
            # An op is an object that is called: said as a function, with its first lines.
            from sphinx.ext.napoleon import Config, NumpyDocstring

            doc = str(NumpyDocstring(inspect.cleandoc(x.__doc__ or ""), Config()))
            return [
                f".. py:function:: {name}{signature}",
                "",
                *("   " + line for line in doc.splitlines()),
                "",
            ]
        return [directive, ""]
    lines = [f".. py:data:: {name}", ""]
    if isinstance(x, dict):
        lines += ["   A dict from names: " + ", ".join(f"``{key}``" for key in x) + ".", ""]
    return lines


def _section(title: str, sign: str) -> list[str]:
    return [title, sign * len(title), ""]


def written(page: Page) -> str:
    """A page as reStructuredText."""
    lines = [*_section(page.title, "="), _rst(page.text), ""]
    seen: set[int] = set()
    here = [n for n in public("autograd") if page.parts and page_of(n) is page]
    if here:
        groups: dict[str, list[str]] = {}
        for name in here:
            groups.setdefault(owner(public("autograd")[name]), []).append(name)
        lines += [".. py:currentmodule:: autograd", ""]
        order = {f"autograd.{part}": i for i, part in enumerate(page.parts)}
        for module in sorted(groups, key=lambda m: order.get(m, 99)):
            lines += _section(_title(module), "-")
            lines += _entries("autograd", groups[module], page, seen)
    for module in page.modules:
        names = public(module)
        if module == "nn":
            # What no other page has.
            elsewhere = {
                id(x)
                for other in PAGES
                for m in other.modules
                if m not in ("nn", *page.modules)
                for x in public(m).values()
            }
            names = {name: x for name, x in names.items() if id(x) not in elsewhere}
        elif module == "autograd.linalg":
            rest = public("autograd")
            names = {n: x for n, x in names.items() if rest.get(n) is not x or n in ("norm",)}
        lines += _section(module, "-")
        doc = inspect.getdoc(importlib.import_module(module)) or ""
        lines += [doc, ""]
        lines += [f".. py:currentmodule:: {module}", ""]
        lines += _entries(module, list(names), page, seen)
    return "\n".join(lines) + "\n"


def _entries(module: str, names: list[str], page: Page, seen: set[int]) -> list[str]:
    lines = []
    called = public(module)
    for name in names:
        x = called[name]
        same = next((n for n in names if n < name and called[n] is x), None)
        if same is not None:
            if inspect.isclass(x):
                kind, signature = "class", ""
            else:
                kind, signature = "function", _signature(x) or str(_plain_signature(x))
            lines += [f".. py:{kind}:: {name}{signature}", "", f"   The same as ``{same}``.", ""]
            continue
        if id(x) in seen:
            continue
        seen.add(id(x))
        lines += _entry(module, name, x, page)
    return lines


def _title(module: str) -> str:
    doc = (importlib.import_module(module).__doc__ or "").strip().splitlines()
    first = doc[0].rstrip(".") if doc else module
    return first.partition(":")[0].replace("``", "")


def _rst(markdown: str) -> str:
    """The code and the links of a sentence of Markdown."""
    text = re.sub(r"`([^`]+)`", r"``\1``", markdown)
    return re.sub(r"\[([^]]+)\]\(([^)]+)\.md\)", r":doc:`\1 <\2>`", text)
