"""The queue works on a virtual clock and a faulty file system, and breaks no rule.

The code of the queue is the real one. ``simulated_truth`` has the rules: each frame is in the
results once, no result has its final name before it is whole, every video ends as done or set aside
with a reason, none is set aside that made progress, and a user is told the truth at any moment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from simulated_machines import MANY_FAULTS, NO_FAULTS
from simulated_runs import Scene, simulate

HERE = Path(__file__).parent
SEEDS = 60
MINUTES = 3
TROUBLE = {
    "JournalInUseError",
    "OSError",
    "answers lost",
    "claims lost",
    "claims released",
    "claims taken over",
    "no room",
    "old answers",
    "processes killed",
    "processes stalled",
    "requests refused",
}


def test_no_rule_is_broken_and_every_trouble_happens() -> None:
    trouble: Counter[str] = Counter()
    for seed in range(SEEDS):
        trouble += simulate(seed).truth.trouble

    assert set(trouble) == TROUBLE
    assert min(trouble.values()) > SEEDS / 10, trouble


@pytest.mark.parametrize("seed", range(5))
def test_no_rule_is_broken_if_much_goes_wrong(seed: int) -> None:
    simulate(seed, Scene(faults=MANY_FAULTS))


def test_without_faults_only_videos_that_cannot_be_predicted_are_set_aside() -> None:
    outcome = simulate(0, Scene(faults=NO_FAULTS))

    aside = {n for n, attempts in outcome.truth.attempts.items() if n not in outcome.truth.results}
    assert all(
        outcome.truth.attempts[n].is_hopeless or outcome.truth.attempts[n].fruitless == 3
        for n in aside
    )
    assert len(outcome.truth.results) + len(aside) == 200


REPEATED = "from simulated_runs import *; o = simulate(3); print(o.seconds, o.truth.trouble)"


def test_a_seed_decides_all_of_a_simulation() -> None:
    outcomes = [
        subprocess.run(
            [sys.executable, "-c", REPEATED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert outcomes[0] == outcomes[1]


@pytest.mark.slow
def test_a_thousand_seeds_break_no_rule_in_three_minutes() -> None:
    began = time.process_time()
    for seed in range(1000):
        simulate(seed)

    assert time.process_time() - began < MINUTES * 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_videos_and_two_hundred_workers_break_no_rule(seed: int) -> None:
    outcome = simulate(seed, Scene(videos=10_000, workers=200, machines=40))

    assert len(outcome.truth.places) == 10_000
