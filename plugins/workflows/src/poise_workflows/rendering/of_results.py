"""Draw the result of a prediction: what ``--render`` asks for beside the ``.slp`` file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poise.messages import described
from poise_workflows.frames.path_maps import Maps
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.slp_labels import load_labels
from poise_workflows.rendering.errors import refused
from poise_workflows.rendering.outputs import check_output, refuse_source
from poise_workflows.rendering.workflow import render


def rendering_of(
    path: str | os.PathLike[str] | None, selections: Sequence[Selection]
) -> Path | None:
    """The video or picture of a prediction.

    Args:
        path: where it goes; ``None`` for none.
        selections: what is predicted.

    Raises:
        RenderingError: it is no path of a video or picture, or there are several results.
    """
    if path is None:
        return None
    place = Path(path)
    check_output(place, "render")
    sources = [source for selection in selections for source in selection.sources]
    refuse_source(place, (source.path for source in sources), "render")
    count = len(sources)
    if count != 1:
        what = f"must be left out for {count} videos, got {place}"
        raise refused(f"{what}; draw each with `poise render`", "render")
    return place


def render_result(
    result: Path, selection: Selection, output: Path, maps: Maps | None = None
) -> str:
    """Draw a result. A drawing that fails does not fail the prediction.

    Args:
        result: the ``.slp`` file.
        selection: what was predicted, one source.
        output: the video or picture; an existing one is replaced.
        maps: as of ``render``.

    Returns:
        Why it could not be drawn, and how to draw it later; empty if it was.
    """
    try:
        index = _video_index(result, selection.sources[0].video().filename)
        render(result, output, video_index=index, overwrite=True, map=maps)
    except Exception as error:  # noqa: BLE001  # whatever it is, the poses are in the file
        again = f"poise render {result} -o {output}"
        return f"{output} could not be drawn: {described(error)}\n  fix: {again}"
    return ""


def _video_index(result: Path, filename: Any) -> int:
    """Which video of a result was predicted; a project that it was merged into has others."""
    videos = load_labels(result, lazy=True).videos
    return next((index for index, video in enumerate(videos) if video.filename == filename), 0)
