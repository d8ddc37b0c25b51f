"""HOTA, by the implementation of those who defined it, if that is installed.

Source: Luiten et al. (2021), "HOTA: a higher order metric for evaluating multi-object tracking".
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from typing import Any

import numpy as np

from poise_workflows.evaluation.matching import similarities
from poise_workflows.evaluation.scenes import Animals, Array, Scene

GET_IT = 'HOTA is not computed: `pip install "poise-workflows[hota]"` brings TrackEval, which does'


def is_installed() -> bool:
    """Whether HOTA can be computed. Nothing is imported."""
    return find_spec("trackeval") is not None


def hota_of(scenes: Sequence[Scene], stddev: float, scale: float | None) -> float:
    """HOTA of the animals that have tracks, over all videos; the similarity is OKS.

    Unlike all other metrics it pairs animals anew at nineteen thresholds, of OKS from 0.05 to
    0.95, and asks how well whole tracks fit each other.

    Args:
        scenes: the labeled frames.
        stddev: as of ``matching.similarities``.
        scale: as of ``matching.similarities``.

    Raises:
        ImportError: TrackEval is not installed.
    """
    with redirect_stdout(StringIO()):  # TrackEval prints which of its benchmarks lack a library
        metric = import_module("trackeval.metrics").HOTA()
        results = {
            str(video): metric.eval_sequence(_sequence(of_video, stddev, scale))
            for video, of_video in _by_videos(scenes).items()
        }
        return float(np.mean(metric.combine_sequences(results)["HOTA"]))


def _by_videos(scenes: Sequence[Scene]) -> dict[int, list[Scene]]:
    videos: dict[int, list[Scene]] = {}
    for scene in sorted(scenes, key=lambda scene: (scene.video, scene.number)):
        videos.setdefault(scene.video, []).append(scene)
    return videos


def _sequence(scenes: Sequence[Scene], stddev: float, scale: float | None) -> dict[str, Any]:
    """A video as TrackEval has it: numbers of tracks, and similarities, for each frame."""
    labeled: dict[str, int] = {}
    predicted: dict[str, int] = {}
    frames = []
    for scene in scenes:
        rows, columns = _with_tracks(scene.truth), _with_tracks(scene.predicted)
        table = similarities(scene.truth, scene.predicted, stddev, scale)[np.ix_(rows, columns)]
        ids = _numbers(scene.truth, rows, labeled)
        others = _numbers(scene.predicted, columns, predicted)
        frames.append((ids, others, table))
    return {
        "gt_ids": [frame[0] for frame in frames],
        "tracker_ids": [frame[1] for frame in frames],
        "similarity_scores": [frame[2] for frame in frames],
        "num_gt_dets": sum(len(frame[0]) for frame in frames),
        "num_tracker_dets": sum(len(frame[1]) for frame in frames),
        "num_gt_ids": len(labeled),
        "num_tracker_ids": len(predicted),
        "num_timesteps": len(frames),
    }


def _with_tracks(animals: Animals) -> list[int]:
    return [row for row, track in enumerate(animals.tracks) if track is not None]


def _numbers(animals: Animals, rows: Sequence[int], numbers: dict[str, int]) -> Array:
    """The number of each animal's track; a track that is new gets the next one."""
    names = [str(animals.tracks[row]) for row in rows]
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], int)
