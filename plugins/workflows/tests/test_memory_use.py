"""How much memory a process has taken."""

from __future__ import annotations

import numpy as np
import psutil

from poise_workflows.memory_use import peak_memory


def test_the_peak_of_a_process_is_at_least_what_it_has() -> None:
    before = peak_memory()
    array = np.ones(2**24)  # 128 MiB

    assert before > 2**20
    assert peak_memory() >= before
    assert peak_memory() >= psutil.Process().memory_info().rss - array.nbytes
    assert peak_memory() >= array.nbytes
