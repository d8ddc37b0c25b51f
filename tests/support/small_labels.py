"""Small jobs for made-up plugins, and labels of random images, for tests of training."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIZE = 32, 48
PARTS = "head", "tail"
SHORT = {"epochs": 1, "batch_size": 2, "min_batches_per_epoch": 1}


def job(head: str = "dots", **sections: Any) -> dict[str, Any]:
    """A job as plain data, one short epoch."""
    model = {"backbone": {"net": {}}, "heads": {head: {}}, "edition": "2026"}
    return {"model": model, "optimization": SHORT, **sections}


def write_labels(
    path: Path,
    frames: Sequence[int] = range(6),
    *,
    parts: Sequence[str] = PARTS,
    images: str = "flies",
    size: tuple[int, int] = SIZE,
    count: int = 6,
    tracks: Sequence[str | None] = (None,),
    predicted: bool = False,
    more: Callable[[Any], None] | None = None,
) -> Path:
    """Labels of animals in a folder of images beside them, which is made if it is not there.

    Args:
        path: the ``.slp`` file.
        frames: which of the images are labeled.
        parts: of each animal.
        images: name of the folder.
        size: of the images.
        count: how many images there are.
        tracks: one for each animal of a frame; ``None`` for an animal without.
        predicted: whether a model labeled them.
        more: changes the ``sleap_io.Labels`` before they are written.
    """
    import sleap_io as sio

    folder = path.parent / images
    files = [folder / f"{number}.png" for number in range(count)]
    if not folder.exists():
        folder.mkdir()
        random = np.random.default_rng(0)
        for file in files:
            Image.fromarray(random.integers(0, 255, size, dtype=np.uint8)).save(file)
    video = sio.Video.from_filename([str(file) for file in files])
    skeleton = sio.Skeleton(list(parts), edges=[(0, 1)] if len(parts) > 1 else [])
    named = {name: sio.Track(name) for name in tracks if name}
    cls = sio.PredictedInstance if predicted else sio.Instance
    places = np.array([(8 + 4 * part, 10 + 3 * part) for part in range(len(parts))], float)
    labeled = [
        sio.LabeledFrame(
            video=video,
            frame_idx=number,
            instances=[
                cls.from_numpy(
                    places + [9 * row, 0],
                    skeleton=skeleton,
                    track=named.get(name) if name else None,
                )
                for row, name in enumerate(tracks)
            ],
        )
        for number in frames
    ]
    labels = sio.Labels(labeled, videos=[video], skeletons=[skeleton], tracks=list(named.values()))
    if more is not None:
        more(labels)
    labels.save(str(path), verbose=False)
    return path


def write_job(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path
