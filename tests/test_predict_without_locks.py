"""``poise predict`` where locks fail, as on a network drive without a lock server."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from small_runs import HOLE, contents, run, write_images, write_model

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture
def library(workspace: Path, tmp_path: Path) -> str:
    """A library that makes locks fail, for LD_PRELOAD."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs a C compiler on Linux, to make locks fail")
    source = workspace / "plugins" / "workflows" / "tests" / "results" / "no_locks.c"
    library = tmp_path / "no_locks.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return str(library)


def project_of(images: Path, path: Path) -> None:
    """A project whose first three images are labeled."""
    import numpy as np
    import sleap_io

    files = sorted(images.iterdir(), key=lambda file: int(file.stem))
    video = sleap_io.Video.from_filename([str(file) for file in files])
    skeleton = sleap_io.Skeleton(["head", "tail"])
    animal = sleap_io.Instance.from_numpy(np.array([[3.0, 4.0], [8.0, 9.0]]), skeleton=skeleton)
    frames = [
        sleap_io.LabeledFrame(video=video, frame_idx=index, instances=[animal])
        for index in range(3)
    ]
    sleap_io.Labels(frames, videos=[video], skeletons=[skeleton]).save(str(path), embed=False)


def test_models_journal_results_and_a_project_need_no_locks(library: str, tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    project_of(write_images(tmp_path / "images", 12), tmp_path / "project.slp")
    environ = {"LD_PRELOAD": library, "NO_LOCKS": str(tmp_path)}

    done = run(tmp_path / "out", environ=environ)
    merged = run(
        tmp_path / "out",
        *("-o", "merged.slp", "--merge", "../project.slp", "--format", "slp"),
        environ=environ,
    )

    assert done.returncode == 0, done.stderr
    report = contents(tmp_path / "out")["report"]
    assert (report["frames"], report["holes"]) == (12, 1)
    assert report["unreadable"][0]["frame"] == HOLE
    assert merged.returncode == 0, merged.stderr
