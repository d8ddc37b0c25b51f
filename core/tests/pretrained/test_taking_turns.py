"""One process downloads a file; the others say for whom they wait, and sweep what the dead left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from poise.errors import WeightsError
from poise.pretrained import find, taking_turns
from poise.pretrained.taking_turns import alone
from poise.specs import PublishedWeights
from poise.writing.drafts import PART, beside
from writers import WAIT, killed_while_writing

from .conftest import CONTENT

filelock = pytest.importorskip("filelock", reason="without it nobody waits")


def holding(file: Path) -> subprocess.Popen[str]:
    """A process that holds the lock of a file until its input ends."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from poise.pretrained.taking_turns import alone\n"
        f"with alone(Path({str(file)!r}), 'W', 30):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "held\n"
    return running


def test_who_waits_names_the_process_and_gives_up_when_it_receives_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(taking_turns, "PAUSE", 0.05)
    file = tmp_path / "w.h5"
    other = holding(file)
    received_nothing = rf"process {other.pid} on .* has received nothing"
    with (
        pytest.raises(WeightsError, match=received_nothing),
        alone(file, "W's weights", timeout=0.02),
    ):
        pytest.fail("two processes held the lock")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"waiting for process {other.pid} on ")
    assert said[0].endswith(", which downloads W's weights")
    other.communicate("")
    with alone(file, "W's weights", timeout=0.02):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.h5.lock"]


def test_drafts_of_processes_that_died_are_removed_by_the_next_download(
    published: PublishedWeights, cache: Path
) -> None:
    cache.mkdir(parents=True)
    for name in ("weights.h5", "other.h5"):
        killed_while_writing(f"""
            from poise.writing.whole_files import whole_draft
            with whole_draft({str(cache / name)!r}) as draft:
                {WAIT}
        """)
    (cache / "weights.h5.part").write_bytes(b"of the user")
    assert len(list(cache.iterdir())) == 3

    assert find(published).read_bytes() == CONTENT

    left = {path.name for path in cache.iterdir() if path.suffix != ".lock"}
    assert left == {"weights.h5", "weights.h5.part"}


def test_the_draft_of_a_process_that_downloads_another_file_stays(
    published: PublishedWeights, cache: Path
) -> None:
    cache.mkdir(parents=True)
    draft = beside(cache / "other.h5", PART)
    draft.write_bytes(bytes(10))

    find(published)

    assert draft.exists()
