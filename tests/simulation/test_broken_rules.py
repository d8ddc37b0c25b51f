"""A queue with one rule taken out is noticed by the simulation."""

from __future__ import annotations

import pytest
from broken_rules import RULES
from simulated_machines import MANY_FAULTS
from simulated_runs import Scene, simulate
from simulated_truth import BrokenRuleError

SEEDS = 30


def simulate_all(scene: Scene) -> None:
    for seed in range(SEEDS):
        simulate(seed, scene)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_taken_out_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = RULES[rule]
    for owner, name, replacement in broken.replaced:
        monkeypatch.setattr(owner, name, replacement)

    with pytest.raises(BrokenRuleError):
        simulate_all(Scene(videos=120, faults=MANY_FAULTS, worker=broken.worker))
