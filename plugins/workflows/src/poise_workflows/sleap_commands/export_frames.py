"""Frames with animals on which an export is proven: those that SLEAP's training keeps."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from poise.errors import PoiseError
from poise_workflows.frames.opening import open_sources

LABELS = "labels_gt.val.slp", "labels_gt.train.slp"
"""Labels in the folder of a trained model, those that it has not learned from first."""


def labels_of(model: Path) -> Path | None:
    """Labels in the folder of a model, if their video is still there.

    Args:
        model: the folder, or its ``training_config.json``.
    """
    folder = model if model.is_dir() else model.parent
    files = (folder / name for name in LABELS)
    return next((file for file in files if file.is_file() and _has_frames(file)), None)


def _has_frames(labels: Path) -> bool:
    """Whether the first frame can be read."""
    try:
        (selection, *_) = open_sources([labels])
        with closing(selection.read()) as frames:
            return next(frames)[1].image is not None
    except (OSError, PoiseError, ValueError, StopIteration):
        return False
