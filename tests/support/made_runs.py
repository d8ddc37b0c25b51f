"""Folders of runs that nobody trained, with what an evaluation reads of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from poise_workflows.training.frame_places import files_of

CONFIG = {
    "model": {
        "backbone": {"unet": {"filters": 2, "max_stride": 4, "output_stride": 2}},
        "heads": {"single_instance": {"output_stride": 2}},
        "edition": "2026",
    }
}


def write_run(
    folder: Path,
    videos: Sequence[Any] = (),
    *,
    train: Sequence[int] = (),
    validation: Sequence[int] = (),
    start: str | None = None,
    metrics: Mapping[str, Mapping[str, float | None]] | None = None,
    labels: Path = Path(),
    **status: Any,
) -> Path:
    """Write the folder of a run.

    Args:
        folder: where.
        videos: of its labels, as ``sleap_io.Video``; none for a run of an earlier Poise.
        train: numbers of the frames of the first video that train.
        validation: numbers of those that validate.
        start: the model that it began with.
        metrics: name of a file, such as ``metrics.json`` → its figures.
        labels: folder of its label file.
        status: what ``status.json`` says besides.
    """
    folder.mkdir(parents=True)
    keys = {"train": [[0, n] for n in train], "validation": [[0, n] for n in validation]}
    numbers = [*train, *validation]
    files = {str(i): files_of(video, [labels], numbers) for i, video in enumerate(videos)}
    more: Any = {"files": files} if videos else {}
    written: dict[str, Any] = {
        "status.json": {"state": "finished", "epochs_done": 3, "epochs": 3, **status},
        "request.json": {
            "job": {},
            "labels": {},
            "split": "frame",
            "seed": 0,
            "precision": "float32",
            "clip_norm": None,
            "devices": 1,
            "start": start and {"path": start, "sha256": ""},
        },
        "split.json": {"frames": {**keys, "test": []}, **more},
        "report.json": {"notes": [], "parameters": 1234} if videos else {"notes": []},
        "config.json": CONFIG,
    }
    for name, figures in (metrics or {}).items():
        values = {key: {"value": value, "meaning": "."} for key, value in figures.items()}
        written[name] = {"metrics": values}
    for name, data in written.items():
        (folder / name).write_text(json.dumps(data), encoding="utf-8")
    return folder
