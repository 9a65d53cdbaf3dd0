"""With the same weights, ``nn`` gives what PyTorch gives, to float64 round-off."""

from __future__ import annotations

import pytest

from .agreement import ROWS, Row

pytest.importorskip("torch", reason="PyTorch is the judge here (make oracle)")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("row", [pytest.param(r, id=f"{r.group}-{r.name}") for r in ROWS])
def test_agrees_with_pytorch(row: Row) -> None:
    assert row.error() <= row.bound
