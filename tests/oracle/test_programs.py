"""A sample of the random programs; ``python -m tests.oracle.programs 5000`` runs many more."""

from __future__ import annotations

import pytest

from .programs import check

pytest.importorskip("torch", reason="PyTorch is the judge here (make oracle)")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("number", range(200))
def test_program_agrees_with_pytorch(number):
    result = check(20, number)
    assert result.trouble is None, result.trouble
