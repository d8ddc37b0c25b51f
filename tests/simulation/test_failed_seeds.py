"""Simulations that broke a rule while the queue was written."""

from __future__ import annotations

import pytest
from simulated_machines import MANY_FAULTS, Faults
from simulated_runs import Scene, simulate

STALLING = Faults(death=0.01, stall=0.03, lost=0.1, refused=0.05, old=0.9, longest_stall=900.0)
FAILED = {
    "a worker stalled between its claim and its journal, and wrote over another's record": (
        1,
        Scene(videos=120, faults=MANY_FAULTS),
    ),
    "a worker stalled between its last batch and the end of its journal": (20, Scene()),
    "a worker asked the names of processes in an order that changed": (7, Scene()),
    "no claim was watched for long enough, since all watchers stalled": (
        37,
        Scene(videos=100, faults=STALLING),
    ),
    "nothing was left to do, but the last worker did not see it in time": (
        7,
        Scene(videos=100, faults=STALLING),
    ),
}


@pytest.mark.parametrize("event", FAILED)
def test_a_simulation_that_failed_once_breaks_no_rule(event: str) -> None:
    seed, scene = FAILED[event]

    simulate(seed, scene)
