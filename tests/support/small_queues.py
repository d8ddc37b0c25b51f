"""A small queue: a tiny model, and folders of short videos; and what is in the results."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np

from poise_workflows.queueing.statuses import QueueStatus

SIZE = (64, 64)
OPTIONS: dict[str, Any] = {"peak_threshold": 0.01, "batch_size": 1}
WORDS = ["--peak-threshold", "0.01", "--batch-size", "1", "--progress", "none"]


def write_video(path: Path, count: int, seed: int) -> Path:
    """A video of noise, whose frames differ."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuv420p"
        for _ in range(count):
            gray = random.integers(0, 256, (*SIZE, 1)).repeat(3, axis=-1)
            frame = av.VideoFrame.from_ndarray(gray.astype(np.uint8))
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def write_videos(folder: Path, count: int, frames: int) -> list[Path]:
    """Videos in two folders, as of two cameras."""
    names = [f"Camera{number % 2 + 1}/{number // 2}.mp4" for number in range(count)]
    return [write_video(folder / name, frames, seed) for seed, name in enumerate(names)]


def results_in(folder: Path) -> dict[str, Any]:
    """Name of each result → what is in it.

    Raises:
        Exception: a result is not whole.
    """
    files = sorted(folder.rglob("*.predictions.slp"))
    return {file.relative_to(folder).as_posix(): contents_of(file) for file in files}


def contents_of(file: Path) -> dict[str, Any]:
    """Every array of a result."""
    import h5py

    with h5py.File(file) as tables:
        names = ("frames", "instances", "tracks_json")
        arrays = {name: tables[name][()].tolist() for name in names}
        return {**arrays, "points": repr(tables["pred_points"][()].tolist())}  # NaN equals none


def poise(*words: object, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start a command of Poise."""
    return subprocess.Popen(
        [sys.executable, "-m", "poise", *map(str, words)],
        cwd=cwd,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status of a command, and what it has written."""
    said, complained = process.communicate()
    return process.returncode, said + complained


def faults_of(status: QueueStatus, whole: dict[str, Any], folder: Path) -> Iterable[str]:
    """Whether what a queue says of itself is true.

    Args:
        status: what it says.
        whole: what is to be in each result at the end.
        folder: of the results.
    """
    facts = status.to_json()
    if sum(facts["counts"].values()) != len(whole):
        yield f"{facts['counts']} are not {len(whole)} videos"
    for video in facts["videos"]:
        name = Path(video["output"]).relative_to(folder.resolve()).as_posix()
        if video["state"] == "done" and contents_of(Path(video["output"])) != whole[name]:
            yield f"{name} is said to be done, and is not whole"
        if not 0 <= video["frames_done"] <= video["frames"]:
            yield f"{name} cannot have {video['frames_done']} of {video['frames']} frames"
