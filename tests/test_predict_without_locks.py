"""``poise predict`` where locks fail, as on a network drive without a lock server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from small_runs import HOLE, command, contents, run, write_images, write_model

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


def with_source(source: str) -> list[str]:
    """The command line for another source than the images."""
    return [source if word == "../images" else word for word in command()]


@pytest.mark.parametrize("name", ["labels.slp", "labels.pkg.slp"])
def test_label_files_are_sources_with_and_without_embedded_images(
    name: str, library: str, tmp_path: Path
) -> None:
    import sleap_io

    write_model(tmp_path / "model")
    project_of(write_images(tmp_path / "images", 8), tmp_path / "project.slp")
    sleap_io.load_slp(str(tmp_path / "project.slp")).save(
        str(tmp_path / name), embed=True if ".pkg" in name else None
    )
    (tmp_path / "out").mkdir()
    environ = {**os.environ, "LD_PRELOAD": library, "NO_LOCKS": str(tmp_path)}

    done = subprocess.run(
        with_source(f"../{name}"),
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "flies.report.json").read_text())
    assert report["frames"] == 3


def test_python_that_has_imported_h5py_before_says_what_to_do(library: str, tmp_path: Path) -> None:
    project_of(write_images(tmp_path / "images", 8), tmp_path / "project.slp")
    program = (
        "import h5py, pathlib, poise_workflows.frames.label_files as files\n"
        "try: files.open_labels(pathlib.Path('project.slp'))\n"
        "except files.SourceError as error: print(error)\n"
    )
    environ = {**os.environ, "LD_PRELOAD": library, "NO_LOCKS": str(tmp_path)}

    said = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, env=environ
    )

    assert "; set HDF5_USE_FILE_LOCKING=FALSE before Python starts" in said.stdout, said.stderr


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


COMMANDS = {
    "predict": ["labels.slp", "-m", "model", "-o", "out.slp"],
    "train": ["job.json", "labels.slp", "-o", "run"],
    "evaluate": ["labels.slp", "-m", "model"],
    "export": ["model", "--format", "onnx", "-o", "out"],
    "suggest": ["labels.slp", "-o", "out.slp"],
    "track": ["labels.slp", "-o", "out.slp"],
    "render": ["labels.slp", "-o", "out.mp4"],
    "preview": ["job.json", "--labels", "labels.slp", "-o", "out.png"],
    "inspect": ["labels.slp"],
    "benchmark": ["model"],
    "work": ["out"],
    "recommend": ["job.json", "--labels", "labels.slp", "--fps", "1"],
    "sleap-track": ["labels.slp", "-m", "model"],
    "sleap-train": ["job.json", "labels.slp"],
    "sleap-export": ["-m", "model"],
}
ASKS = """
import os, sys

class Asker:
    def find_spec(self, name, path=None, target=None):
        if name == "h5py":
            os._exit(40 if os.environ.get("HDF5_USE_FILE_LOCKING") == "FALSE" else 41)

sys.meta_path.insert(0, Asker())
from poise.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_imports_h5py_before_anything_else_does(name: str, tmp_path: Path) -> None:
    """HDF5 asks once, at that moment, whether it locks."""
    words = [sys.executable, "-c", ASKS, name, *COMMANDS[name]]

    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 40, done.stdout + done.stderr
