"""Labels and predictions in memory, for tests of evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sleap_io

PARTS = "head", "thorax", "tail"


def skeleton_of(parts: Sequence[str] = PARTS) -> Any:
    return sleap_io.Skeleton(list(parts))


def labels_of(
    frames: Mapping[int, Sequence[Any]],
    *,
    video: str = "flies.mp4",
    parts: Sequence[str] = PARTS,
    predicted: bool = False,
) -> Any:
    """``sleap_io.Labels`` of one video.

    Args:
        frames: number → animals, each a dictionary of ``points`` and, if it has them, ``track``,
            ``score`` and ``is_user``.
        video: its path.
        parts: of every animal.
        predicted: whether a model labeled them, where ``is_user`` does not say.
    """
    film = sleap_io.Video(filename=video, open_backend=False)
    skeleton, tracks = skeleton_of(parts), {}
    labeled = []
    for number, animals in frames.items():
        instances = []
        for animal in animals:
            name = animal.get("track")
            more: dict[str, Any] = {"skeleton": skeleton}
            if name is not None:
                more["track"] = tracks.setdefault(name, sleap_io.Track(name))
            points = np.array(animal["points"], float)
            if animal.get("is_user", not predicted):
                instances.append(sleap_io.Instance.from_numpy(points, **more))
            else:
                more["score"] = animal.get("score", 0.9)
                instances.append(sleap_io.PredictedInstance.from_numpy(points, **more))
        labeled.append(sleap_io.LabeledFrame(video=film, frame_idx=number, instances=instances))
    return sleap_io.Labels(
        labeled, videos=[film], skeletons=[skeleton], tracks=list(tracks.values())
    )


def labels_of_arrays(arrays: Mapping[str, Any], kind: str, parts: Sequence[str]) -> Any:
    """``sleap_io.Labels`` of the arrays of a golden case.

    Args:
        arrays: ``truth_*`` or ``predicted_*``, with None or NaN for missing parts.
        kind: ``"truth"`` or ``"predicted"``.
        parts: of every animal.
    """
    points = np.array(arrays[f"{kind}_points"], float).reshape(-1, len(parts), 2)
    splits = np.asarray(arrays[f"{kind}_row_splits"])
    count = len(points)
    is_user = arrays["truth_is_user"] if kind == "truth" else [False] * count
    scores = arrays["predicted_scores"] if kind == "predicted" else [1.0] * count
    rows = [
        {"points": each, "is_user": bool(user), "score": float(score)}
        for each, user, score in zip(points, is_user, scores, strict=True)
    ]
    frames = {
        int(number): rows[splits[index] : splits[index + 1]]
        for index, number in enumerate(arrays[f"{kind}_frame_idx"])
    }
    return labels_of(frames, parts=parts)
