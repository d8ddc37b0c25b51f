"""A file is never code: Poise reads or refuses it, whatever it holds, and does nothing else.

Every reader of a kind reads every hostile case of that kind in a separate process with little
memory, a time limit for each reading, and an audit hook.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hostile_archives  # noqa: F401 - registers its cases
import hostile_cases
import hostile_folders  # noqa: F401
import hostile_frames  # noqa: F401
import hostile_labels  # noqa: F401
import hostile_texts  # noqa: F401
import pytest
from hostile_weights import flipped

pytestmark = pytest.mark.usefixtures("keras")

CASES = hostile_cases.CASES
SECONDS = 120
"""For one reading; a hundred times the slowest on an idle machine."""

MOST_MEGABYTES = 200
"""By which the memory of the process may grow in a reading, at its peak."""

MOST_SECONDS = 5
"""Of the processor, in a reading."""

WARM = {
    "json": (
        "json: a byte order mark",
        "json: 100,000 part names",
        "json: 50,000 edges between missing parts",
    ),
    "yaml": ("yaml: a key twice", "yaml: 1e999"),
    "file": ("json: a byte order mark",),
    "job": ("job: a job whose name is an escape", "job: a circle of edges", "job: 5,000 parts"),
    "weights": (
        "weights: as Keras wrote them",
        "weights: the tree as Keras wrote it",
        "weights: an archive as Keras wrote it",
    ),
    "folder": ("folder: as it was saved", "folder: a skeleton and classes"),
    "zip": ("zip: a folder of SLEAP", "zip: a folder of Poise"),
    "video": ("video: as it was filmed", "video: a text"),
    "picture": ("picture: as it was saved", "picture: a program in PostScript"),
    "stack": ("stack: three pages", "stack: pages that follow each other in a circle"),
    "dataset": ("dataset: three frames",),
    "list": ("list: a list of itself", "list: a quote that never ends"),
    "labels": ("labels: as sleap-io wrote them", "labels: with an embedded picture"),
    "other labels": ("other labels: brackets that never end", "other labels: a row without end"),
}
"""Cases to read first, so that imports on demand are done."""

Outcome = tuple[str, str, Mapping[str, Any]]
"""Case, reader and outcome."""


def watched(
    kind: str, folder: Path, files: Mapping[str, Path], warm: list[Path], seconds: int = SECONDS
) -> tuple[list[Outcome], str]:
    """Read files in a separate process; the outcome of each, and how the process ended."""
    work = folder / "work"
    work.mkdir()
    cases = {
        "cases": [(name, str(path)) for name, path in files.items()],
        "warm": [str(path) for path in warm],
    }
    script = Path(__file__).with_name("watch.py")
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(script), kind, str(seconds)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        cwd=work,
        timeout=1800,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = [
        (start["case"], start["reader"], outcome)
        for start, outcome in zip(lines[::2], lines[1::2], strict=False)
    ]
    left = [path.name for path in work.iterdir() if path.name != "written"]
    ended = "" if done.returncode == 0 else f"{lines[-1:]} {done.stderr[-2000:]}"
    return outcomes, f"left behind: {left}" if left and not ended else ended


def written(name: str, folder: Path) -> Path:
    place = folder / f"{len(list(folder.iterdir()))}"
    place.mkdir()
    return CASES[name].write(place)


def complaints(name: str, reader: str, outcome: Mapping[str, Any]) -> Iterator[str]:
    """Everything wrong with one outcome."""
    case = CASES[name]
    # Commands wrap lines where COLUMNS is set, which readline does in every child of pytest.
    who, message = f"{reader} of {name}", " ".join(outcome["message"].split())
    if outcome["error"]:
        yield f"{who}: {outcome['error']}"
    elif case.says is None and outcome["refused"]:
        yield f"{who}: refused: {message[:300]}"
    elif outcome["refused"] and not re.search(case.says or "", message, re.DOTALL):
        yield f"{who}: says {message[:300]!r}"
    elif case.says and not outcome["refused"] and reader in (case.readers or (reader,)):
        yield f"{who}: was read: {message[:300]}"
    yield from strange(who, outcome)
    yield from costly(who, outcome)


def costly(who: str, outcome: Mapping[str, Any]) -> Iterator[str]:
    """What a reading took, if that is too much."""
    if outcome["megabytes"] > MOST_MEGABYTES:
        yield f"{who}: took {outcome['megabytes']:.0f} MB"
    if outcome["seconds"] > MOST_SECONDS:
        yield f"{who}: took {outcome['seconds']:.1f} s of the processor"


def strange(who: str, outcome: Mapping[str, Any]) -> Iterator[str]:
    """What no reading may do, whatever its outcome."""
    if outcome["events"]:
        yield f"{who}: did {str(outcome['events'])[:500]}"
    for text in (outcome["message"], *outcome["warnings"]):
        raw = {char for char in text if not char.isprintable() and char != "\n"}
        if raw:
            yield f"{who}: shows {raw} to a terminal"


@pytest.mark.parametrize("kind", sorted(WARM))
def test_hostile_files_are_refused_with_a_reason_and_run_nothing(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    warm = [written(name, folder) for name in WARM[kind]]
    files = {name: written(name, folder) for name, case in CASES.items() if case.kind == kind}

    outcomes, end = watched(kind, tmp_path, files, warm)

    assert [line for outcome in outcomes for line in complaints(*outcome)] == []
    assert end == ""
    assert {name for name, _, _ in outcomes} == set(files)


def flips(count: int, tmp_path: Path) -> list[str]:
    folder = tmp_path / "files"
    folder.mkdir()
    warm = [written(name, folder) for name in WARM["weights"]]
    files = {}
    for seed in range(count):
        place = folder / f"flipped{seed}"
        place.mkdir()
        files[f"seed {seed}"] = flipped(place, seed)
    outcomes, end = watched("flipped", tmp_path, files, warm)
    assert end == ""
    assert len(outcomes) == count
    errors = [f"{name}: {result['error']}" for name, _, result in outcomes if result["error"]]
    return errors + [line for name, _, result in outcomes for line in strange(name, result)]


def test_weights_with_a_few_wrong_bytes_are_read_or_refused(tmp_path: Path) -> None:
    assert flips(100, tmp_path) == []


@pytest.mark.slow
def test_weights_with_a_few_wrong_bytes_are_read_or_refused_at_length(tmp_path: Path) -> None:
    assert flips(3000, tmp_path) == []


def test_the_watch_notices_what_careless_readers_do(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    pickled = written("weights: a pickle", folder)

    outcomes, end = watched("careless", tmp_path, {"a pickle": pickled}, [], seconds=5)

    seen = {
        reader: " ".join([*result["events"], str(result["error"])])
        for _, reader, result in outcomes
    }
    assert end == ""
    assert "pickle.find_class" in seen["unpickle"]
    assert "os.system" in seen["run"]
    assert "exec" in seen["evaluate"]
    assert "open 'written'" in seen["write"]
    assert "import colorsys" in seen["load_a_module"]
    assert "TooLong" in seen["run_forever"]
    assert "MemoryError" in seen["fill_the_memory"]
