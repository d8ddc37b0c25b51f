"""Results on file systems without locks, on full disks, and of processes that are killed."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import h5py
import pytest
import sleap_io

from poise.writing.drafts import drafts_of
from poise_workflows.results.contents import Results
from poise_workflows.results.hdf5 import open_hdf5
from poise_workflows.results.local import readable
from poise_workflows.results.sleap_files import write_slp

HERE = Path(__file__).parent
Run = Callable[..., Results]


def child(script: str, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program that can import the runs of these tests, with the arguments as ``argv``."""
    program = f"import sys\nsys.path.insert(0, {str(HERE)!r})\n{dedent(script)}"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environ})


def test_a_file_that_is_locked_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "flies.slp"
    h5py.File(path, "w").close()
    with path.open("rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="lock"):
            h5py.File(path, "r+")
        with open_hdf5(path, "r+") as file:
            file["a"] = 1


def test_a_file_that_cannot_be_locked_is_read_from_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "flies.slp"
    with h5py.File(path, "w") as file:
        file["a"] = 1

    with readable(path) as place:
        assert place == path
    with path.open("rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with readable(path) as place:
            assert place != path
            with h5py.File(place) as file:
                assert file["a"][()] == 1
    assert not place.exists()


def test_what_is_no_hdf5_or_missing_is_not_taken_for_a_locked_file(tmp_path: Path) -> None:
    (tmp_path / "flies.slp").write_bytes(b"text")

    for name in ("flies.slp", "gone.slp"):
        with pytest.raises(OSError, match=r"signature|No such file"):  # noqa: SIM117
            with readable(tmp_path / name):
                pass


WITHOUT_LOCKS = """
    from pathlib import Path
    import h5py
    from conftest import batches_of, results_of
    from poise_workflows.results.sleap_files import write_slp

    folder = Path(sys.argv[1])
    try:
        h5py.File(folder / "locked.h5", "w")
    except OSError:
        print("no locks")
    written = write_slp(results_of(folder, batches_of("tracked")), folder / "flies.slp", {})
    print(written.instances)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A library that makes locks fail, for LD_PRELOAD."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs a C compiler on Linux, to make locks fail")
    library = tmp_path_factory.mktemp("library") / "no_locks.so"
    source = HERE / "no_locks.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return str(library)


def test_journal_and_result_are_written_where_locks_fail(tmp_path: Path, library: str) -> None:
    done = child(WITHOUT_LOCKS, tmp_path, LD_PRELOAD=library, NO_LOCKS=str(tmp_path))

    assert done.stderr == ""
    assert done.stdout.split("\n")[:2] == ["no locks", "48"]
    labels = sleap_io.load_slp(str(tmp_path / "flies.slp"), open_videos=False)
    assert sum(map(len, labels)) == 48


ON_A_FULL_DISK = """
    import resource, signal
    from pathlib import Path
    from conftest import batches_of, results_of
    from poise_workflows.results.sleap_files import write_slp

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    folder = Path(sys.argv[1])
    results = results_of(folder, batches_of("tracked", frames=6000, size=50))
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
    try:
        write_slp(results, folder / "flies.slp", {})
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize("size", [1000, 100_000, 500_000])
def test_a_full_disk_leaves_the_former_file_and_no_draft(tmp_path: Path, size: int) -> None:
    (tmp_path / "flies.slp").write_text("former")

    done = child(ON_A_FULL_DISK, tmp_path, size)

    path = tmp_path / "flies.slp"
    assert done.stdout.startswith(f"ResultsError {path}: cannot be written: "), done.stderr
    assert "fix: make room or name another output; the journal keeps the poses" in done.stdout
    assert path.read_text() == "former"
    assert drafts_of(path) == []


KILLED = """
    import os, signal
    from pathlib import Path
    from conftest import batches_of, results_of
    from poise_workflows.results import tables
    from poise_workflows.results.sleap_files import write_slp

    tables.ROWS = 1
    folder, left = Path(sys.argv[1]), int(sys.argv[2])
    results = results_of(folder, batches_of("tracked"))
    flush = tables.Tables.flush

    def killed(self):
        global left
        left -= 1
        if left < 0:
            assert not (folder / "flies.slp").exists()
            os.kill(os.getpid(), signal.SIGKILL)
        flush(self)

    tables.Tables.flush = killed
    write_slp(results, folder / "flies.slp", {})
"""


@pytest.mark.parametrize("count", [0, 5, 20])
def test_a_process_that_is_killed_while_it_writes_leaves_no_file_of_that_name(
    tmp_path: Path, count: int
) -> None:
    done = child(KILLED, tmp_path, count)

    assert done.returncode == -9, done.stderr
    assert not (tmp_path / "flies.slp").exists()
    assert len(drafts_of(tmp_path / "flies.slp")) == 1


WHOLE_RUN = """
    import time
    from pathlib import Path
    from conftest import batches_of, results_of
    from poise_workflows.journal.writing import open_journal
    from poise_workflows.results.contents import Contents, Results, media_video
    from poise_workflows.results.sleap_files import write_slp
    from conftest import SKELETON

    folder, pause = Path(sys.argv[1]), float(sys.argv[2])
    contents = Contents(skeleton=SKELETON, videos=[media_video("films/0.mp4", (90, 64, 80, 1))])
    with open_journal(folder / "flies.slp.journal", {"run": 1}) as journal:
        print("open", flush=True)
        done = journal.recorded.progress.get(0, 0)
        for batch in batches_of("tracked", frames=80):
            if batch.frames[0] >= done:
                time.sleep(pause)
                journal.append(batch)
        write_slp(Results(contents=contents, recorded=journal.recorded), folder / "flies.slp", {})
        journal.finish({})
"""


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_again_and_again_gives_the_file_of_an_uninterrupted_one(
    tmp_path: Path, kills: int
) -> None:
    chance = random.Random(kills)
    program = f"import sys\nsys.path.insert(0, {str(HERE)!r})\n{dedent(WHOLE_RUN)}"
    folder, calm = tmp_path / "killed", tmp_path / "calm"
    folder.mkdir()
    calm.mkdir()
    for _ in range(kills):
        command = [sys.executable, "-c", program, str(folder), "0.02"]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(chance.uniform(0, 2.0 / kills))
        running.kill()
        running.communicate()
        if (folder / "flies.slp").exists():  # then it is whole
            with h5py.File(folder / "flies.slp") as file:
                assert len(file["frames"]) == 80

    for place in (folder, calm):
        assert child(WHOLE_RUN, place, 0).stderr == ""
    with h5py.File(folder / "flies.slp") as file, h5py.File(calm / "flies.slp") as expected:
        for name in ("frames", "instances", "pred_points", "tracks_json", "videos_json"):
            assert len(expected[name]) > 0
            # As text: NaN equals NaN there.
            assert repr(file[name][()].tolist()) == repr(expected[name][()].tolist())


def test_memory_does_not_grow_with_the_frames(run: Run, tmp_path: Path) -> None:
    def peak(frames: int) -> int:
        results = run("tracked", frames=frames, size=50)
        tracemalloc.start()
        write_slp(results, tmp_path / "flies.slp", {})
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        (results.recorded.path.parent).rename(tmp_path / f"{frames}")
        return most

    peak(40)  # what is imported and cached at first use
    assert peak(20_000) < 1.25 * peak(2_000)


JOURNAL = """
    from pathlib import Path
    from conftest import SKELETON, batches_of, media_video
    from poise_workflows.journal.writing import open_journal
    from poise_workflows.results.contents import Contents

    videos = [media_video("films/0.mp4", (100_000, 64, 80, 1))]
    contents = Contents(skeleton=SKELETON, videos=videos)
    with open_journal(Path(sys.argv[1]) / "run.journal", {}, contents.to_json()) as journal:
        for batch in batches_of("tracked", frames=int(sys.argv[2]), size=50):
            journal.append(batch)
"""

RESIDENT = """
    import resource
    from pathlib import Path
    from poise_workflows.journal.reading import read_journal
    from poise_workflows.results.contents import Results, contents_of
    from poise_workflows.results.sleap_files import write_slp

    recorded = read_journal(Path(sys.argv[1]) / "run.journal")
    results = Results(contents=contents_of(recorded.background), recorded=recorded)
    print(write_slp(results, Path(sys.argv[1]) / "flies.slp", {}).frames)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_resident_memory_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    peaks = []
    for frames in (2_000, 100_000):
        folder = tmp_path / str(frames)
        folder.mkdir()
        assert child(JOURNAL, folder, frames).stderr == ""
        done = child(RESIDENT, folder)
        assert done.stderr == ""
        written, peak = map(int, done.stdout.split())
        assert written == frames
        peaks.append(peak)
    assert peaks[1] < 1.1 * peaks[0]
