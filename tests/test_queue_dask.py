"""A queue on a Dask cluster has the results of one process, whoever is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import poise_workflows
from poise_workflows.journal.reading import journal_of, read_journal
from poise_workflows.queueing.queue_folders import FOLDER, Place
from poise_workflows.queueing.states import read_states
from small_runs import write_images, write_model

pytestmark = pytest.mark.usefixtures("keras")

distributed = pytest.importorskip("distributed", reason="of poise-workflows[dask]")
for _name in ("onnx", "onnxruntime", "tf2onnx"):
    pytest.importorskip(_name, reason="of poise-workflows[onnx], whose workers start quickly")

VIDEOS, FRAMES = 4, 200
LONGEST = 120.0
"""Seconds after which the test gives up waiting."""


@pytest.fixture(scope="module")
def place(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with images, an export, and the results of one process."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Poise writes ONNX from TensorFlow")
    folder = tmp_path_factory.mktemp("queue")
    poise_workflows.export(write_model(folder / "model"), folder / "export", format="onnx")
    (folder / "flies").mkdir()
    for number in range(VIDEOS):
        write_images(folder / "flies" / f"{number}", FRAMES)
    (folder / "whole").mkdir()
    poise_workflows.predict(sources(folder), folder / "export", folder / "whole", **OPTIONS)
    return folder


OPTIONS: dict[str, Any] = {
    "runtime": "onnx",
    "batch_size": 1,
    "peak_threshold": 0.01,
    "allow_unreadable": 1,
    "progress": "none",
}


def sources(place: Path) -> list[Path]:
    return sorted((place / "flies").iterdir())


@pytest.fixture
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


def contents(folder: Path) -> dict[str, Any]:
    """Every array of each result, by its video."""
    import h5py

    results = {}
    for path in sorted(folder.glob("*.predictions.slp")):
        with h5py.File(path) as file:
            results[path.name] = {
                name: file[name][()].tobytes() for name in ("frames", "instances", "pred_points")
            }
    return results


def frames_done(folder: Path) -> int:
    """How many frames are in all journals."""
    paths = [journal_of(folder / f"{number}.predictions.slp") for number in range(VIDEOS)]
    recorded = [read_journal(path) for path in paths if path.exists()]
    return sum(sum(each.progress.values()) for each in recorded if each)


def wait_for(is_time: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST
    while not is_time():
        assert time.monotonic() < until
        time.sleep(0.05)


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """The workers of the queue among the descendants of a process."""
    named = []
    for child in process.children(recursive=True):
        try:
            if "poise_workflows.queueing.tied" in child.cmdline():
                named.append(child)
        except psutil.NoSuchProcess:  # it has ended
            continue
    return named


def test_workers_on_dask_that_are_interrupted_and_killed_have_the_results_of_one_process(
    place: Path, cluster: Any, tmp_path: Path
) -> None:
    out, own = tmp_path / "out", psutil.Process()
    words = [*map(str, sources(place)), "-m", str(place / "export"), "-o", str(out)]
    how = ["--runtime", "onnx", "--batch-size", "1", "--peak-threshold", "0.01"]
    engine = ["--engine", "dask", "--scheduler", cluster.scheduler_address, "--jobs", "auto"]
    command = [sys.executable, "-m", "poise", "predict", *words, *how, *engine]
    command += ["--allow-unreadable", "1", "--progress", "none"]

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: frames_done(out) > 10)
        process.terminate()
        assert process.wait(timeout=LONGEST) == 143

    # Every worker has given back its video, and ended.
    assert 10 < frames_done(out) < VIDEOS * FRAMES
    assert read_states(out / FOLDER).counts()[Place.CLAIMED] == 0
    wait_for(lambda: not workers_of(own))

    again = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    killed: set[int] = set()
    with again:
        for victims in (workers_of, lambda _: _dask_workers(cluster)):
            before = frames_done(out)
            wait_for(lambda before=before: frames_done(out) > before + 30)  # type: ignore[misc]
            (victim, *_) = victims(own)
            victim.kill()
            killed.add(victim.pid)
        assert again.wait(timeout=LONGEST) == 0

    assert len(killed) == 2
    assert contents(out) == contents(place / "whole")
    assert frames_done(out) == VIDEOS * FRAMES
    assert read_states(out / FOLDER).counts()[Place.DONE] == VIDEOS


def _dask_workers(cluster: Any) -> list[psutil.Process]:
    return [psutil.Process(nanny.pid) for nanny in cluster.workers.values()]


def test_a_cluster_that_dask_starts_by_its_own_configuration_does_the_same(
    place: Path, tmp_path: Path
) -> None:
    results = poise_workflows.predict(
        sources(place)[:2],
        place / "export",
        tmp_path / "out",
        jobs=2,
        engine="dask",
        engine_options={"cluster": "distributed.LocalCluster"},
        **OPTIONS,
    )

    assert [result.failed for result in results] == ["", ""]
    whole = contents(place / "whole")
    assert contents(tmp_path / "out") == dict(list(whole.items())[:2])
