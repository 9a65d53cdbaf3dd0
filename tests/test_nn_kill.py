"""A run killed with SIGKILL at 25 random moments ends with the very bits of the unbroken one."""

import signal
from pathlib import Path

import numpy as np
import pytest

from .kill.parent import differences, torment

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


def test_a_run_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    outcome = torment(25, tmp_path)
    print(outcome)
    assert outcome.different == []
    assert outcome.kills == 25
    assert outcome.writing >= 1 and outcome.starting >= 1
    assert outcome.first < 100 and outcome.last > 400


def test_the_comparison_sees_the_least_bit() -> None:
    weights = np.array([1.0, 2.0], np.float32)
    nudged = np.nextafter(weights, np.float32(9))
    assert differences(({"w": weights}, {}), ({"w": weights.copy()}, {})) == []
    assert differences(({"w": weights}, {}), ({"w": nudged}, {})) == ["w"]
    assert differences(({"z": np.zeros(1)}, {}), ({"z": -np.zeros(1)}, {})) == ["z"]
    assert differences(({"w": weights}, {}), ({}, {})) == ["w"]
    assert differences(({}, {"history": [1]}), ({}, {"history": [2]})) == ["history"]
