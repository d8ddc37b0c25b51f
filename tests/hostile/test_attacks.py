"""Every attack of ``shared/reports/attacks.py`` ends as the design says.

That script prints what happens. Each case runs in a process with 8 GB of address space and a minute
of processor time, and is judged by what it printed.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("keras")]

WHOLE = r"\['config\.json', 'model\.weights\.h5', 'poise\.json'\]"
"""A model folder with all its files."""

SERVED = r"exit [1-9]\d*, stdout '\["
"""``poise list --json`` told of a failure by its exit status, and printed its rows."""


class End(NamedTuple):
    """How a case must end.

    Attributes:
        says: patterns that must match; with a number, so often.
        lacks: patterns that nothing matches.
        peak: most megabytes of memory; only of cases that print it.
        seconds: most processor time, with that of the start of Python and Keras.
    """

    says: tuple[str | tuple[str, int], ...] = ()
    lacks: tuple[str, ...] = ()
    peak: int = 0
    seconds: int = 60


ENDS = {
    # Configurations.
    "names_twice": End((r"ConfigError: .*must be a non-empty list of different names",), seconds=8),
    "edges_of_nobody": End((r"ConfigError: 6000 faults",), seconds=8),
    "check_many_classes": End((r"^   0$",), seconds=12),
    "extra_overwritten": End((r"aa", r"bb")),
    "yaml_oddities": End((r"'😀'", r"x85b|U\+0085", r"null", r"10|1\.2")),
    # Weights.
    "deflate_bomb": End((r"on disk",), peak=1000),
    "strings_of_one_place": End((r"on disk",), peak=1000, seconds=20),
    "arrays_not_reported": End((r"zzz:0", r"zzz/layer/kernel", r"optimizer_weights")),
    "long_message": End((r"^   (1,\d{3}|2,000|\d{1,3}) characters",)),
    # Model folders.
    "overwrite_working_folder": End((WHOLE, r"\['model'\]")),
    "overwrite_foreign_file": End((r"Error: .*zz", r"'zz'", r"\['model'\]")),
    "overwrite_killed": End((WHOLE,)),
    "overwrite_takes_all": End((r"BundleError: .*labels\.slp",)),
    "two_savers": End((r"\[0, 3\]|\[3, 0\]", WHOLE)),
    "disk_full": End((r"^   0$", r"\[\]")),
    "config_save_full": End((r"^   (\d+)\n   \1$",)),
    "code_beside_a_model": End(((r": BundleError", 9),), (r": True$",)),
    # Downloads.
    "download_raw_errors": End(((r"WeightsError", 2),), (r"TypeError|ValueError",)),
    "download_part_as_whole": End((r"WeightsError",), (r"fetched",)),
    "download_without_end": End((r"WeightsError",), (r"fetched",)),
    "download_to_ftp": End((r"WeightsError", r"^   \[\]$")),
    # Plugins.
    "plugins_that_end_all": End(((SERVED, 8),), (r"exit 0", r"more than")),
    "plugins_that_print": End(((r"stdout '\[", 2),), (r"stdout '[^\[]",)),
    "cache_that_is_stale": End(((r"broken", 2),)),
    "one_plugin_breaks_commands": End(
        ((r"exit 1, stdout '[^']", 6),), (r"exit 0", r"stderr ends '\w+Error: ")
    ),
    "not_listed_at_all": End(((r"bad of \S+ \S+: broken", 4),)),
    # Building, decoding, targets.
    "one_failed_build_breaks_the_next": End(
        (r"^   (\d+)\n   BuildError[^\n]*\n   \1\n   \1\n[^\n]*: \1$",), (r"MemoryError",)
    ),
    "absurd_configurations": End(((r": (?:Build|Config)Error: ", 4),), (r"ended by",)),
    "targets_of_nothing": End((r"centroid", r"sigma"), (r"Error: (?!must)", r"[1-9]\d* NaN")),
    "nan_hides_animals": End((r"^   \[1\]\n   \[1\]$|Error",)),
    "fork_while_locked": End((r"ended by 0 ",)),
}
"""Case → its end."""

ATTACKS = "reports/attacks.py"


def complaints(end: End, text: str, seconds: float) -> Iterator[str]:
    """What is wrong with the end of a case."""
    for each in end.says:
        pattern, count = each if isinstance(each, tuple) else (each, 1)
        number = len(re.findall(pattern, text, re.MULTILINE))
        if number < count:
            yield f"must say {pattern!r} {count} times, got {number}"
    for pattern in end.lacks:
        if re.search(pattern, text, re.MULTILINE):
            yield f"must not say {pattern!r}"
    peak = re.search(r"peak (\d+) MB", text)
    if end.peak and (peak is None or int(peak[1]) > end.peak):
        yield f"must take at most {end.peak} MB"
    if seconds > end.seconds:
        yield f"must take at most {end.seconds} s of processor time, got {seconds:.1f}"


@pytest.mark.parametrize("name", ENDS)
def test_the_attack_ends_as_the_design_says(name: str, shared: Path, tmp_path: Path) -> None:
    environ = {**os.environ, "SLEAP_MODELS": str(shared / "sleap/models")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, str(shared / ATTACKS), name],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environ,
        timeout=300,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    _, _, text = done.stdout.partition("\n")

    assert list(complaints(ENDS[name], text, spent)) == [], f"{text}\n{done.stderr[-1000:]}"


def test_every_attack_has_an_end(shared: Path) -> None:
    listed = subprocess.run(
        [sys.executable, str(shared / ATTACKS)], capture_output=True, text=True, check=True
    )

    assert {line.split()[0] for line in listed.stdout.splitlines()} == set(ENDS)
