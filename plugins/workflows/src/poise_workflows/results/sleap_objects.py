"""The objects of sleap-io for a skeleton, videos and poses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from poise import Skeleton
from poise_workflows.journal.batches import Batch
from poise_workflows.results.contents import Contents, Results, VideoFacts


def skeleton_object(skeleton: Skeleton) -> Any:
    """The ``sleap_io.Skeleton``. SLEAP gives a skeleton without a name the name of the first."""
    import sleap_io

    return sleap_io.Skeleton(
        nodes=list(skeleton.parts),
        edges=list(skeleton.edges),
        symmetries=list(skeleton.symmetries),
        name=skeleton.name or "Skeleton-0",
    )


def video_object(video: VideoFacts) -> Any:
    """The ``sleap_io.Video``, which is not opened: the file may be gone."""
    import sleap_io

    stored = seen_from_outside(video.backend, video.filename)
    return sleap_io.Video(filename=video.filename, open_backend=False, backend_metadata=stored)


def seen_from_outside(stored: Mapping[str, Any], filename: Any) -> dict[str, Any]:
    """What a label file says of a video, for another label file.

    A ``.pkg.slp`` file says of its own images that they are in ``.``; in another file that would
    be that file.
    """
    return {**stored, "filename": filename} if stored.get("filename") == "." else dict(stored)


def labels_without_frames(results: Results, provenance: Mapping[str, Any]) -> Any:
    """The ``sleap_io.Labels`` of everything but poses."""
    return labels_of(results.contents, results.tracks, provenance)


def labels_of(contents: Contents, tracks: Iterable[str], provenance: Mapping[str, Any]) -> Any:
    """The ``sleap_io.Labels`` without frames of what a result is about."""
    import sleap_io

    return sleap_io.Labels(
        videos=[video_object(video) for video in contents.videos],
        skeletons=[skeleton_object(contents.skeleton)],
        tracks=[sleap_io.Track(name) for name in tracks],
        provenance=dict(provenance),
    )


def add_frames(labels: Any, batch: Batch) -> None:
    """Add the frames of a batch to ``sleap_io.Labels``. They take about 12 kB each.

    Args:
        labels: the labels of ``labels_without_frames``.
        batch: the frames; ``batch.source`` is the index of their video.
    """
    import sleap_io

    for row, number in enumerate(batch.frames):
        rows = range(batch.row_splits[row], batch.row_splits[row + 1])
        animals = [animal_object(batch, i, labels.skeletons[0], labels.tracks) for i in rows]
        labels.labeled_frames.append(
            sleap_io.LabeledFrame(
                video=labels.videos[batch.source], frame_idx=int(number), instances=animals
            )
        )


def animal_object(batch: Batch, index: int, skeleton: Any, tracks: Sequence[Any]) -> Any:
    """The ``sleap_io.PredictedInstance`` of an animal.

    Args:
        batch: the batch that it is in.
        index: its row.
        skeleton: the ``sleap_io.Skeleton``, whose nodes have the order of the points.
        tracks: the ``sleap_io.Track`` of each index.
    """
    import sleap_io

    points, track = batch.points[index], int(batch.tracks[index])
    missing = np.isnan(points).any(axis=-1)
    animal = sleap_io.PredictedInstance.from_numpy(
        np.where(missing[:, None], np.nan, points).astype(np.float64),
        point_scores=np.where(missing, 0, batch.point_scores[index]).astype(np.float64),
        skeleton=skeleton,
        score=float(batch.scores[index]),
        track=None if track < 0 else tracks[track],
        tracking_score=float(batch.tracking_scores[index]),
    )
    animal.points["visible"] = True  # as in SLEAP's files: a missing part is one without a place
    return animal
