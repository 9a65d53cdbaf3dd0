"""The model of a graph as JSON: what is written is read back to the bit, and nothing else is."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value
from autograd.graph import Parts
from autograd.testing.strategies import programs
from autograd.viz import build, to_text
from autograd.viz.dot import to_dot
from autograd.viz.interchange import ArraySummary, from_json, schema, to_json
from autograd.viz.interchange.summary import Other
from autograd.viz.interchange.validation import check
from autograd.viz.model import HIDDEN, Edge, Group, Model, Vertex
from autograd.viz.svg import draw_svg

ROOT = Path(__file__).parent.parent


def same(a: Any, b: Any) -> bool:
    """Equal to the bit, types included."""
    if isinstance(a, np.float64) or isinstance(b, np.float64):  # documented: a plain float
        a, b = float(a), float(b)
    if type(a) is not type(b):
        return False
    if isinstance(a, (np.ndarray, np.generic)):
        # Bytes, but NaNs are alike, and padding of wide floats is not looked at.
        x, y = np.asarray(a), np.asarray(b)
        if (x.dtype, x.shape) != (y.dtype, y.shape):
            return False
        if x.dtype.kind != "f":
            return x.tobytes() == y.tobytes()
        return np.array_equal(x, y, equal_nan=True) and bool(
            (np.signbit(x) == np.signbit(y))[~np.isnan(x)].all()
        )
    if isinstance(a, float):
        return a.hex() == b.hex()
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if dataclasses.is_dataclass(a):
        return all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(type(a))
        )
    return a == b


def neuron() -> Value:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    y = (x * w + b).tanh()
    y.backward()
    return y


def document() -> dict[str, Any]:
    return json.loads(to_json(neuron()))


# There and back -------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(programs())
def test_reading_gives_what_was_written_on_random_programs(program: Any) -> None:
    leaves = [
        Value(x) if isinstance(x, float) else Tensor(x, requires_grad=True) for x in program.inputs
    ]
    outputs = program(*leaves)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    total = sum((ag.sum(x) for x in outputs), start=Value(0.0))
    total.backward()
    model = build([total, *[x for x in outputs if isinstance(x, (Value, Tensor))]])
    text = to_json(model, arrays="full")
    assert check(json.loads(text)) is None
    back = from_json(text)
    assert same(back, model)
    assert to_json(back, arrays="full") == text
    assert to_dot(back).source == to_dot(model).source
    assert draw_svg(back) == draw_svg(model)
    assert to_text(back) == to_text(model)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(-(10**17), 10**17),
    st.floats(width=16).map(np.float16),
    st.floats(width=32).map(np.float32),
    st.lists(st.floats()).map(np.array),
    st.lists(st.floats(width=32), min_size=6, max_size=6).map(
        lambda x: np.array(x, dtype=np.float32).reshape(2, 3)
    ),
    st.lists(st.floats(width=16)).map(lambda x: np.array(x, dtype=np.float16)),
    st.lists(st.integers(0, 2**64 - 1)).map(lambda x: np.array(x, dtype=np.uint64)),
    st.lists(st.booleans()).map(lambda x: np.array(x, dtype=bool)),
    st.floats().map(lambda x: np.array(np.longdouble(x) / 3)),
    st.just(np.zeros((0, 3), np.float32)),
    st.just(np.array(7, np.int8)),
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(ODD, st.lists(ODD).map(tuple), st.dictionaries(st.integers(0, 99), ODD).map(Parts)),
    st.text(),
    st.floats() | st.none(),
)
def test_every_value_and_label_comes_back(x: Any, text: str, share: float | None) -> None:
    vertices = [
        Vertex(0, "leaf", text, None, None, text, x, x, line=text, turn=1, about=[(text, text)]),
        Vertex(
            1, "op", None, text, text, "", x, x, True, True, True, "a.b", None, 0, 3, [], "added"
        ),
    ]
    edges = [
        Edge(0, 1, 2, x, x, text, share, 4, share, "same"),
        Edge(HIDDEN, 1, 0),
    ]
    groups = {"a": Group("a", text, "", 2, 3), "a.b": Group("a.b", "", "a")}
    model = Model(vertices, edges, 7, 5, groups, [text])
    written = to_json(model, arrays="full")
    assert written.isascii()
    assert "<" not in written
    assert check(json.loads(written)) is None
    assert same(from_json(written), model)


def test_large_arrays_are_summarised_with_counts_unless_asked() -> None:
    x = np.zeros((30, 4), np.float32)
    x[:3, 0] = 3.0, -4.0, np.nan
    x[3, :2] = np.inf, -np.inf
    t = Tensor(x, requires_grad=True, label="x")
    y = t * 2.0
    with np.errstate(all="ignore"):
        y.backward(np.ones_like(x))
    model = from_json(to_json(y))
    summary = next(v.data for v in model.vertices if v.name == "x")
    assert isinstance(summary, ArraySummary)
    assert (summary.dtype, summary.shape, summary.size) == (np.dtype("float32"), (30, 4), 120)
    assert (summary.finite, summary.nan, summary.inf, summary.zero) == (117, 1, 2, 115)
    assert (summary.min, summary.max, summary.norm) == (-4.0, 3.0, 5.0)
    assert summary.mean == pytest.approx(-1 / 117)
    assert summary.std == pytest.approx(math.sqrt(25 / 117 - 1 / 117**2))
    assert to_json(model) == to_json(y)
    whole = from_json(to_json(y, arrays="full"))
    assert same(next(v.data for v in whole.vertices if v.name == "x"), x)
    # Drawings know its signs and its size.
    small = from_json(to_json(Model([Vertex(0, "leaf", "w", None, None, "", x, -np.ones(99))])))
    for picture in (to_dot(small).source, draw_svg(small), to_text(small)):
        assert "30 × 4" in picture
    assert "-1" in to_text(small)


def test_statistics_neither_overflow_nor_vanish() -> None:
    for size in (1e300, 1e-300):
        model = Model([Vertex(0, "leaf", None, None, None, "", np.full(100, size), None)])
        data = from_json(to_json(model)).vertices[0].data
        assert data.norm == pytest.approx(10 * size)
        assert (data.mean, data.std) == (pytest.approx(size), pytest.approx(0.0))


def test_a_label_cannot_end_a_script_element() -> None:
    label = "</script><!-- \ud800 \0 \u2028 é"
    text = to_json(Value(1.0, label=label))
    assert text.isascii()
    assert "<" not in text
    assert from_json(text).vertices[0].name == label


def test_what_has_no_form_is_kept_as_text() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    for thing, text in ((1 + 2j, "(1+2j)"), (Odd(), "Odd that has no repr"), (10**5000, "int ")):
        model = Model([Vertex(0, "constant", None, None, None, "", thing, None)])
        back = from_json(to_json(model))
        assert isinstance(back.vertices[0].data, Other)
        assert text in repr(back.vertices[0].data)
        assert to_json(back) == to_json(model)
        assert "<svg" in draw_svg(back)


def test_reading_is_quick_to_refuse_and_evaluates_nothing() -> None:
    for text in ("[" * 200_000, '{"a":' * 200_000, "__import__('os')", "", "{", b"\xff\xfe\xfd"):
        with pytest.raises(ValueError, match=r"nested too deeply|not JSON"):
            from_json(text)
    with pytest.raises(ValueError, match="over the limit of 1,000"):
        from_json(" " * 1001, max_characters=1000)
    with pytest.raises(TypeError, match="takes the text"):
        from_json(document())  # type: ignore[arg-type]


# Faults ---------------------------------------------------------------------------------------

ARRAY = {"type": "array", "dtype": "float32", "shape": [2], "values": [1.0, 2.0]}
SUMMARY = {"type": "summary", "dtype": "int8", "shape": [9], "finite": 9, "nan": 0, "inf": 0}

FAULTS: list[tuple[str, Any, str]] = [
    ("format", "svg", r'format: "svg" is not "blamegraph"'),
    ("version", 2, r"version: 2 is newer than this package reads"),
    ("version", 0, r"version: 0 is not 1"),
    ("version", True, r"version: true is not 1"),
    ("vertices", {}, r"vertices: an object is no array"),
    ("comment", "", r"comment: no such field"),
    ("hidden", -1, r"hidden: -1 is less than 0"),
    ("vertices.0.id", 4, r"vertices\[0\].id: ids are places in the list: 0, got 4"),
    ("vertices.0.kind", "lambda", r'vertices\[0\].kind: "lambda" is not one of'),
    ("vertices.1.name", 3, r"vertices\[1\].name: 3 is no string or null"),
    ("vertices.1.name", None, None),
    ("vertices.0.shape", [], r"vertices\[0\].shape: no such field"),
    ("vertices.0.group", "a", r"vertices\[0\].group: 'a' is no group"),
    ("vertices.0.root", 1, r"vertices\[0\].root: 1 is no boolean"),
    ("vertices.0.turn", 1.0, r"vertices\[0\].turn: 1.0 is no integer or null"),
    ("vertices.0.about", [["a"]], r"vertices\[0\].about\[0\]: 1 items, and 2 to 2"),
    ("vertices.0.data", "nan", r'vertices\[0\].data: "nan" is no number'),
    ("vertices.0.data", "NaN", None),
    ("vertices.0.data", [1], r"vertices\[0\].data: a list is no number, no array"),
    ("vertices.0.data", {"type": "code"}, r'vertices\[0\].data.type: "code" is no kind of value'),
    ("vertices.0.data", {}, r"vertices\[0\].data.type: "),
    ("vertices.0.data", ARRAY, None),
    ("vertices.0.data", ARRAY | {"shape": [3]}, r"data.values: shape \(3,\) has 3 elements, got 2"),
    ("vertices.0.data", ARRAY | {"shape": [-1]}, r"data.shape\[0\]: -1 is less than 0"),
    ("vertices.0.data", ARRAY | {"shape": [2**60]}, r"data.shape\[0\]: .* is more than"),
    ("vertices.0.data", ARRAY | {"shape": [2] + [1] * 64}, r"data.shape: 65 items"),
    ("vertices.0.data", ARRAY | {"dtype": "object"}, r'data.dtype: "object" is not one of'),
    ("vertices.0.data", ARRAY | {"dtype": "int8"}, r"data.values\[0\]: 1.0 is no int8"),
    ("vertices.0.data", ARRAY | {"values": [1, "x"]}, r"data.values\[1\]: 'x' is no float32"),
    ("vertices.0.data", ARRAY | {"values": [1, 1e300]}, r"data.values: not all .* float32"),
    ("vertices.0.data", ARRAY | {"values": [1, [2]]}, r"data.values\[1\]: a list is no"),
    (
        "vertices.0.data",
        {"type": "array", "dtype": "int8", "shape": [1], "values": [300]},
        r"data.values: not all of them fit into int8",
    ),
    ("vertices.0.data", ARRAY | {"type": "scalar"}, r"data.shape: a scalar's is empty"),
    ("vertices.0.data", SUMMARY | {"zero": 0}, None),
    ("vertices.0.data", SUMMARY, r"data.zero: is missing"),
    ("vertices.0.data", SUMMARY | {"zero": 0, "nan": 1}, r"data.shape: it has 9 elements, and 10"),
    ("vertices.0.data", SUMMARY | {"zero": 10}, r"data.zero: 10 of 9"),
    ("vertices.0.data", {"type": "tuple", "items": [1, "x"]}, r"data.items\[1\]: \"x\" is no"),
    (
        "vertices.0.data",
        {"type": "tuple", "items": [{"type": "tuple", "items": []}]},
        r"data.items\[0\]: a tuple holds numbers and arrays, got a tuple",
    ),
    (
        "edges.0.contribution",
        {"type": "parts", "outputs": [1, 1], "items": [0.5, 0.5]},
        r"edges\[0\].contribution.outputs: 2 different numbers",
    ),
    ("edges.1.source", 17, r"edges\[1\].source: 17 is no vertex; there are 6"),
    ("edges.1.target", -2, r"edges\[1\].target: -2 is less than -1"),
    ("edges.1.target", 10**400, r"edges\[1\].target: a huge integer is no vertex"),
    ("edges.1.source", None, r"edges\[1\].source: null is no integer"),
    ("edges.2.source", 5, r"edges\[2\]: 5 → \d runs in a circle"),
    ("edges.2.share", "half", r'edges\[2\].share: "half" is not one of|edges\[2\].share: '),
    ("groups", [{"path": "a.b", "parent": "a"}], r"groups\[0\].parent: 'a' is no group before"),
    ("groups", [{"path": "a"}, {"path": "a"}], r"groups\[1\].path: 'a' is there already"),
]


@pytest.mark.parametrize(("place", "wrong", "message"), FAULTS)
def test_errors_name_the_place(place: str, wrong: Any, message: str | None) -> None:
    spoilt = copy.deepcopy(document())
    *outer, last = [int(p) if p.isdigit() else p for p in place.split(".")]
    inner: Any = spoilt
    for step in outer:
        inner = inner[step]
    inner[last] = wrong
    text = json.dumps(spoilt)
    if message is None:
        assert len(from_json(text).vertices) == 6
        return
    with pytest.raises(ValueError, match=message):
        from_json(text)


def test_numbers_that_are_no_json_are_refused() -> None:
    text = to_json(neuron())
    for wrong, message in (
        ("NaN", 'the string "NaN" stands for it'),
        ("1e999", r"vertices\[0\].data: Infinity is no number"),
        ("1" * 5000, "not JSON|digits"),
    ):
        spoilt = re.sub('"data": 2.0', f'"data": {wrong}', text)
        assert spoilt != text
        with pytest.raises(ValueError, match=message):
            from_json(spoilt)
    with pytest.raises(ValueError, match="'id' twice"):
        from_json(text.replace('"id": 0', '"id": 0, "id": 0'))


def test_what_is_asked_for_is_checked() -> None:
    with pytest.raises(ValueError, match="'summary' or 'full'"):
        to_json(neuron(), arrays="none")
    with pytest.raises(TypeError, match="built already"):
        to_json(build(neuron()), max_nodes=3)
    assert len(from_json(to_json(neuron(), max_nodes=2)).vertices) == 2


# The schema -----------------------------------------------------------------------------------


def test_the_schema_has_a_field_for_each_of_the_model() -> None:
    definitions = schema()["$defs"]
    for part, cls in (("vertex", Vertex), ("edge", Edge), ("group", Group)):
        assert list(definitions[part]["properties"]) == [f.name for f in dataclasses.fields(cls)]
    own = {f.name for f in dataclasses.fields(Model)} | {"format", "version"}
    assert set(schema()["properties"]) == own
    # Its defaults are those of the model.
    for part, cls in (("vertex", Vertex), ("edge", Edge), ("group", Group)):
        for field in dataclasses.fields(cls):
            given = definitions[part]["properties"][field.name]
            if field.default is not dataclasses.MISSING and "default" in given:
                assert given["default"] == field.default, field.name


def test_the_schema_is_a_schema_for_others_too() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    assert validator.is_valid(document())


def test_the_guide_explains_every_field_and_its_example_is_real() -> None:
    text = (ROOT / "docs" / "graph-model.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
        exec(compile(block, "graph-model.md", "exec"), names)
    (shown,) = re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)
    assert shown == names["text"]
    fields = {f"`{name}`" for name in schema()["properties"]}
    for part in ("vertex", "edge", "group", "array", "summary", "tuple", "parts", "other"):
        fields |= {f"`{name}`" for name in schema()["$defs"][part]["properties"]}
    assert {field for field in fields if field not in text} == set()
