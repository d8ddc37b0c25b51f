"""Whether the process that wrote a journal still runs."""

from __future__ import annotations

import subprocess
import sys
import time

import attrs
import pytest

from poise_workflows.journal.claims import Claim, from_json, is_alive, own

CLAIM = """\
import json, sys, time
from poise_workflows.journal.claims import own
print(json.dumps(own().to_json()), flush=True)
time.sleep(60)
"""


def test_this_process_runs() -> None:
    assert is_alive(own()) is True


def test_a_claim_comes_back_from_json() -> None:
    assert from_json(own().to_json()) == own()


def test_another_process_runs_until_it_is_killed_also_while_nobody_waits_for_it() -> None:
    import json

    child = subprocess.Popen([sys.executable, "-c", CLAIM], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    claim = from_json(json.loads(child.stdout.readline()))

    assert claim.pid == child.pid
    assert is_alive(claim) is True
    child.kill()
    until = time.monotonic() + 10
    while is_alive(claim) and time.monotonic() < until:
        time.sleep(0.01)
    assert is_alive(claim) is False  # a zombie
    child.communicate()
    assert is_alive(claim) is False


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it() -> None:
    assert is_alive(attrs.evolve(own(), started=own().started - 100)) is False


@pytest.mark.parametrize("difference", [{"host": "elsewhere"}, {"boot": "b"}, {"space": "s"}])
def test_a_process_of_another_machine_or_container_cannot_be_seen(
    difference: dict[str, str],
) -> None:
    claim: Claim = attrs.evolve(own(), **difference)

    assert is_alive(claim) is None
