"""A sample of the random programs; ``python -m tests.oracle.fuzz 5000`` runs many more."""

from __future__ import annotations

import pytest

from .workers import examine

pytest.importorskip("torch", reason="PyTorch is the judge here (make oracle)")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("number", range(250))
def test_program_agrees_with_pytorch(number):
    result, _, source = examine(20, number, ("PyTorch",))
    assert result.trouble is None, source
