"""Labeled frames from a label file: SLEAP's, or points in plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from poise import ConfigError, LabelsError
from poise.errors import Fault, FaultsError
from poise.messages import argument_path
from poise.wire.foreign import refuse_foreign
from poise_workflows.frames.labeled import ArgumentError, LabeledFrame, UnreadableError
from poise_workflows.previewing.point_files import read_points


def read_frames(
    path: Path, frames: Sequence[int] = (0,), video: Path | None = None
) -> tuple[LabeledFrame, ...]:
    """Read labeled frames.

    Args:
        path: a ``.slp`` file of SLEAP, or a JSON file of points (``point_files.JSON_FORM``).
        frames: which of the labeled frames, counted from 0; a JSON file holds one.
        video: where a ``.slp`` file's video is now; a JSON file has none.

    Raises:
        OSError: there is no such file.
        UnreadableError: the file holds no labels, or none that can be read.
        LabelsError: the file's labels are invalid; the heading names the file.
        ArgumentError: the file has no such frame, or no video.
        PoiseError: sleap-io is not installed.
    """
    path.stat()
    try:
        _refuse_foreign(path)
        return _read(path, frames, video)
    except LabelsError as error:
        heading = f"{path}: {error.heading}" if error.heading else str(path)
        raise error.with_heading(heading) from None
    except FaultsError as error:
        raise LabelsError(error.faults, str(path)) from None


def _read(path: Path, frames: Sequence[int], video: Path | None) -> tuple[LabeledFrame, ...]:
    if path.suffix == ".json":
        _refuse_choice(frames, video)
        return (read_points(path),)
    if path.suffix == ".slp":
        from poise_workflows.slp import read_slp_frames

        return read_slp_frames(path, frames, video)
    got = f"a file whose name ends in {path.suffix or 'neither'}" if path.is_file() else "a folder"
    what = f"must be a .slp file of SLEAP or a .json file of points, got {got}"
    raise LabelsError([Fault(what)])


def _refuse_foreign(path: Path) -> None:
    try:
        refuse_foreign(path, "labels")
    except ConfigError as error:
        raise UnreadableError(error.faults) from None


def _refuse_choice(frames: Sequence[int], video: Path | None) -> None:
    faults = []
    if tuple(frames) != (0,):
        what = f"must be 0: points in JSON are one frame, got {', '.join(map(str, frames))}"
        faults.append(Fault(what, argument_path("frame")))
    if video is not None:
        what = f"must be left out: points in JSON have no video, got {video}"
        faults.append(Fault(what, argument_path("video")))
    if faults:
        raise ArgumentError(faults)
