"""What ``sleap-convert`` makes of a file: which files, and under which names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import counted
from poise_workflows.results.local import write_through
from poise_workflows.sleap_commands.analysis_files import video_name, write_csv, write_h5
from poise_workflows.sleap_commands.label_sources import LABELS, ConversionError, opened
from poise_workflows.sleap_commands.placing import Places, Placing
from poise_workflows.sleap_commands.replacing import write_beside

NIX = (
    "a NIX file needs the library nixio, and holds no more than the analysis HDF5; "
    "--format analysis writes that"
)
JSON = (
    "SLEAP's JSON label files are written by SLEAP alone; --format slp writes what SLEAP and "
    "sleap-io open"
)


@attrs.frozen(kw_only=True)
class Converted:
    """What became of a conversion.

    Attributes:
        files: what was written.
        remarks: what the user should know, a sentence each.
        is_whole: whether all that was asked for is done.
    """

    files: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()
    is_whole: bool = True


def convert(
    source: str, outputs: Sequence[str], form: str = "slp", video: str | None = None
) -> Converted:
    """Convert a file.

    Args:
        source: what sleap-io reads: label files, analysis HDF5, LEAP, DeepLabCut, COCO.
        outputs: paths of the results.
        form: SLEAP's name of the format.
        video: a part of the path of the only video that is converted.

    Raises:
        ConversionError: the source cannot be read, or there is no such format.
        ResultsError: a file cannot be written. What was there stays.
    """
    refuse_format(form, outputs)
    with opened(source) as labels:
        if "analysis" in form:
            return _to_analysis(labels, source, outputs, form, video)
        return _to_labels(labels, source, labels_output(source, outputs, form))


def refuse_format(form: str, outputs: Sequence[str]) -> None:
    """Refuse a format that Poise does not write.

    Raises:
        ConversionError: says why.
    """
    suffix = "" if "analysis" in form else Path(labels_output("x", outputs, form)).suffix
    if "nix" in form:
        raise _refused(f"must be a format that Poise writes, got {form!r}: {NIX}", "--format")
    if suffix == ".json" or form == "json":
        raise _refused(f"must be a format that Poise writes, got 'json': {JSON}", "--format")
    if suffix and suffix not in LABELS:
        what = f"must end in {' or '.join(LABELS)}, got {outputs[0] if outputs else form}"
        raise _refused(what, "--output" if outputs else "--format")


def labels_output(source: str, outputs: Sequence[str], form: str) -> str:
    """Where labels go: SLEAP looks at the first path only, and appends to the whole name."""
    return outputs[0] if outputs else f"{source}.{form}"


def analysis_outputs(
    labels: Any, source: str, outputs: Sequence[str], form: str, videos: Sequence[int]
) -> dict[int, Path]:
    """Index of a video → its analysis file.

    The paths are given to the videos in their order. The others have SLEAP's name: ``clip`` of
    ``clip.2node.slp``, the index, the name of the video.
    """
    extension = "csv" if "csv" in form else "h5"
    begin = Path(Path(source).stem).stem
    default = {
        index: Path(source).with_name(
            f"{begin}.{index:03}_{Path(video_name(labels, index, source)).stem}"
            f".analysis.{extension}"
        )
        for index in videos
    }
    return {**default, **dict(zip(videos, map(Path, outputs), strict=False))}


def _refused(what: str, path: str) -> ConversionError:
    return ConversionError([Fault(what, path)])


def _to_labels(labels: Any, source: str, output: str) -> Converted:
    path = Path(output)
    _refuse_source(path, source)
    size = 10 * Path(source).stat().st_size + 1_000_000

    def write() -> bool:
        write_through(path, size, lambda new: _save(labels, new))
        return True

    return Converted(files=(path,), remarks=write_beside(path, write)[0])


def _save(labels: Any, new: Path) -> None:
    """Save labels in SLEAP's layout, which sleap-io only writes to a name that ends in .slp."""
    import sleap_io

    written = new.with_suffix(".slp")
    sleap_io.save_slp(labels, str(written), embed=False, verbose=False, preserve_unknown=True)
    if written != new:
        written.replace(new)


def _to_analysis(
    labels: Any, source: str, outputs: Sequence[str], form: str, video: str | None
) -> Converted:
    videos = _videos(labels, source, video)
    if not videos:
        what = f"no video of {source} has {video!r} in its path; nothing is written"
        return Converted(remarks=(what,), is_whole=False)
    placing, files, remarks = Placing(labels), [], []
    for index, path in analysis_outputs(labels, source, outputs, form, videos).items():
        places = placing.places[index]
        name = video_name(labels, index, source)
        if not places.rows:
            remarks.append(f"{name} has no labeled frames; no file is written for it")
            continue
        _refuse_source(path, source)
        write = _writer(labels, placing, places, path, source, form)
        said, is_written = write_beside(path, write)
        remarks += said
        if is_written:
            files.append(path)
            remarks += _left_out(places, path)
        else:
            remarks.append(f"{name} has no animal with a visible part; no file is written for it")
    return Converted(files=tuple(files), remarks=tuple(remarks))


def _videos(labels: Any, source: str, video: str | None) -> list[int]:
    indices = range(len(labels.videos))
    if video is None:
        return list(indices)
    return [index for index in indices if video in video_name(labels, index, source)][:1]


def _writer(
    labels: Any, placing: Placing, places: Places, path: Path, source: str, form: str
) -> Callable[[], bool]:
    def write() -> bool:
        if "csv" in form:
            return write_csv(labels, placing, places, path)
        write_h5(labels, placing, places, path, source)
        return True

    return write


def _left_out(places: Places, path: Path) -> list[str]:
    """What an analysis file has no place for."""
    lost = places.untracked + places.hidden
    if not lost:
        return []
    reasons = []
    if places.untracked:
        reasons.append(f"{places.untracked} without a track, in a file that has tracks")
    if places.hidden:
        place = "a track" if places.tracks else "the one place of a frame without tracks"
        reasons.append(f"{places.hidden} that would share {place} with another one")
    of = counted(places.instances, "instance")
    return [f"{path} does not hold {lost} of {of}, as in SLEAP: {'; '.join(reasons)}"]


def _refuse_source(path: Path, source: str) -> None:
    if path.exists() and path.samefile(source):
        what = f"must be another file than the source, got {path}"
        raise _refused(f"{what}; name another output", "--output")
    if not path.parent.is_dir():
        what = f"must be in a folder that is there, got {path}"
        raise _refused(f"{what}; make the folder {path.parent}", "--output")
