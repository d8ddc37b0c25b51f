"""What is predicted: a path, or objects in memory; and what its result is about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.frames.indexed import open_array
from poise_workflows.frames.label_files import select_labels
from poise_workflows.frames.numbers import parse_frames, select_numbers
from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.selections import Selection, select_all
from poise_workflows.journal.reading import Recorded
from poise_workflows.pipelines.composing import Pipeline
from poise_workflows.prediction.options import OptionsError, refuse_unknown
from poise_workflows.results.contents import Contents, Results, VideoFacts

OF_LABELS = ("only_labeled", "only_suggested", "video_index", "color_matrix")


def selection_of(source: Any, **choice: Any) -> Selection:
    """Open what is predicted in memory.

    Args:
        source: a path, a ``sleap_io.Video``, ``sleap_io.Labels``, or frames ``(N, H, W, C)``.
        choice: which frames, as of ``open_sources``.

    Raises:
        SourceError: it cannot be read, or lacks the frames.
        OptionsError: it is none of these, or several files, or has no such option.
    """
    if isinstance(source, str | os.PathLike):
        return _only(open_sources([source], **choice))
    if isinstance(source, np.ndarray):
        refuse_unknown(choice, ["frames"])
        opened = open_array(source)
        return select_all(opened, select_numbers(parse_frames(choice.get("frames")), opened.count))
    import sleap_io

    refuse_unknown(choice, ["frames", *OF_LABELS])
    ranges = parse_frames(choice.pop("frames", None))
    if isinstance(source, sleap_io.Video):
        labels = sleap_io.Labels(videos=[source])
        return select_labels(labels, Path(), ranges=ranges, **{"video_index": 0, **choice})
    if isinstance(source, sleap_io.Labels):
        path = Path(str(source.provenance.get("filename", "")))
        return select_labels(source, path, ranges=ranges, **choice)
    what = "must be a path, a sleap_io.Video, sleap_io.Labels or frames (N, H, W, C)"
    got = type(source).__name__
    raise OptionsError([Fault(f"{what}, got {got}", argument_path("source"))])


def _only(selections: list[Selection]) -> Selection:
    if len(selections) == 1:
        return selections[0]
    what = f"must be one source, got {len(selections)}; predict one after the other"
    raise OptionsError([Fault(what, argument_path("source"))])


def contents_of_run(pipeline: Pipeline, selection: Selection) -> Contents:
    """What the result of a selection is about."""
    videos = [source.video() for source in selection.sources]
    return Contents(
        skeleton=pipeline.skeleton,
        videos=[
            VideoFacts(filename=video.filename, backend=dict(video.backend_metadata))
            for video in videos
        ],
        tracks=pipeline.class_names,
    )


def without_poses(contents: Contents) -> Results:
    """Results before the first batch."""
    return Results(contents=contents, recorded=Recorded(path=Path()))
