"""A process that appends is killed again and again, and no batch is lost or doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise_workflows.journal.batches import ARRAYS, Batch
from poise_workflows.journal.reading import read_journal
from poise_workflows.journal.writing import open_journal

BATCHES = 60

RUN = f"""
import sys, time
sys.path.insert(0, sys.argv[1])
from conftest import DESCRIPTION, batch_of
from poise_workflows.journal.writing import open_journal

with open_journal(sys.argv[2], DESCRIPTION) as journal:
    print("open", flush=True)
    for index in range(journal.recorded.progress.get(0, 0) // 4, {BATCHES}):
        journal.append(batch_of(index, parts=3000))
        time.sleep(0.01)
    if not journal.is_finished:  # a kill may come too late
        journal.finish({{"batches": {BATCHES}}})
"""


def start(path: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", RUN, str(Path(__file__).parent), str(path)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_again_and_again_equals_an_uninterrupted_one(
    tmp_path: Path, description: Any, batch: Callable[..., Batch], kills: int
) -> None:
    path = tmp_path / "flies.slp.journal"
    chance = random.Random(16)
    sizes = []

    for kill in range(kills):
        running = start(path)
        assert running.stdout is not None
        if kill % 5:  # every fifth one is killed at its start
            assert running.stdout.readline() == "open\n"
            before = path.stat().st_size
            more = chance.randrange(400_000)
            while path.stat().st_size < before + more and running.poll() is None:
                pass
        else:
            time.sleep(chance.uniform(0, 0.3))
        running.kill()
        running.communicate()
        sizes.append(path.stat().st_size if path.exists() else 0)

    last = start(path)
    last.communicate()
    assert last.returncode == 0
    assert len(set(sizes)) > kills // 2  # they were killed while they wrote
    recorded = read_journal(path)
    assert recorded is not None
    assert recorded.report == {"batches": BATCHES}
    batches = list(recorded.batches())
    assert len(batches) == BATCHES
    for index, read in enumerate(batches):
        for name in ARRAYS:
            expected = getattr(batch(index, parts=3000), name)
            np.testing.assert_array_equal(getattr(read, name), expected)
    with open_journal(path, description) as journal:
        assert journal.is_finished
