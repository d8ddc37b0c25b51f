"""A small training: made-up animals on small images, and a network that learns in milliseconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PARTS = ("head", "tail")
SIDE = 32

JOB: dict[str, Any] = {
    "model": {
        "backbone": {"unet": {"filters": 4, "max_stride": 4, "output_stride": 2}},
        "heads": {"single_instance": {"output_stride": 2}},
        "edition": "2026",
    },
    "optimization": {
        "batch_size": 2,
        "epochs": 12,
        "batches_per_epoch": 3,
        "initial_learning_rate": 0.01,
        "augmentation_config": {"rotate": True, "gaussian_noise": True, "random_flip": True},
        "learning_rate_schedule": {"plateau_patience": 1, "plateau_cooldown": 1},
        "early_stopping": {"stop_training_on_plateau": False},
    },
}


def write_job(file: Path, **changes: Any) -> Path:
    """A job file; ``changes`` replace whole sections of ``JOB``."""
    file.write_text(json.dumps({**JOB, **changes}), encoding="utf-8")
    return file


def write_labels(
    folder: Path,
    frames: int = 10,
    animals: int = 1,
    *,
    tracks: int = 0,
    seed: int = 20,
    side: int = SIDE,
) -> Path:
    """A ``.slp`` file, and beside it images in which each head is bright and each tail gray.

    Args:
        folder: where they are written; it is made.
        frames: how many are labeled, all of one list of images.
        animals: how many each has.
        tracks: how many tracks there are; animal ``i`` has the ``i``-th.
        seed: decides where animals are.
        side: height and width of the images.
    """
    import sleap_io

    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    skeleton = sleap_io.Skeleton(list(PARTS), edges=[PARTS])
    names = [sleap_io.Track(f"animal {index}") for index in range(tracks)]
    files, labeled = [], []
    places = [_places(random, animals, side) for _ in range(frames)]
    for number, points in enumerate(places):
        files.append(str(folder / f"{number:03}.png"))
        Image.fromarray(_drawn(points, side)).save(files[-1])
    video = sleap_io.Video(filename=files)
    for number, points in enumerate(places):
        instances = [
            sleap_io.Instance.from_numpy(
                animal, skeleton, track=names[index] if index < tracks else None
            )
            for index, animal in enumerate(points)
        ]
        labeled.append(sleap_io.LabeledFrame(video=video, frame_idx=number, instances=instances))
    labels = sleap_io.Labels(labeled, videos=[video], skeletons=[skeleton], tracks=names)
    labels.save(str(folder / "labels.slp"))
    return folder / "labels.slp"


def _places(random: np.random.Generator, animals: int, side: int) -> np.ndarray[Any, Any]:
    heads = random.uniform(6, side - 6, (animals, 1, 2))
    angles = random.uniform(0, 2 * np.pi, animals)
    tails = heads + 5 * np.stack([np.cos(angles), np.sin(angles)], -1)[:, None]
    return np.concatenate([heads, tails], axis=1).clip(1, side - 2)


def _drawn(points: np.ndarray[Any, Any], side: int) -> np.ndarray[Any, Any]:
    y, x = np.mgrid[:side, :side]
    image = np.zeros((side, side))
    for animal in points:
        for (column, row), bright in zip(animal, (255, 128), strict=True):
            spot = bright * np.exp(-((x - column) ** 2 + (y - row) ** 2) / 4)
            image = np.maximum(image, spot)
    return image.astype(np.uint8)


def command(*words: str) -> list[str]:
    """The command line of ``poise train`` with JSON lines."""
    return [sys.executable, "-m", "poise", "train", *words, "--progress", "json"]


def trained(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run ``poise train``."""
    return subprocess.run(command(*words), capture_output=True, text=True, **more)


def contents(run: Path) -> dict[str, Any]:
    """All weights of a run, the last and the best, with optimizer and log.

    Raises:
        Exception: a file is not whole.
    """
    import h5py

    with np.load(run / "last" / "state.npz") as state:
        arrays: dict[str, Any] = {name: state[name] for name in state.files}
    with h5py.File(run / "best" / "model.weights.h5") as file:
        file.visititems(lambda name, item: _keep(arrays, f"best/{name}", item))
    arrays["log"] = (run / "log.csv").read_text(encoding="utf-8")
    arrays["split"] = json.loads((run / "split.json").read_text(encoding="utf-8"))["frames"]
    return arrays


def _keep(arrays: dict[str, Any], name: str, item: Any) -> None:
    if hasattr(item, "shape"):
        arrays[name] = np.asarray(item)


def differing(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """The names of what two runs differ in."""
    return [
        name
        for name in {**first, **second}
        if name not in first or name not in second or not _equal(first[name], second[name])
    ]


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    return bool(first == second)
