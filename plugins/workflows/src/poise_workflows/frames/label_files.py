"""Frames of SLEAP's label files: which of them, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from poise.errors import ConfigError, Fault
from poise.messages import argument_path, described
from poise_workflows.frames.label_videos import VideoOpener
from poise_workflows.frames.numbers import Ranges, beyond_the_end, select_numbers
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.selections import Selection, runs_of
from poise_workflows.frames.slp_labels import load_labels
from poise_workflows.frames.sources import Source, SourceError
from poise_workflows.frames.videos import ColorMatrix
from poise_workflows.results.hdf5 import why_locked
from poise_workflows.results.local import readable

SUFFIXES = frozenset({".slp"})


def open_labels(path: Path, **options: Any) -> Selection:
    """Open a ``.slp`` file, also one with embedded images, ``.pkg.slp``.

    Args:
        path: the file.
        options: those of :func:`select_labels`.

    Raises:
        SourceError: the file or a video of it cannot be read, or there is no such frame.
    """
    return select_labels(_load(path, path), path, **options)


@contextmanager
def readable_labels(path: Path, *, lazy: bool = False) -> Iterator[tuple[Path, Any]]:
    """The ``sleap_io.Labels`` of a file, with all frames in memory.

    Args:
        path: the file.
        lazy: whether a frame is made when it is asked for, and is not kept.

    Yields:
        Where the file is read, also on a file system without locks; and the labels.

    Raises:
        SourceError: it cannot be read.
    """
    with ExitStack() as files:
        try:
            place = files.enter_context(readable(path))
        except (OSError, ConfigError) as error:
            raise _unreadable(path, error) from None
        yield place, _load(path, place, lazy=lazy)


def _load(path: Path, place: Path, *, lazy: bool = False) -> Any:
    try:
        return load_labels(place, lazy=lazy)
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001  # sleap-io raises errors of many classes
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> SourceError:
    what = f"must be a label file of SLEAP, got {path.name} ({described(error)})"
    fix = why_locked(path)
    return SourceError([Fault(f"{what}; {fix}" if fix else what, str(path))])


def select_labels(
    labels: Any,
    path: Path,
    *,
    only_labeled: bool = False,
    only_suggested: bool = False,
    video_index: int | None = None,
    ranges: Ranges | None = None,
    color_matrix: ColorMatrix = "bt601",
    maps: PathMaps = NO_MAPS,
) -> Selection:
    """Select frames of labels. By default: every frame that the labels list, in their order.

    Args:
        labels: a ``sleap_io.Labels``.
        path: the file that they come from; videos may lie beside it.
        only_labeled: frames that a person labeled.
        only_suggested: suggestions whose frame no person has labeled, in their order.
        video_index: one video instead of the listed frames.
        ranges: which frames of this video.
        color_matrix: how YUV becomes RGB.
        maps: where paths of another machine lead here.

    Raises:
        SourceError: a video cannot be read, or there is no such frame.
    """
    opener = VideoOpener(labels, path, color_matrix, maps=maps)
    if video_index is not None:
        return _select_video(opener, video_index, ranges)
    if only_labeled:
        frames, kind = _labeled(labels), "a frame that a person labeled"
    elif only_suggested:
        frames, kind = _suggested(labels), "a suggestion that no person has labeled yet"
    else:
        frames, kind = _listed(labels), "a frame"
    if not frames:
        what = f"must hold {kind}, got none; select other frames of {path.name}"
        raise SourceError([Fault(what, str(path))])
    return _selection(opener, frames)


def _listed(labels: Any) -> list[Any]:
    return list(labels.labeled_frames)


def _labeled(labels: Any) -> list[Any]:
    return [frame for frame in labels.labeled_frames if frame.user_instances]


def _suggested(labels: Any) -> list[Any]:
    done = {(id(frame.video), frame.frame_idx) for frame in _labeled(labels)}
    return [frame for frame in labels.suggestions if (id(frame.video), frame.frame_idx) not in done]


def _select_video(opener: VideoOpener, index: int, ranges: Ranges | None) -> Selection:
    count = len(opener.labels.videos)
    if not 0 <= index < count:
        what = f"must be a video of {opener.path.name}, from 0 to {count - 1}, got {index}"
        raise SourceError([Fault(what, argument_path("video_index"))])
    source = opener.open(opener.labels.videos[index])
    numbers = opener.embedded_numbers(opener.labels.videos[index])
    if ranges is not None or numbers is None:
        numbers = select_numbers(ranges, source.count)
    return _of_sources(opener, (source,), ((0, numbers),), ((source.height, source.width),))


def _selection(opener: VideoOpener, frames: Sequence[Any]) -> Selection:
    videos = {id(frame.video): frame.video for frame in frames}
    sources = _open_all(opener.open, videos.values())
    indices = {key: index for index, key in enumerate(videos)}
    entries = [(indices[id(frame.video)], int(frame.frame_idx)) for frame in frames]
    _check_entries(opener.path, sources, entries)
    others = [video for video in opener.labels.videos if id(video) not in videos]
    sizes = [(source.height, source.width) for source in sources]
    sizes += filter(None, map(opener.size_of, others))
    return _of_sources(opener, sources, runs_of(entries), tuple(sizes))


def _open_all(opened: Callable[[Any], Source], videos: Iterable[Any]) -> tuple[Source, ...]:
    sources: list[Source] = []
    faults: list[Fault] = []
    for video in videos:
        try:
            sources.append(opened(video))
        except SourceError as error:
            faults += error.faults
    if faults:
        raise SourceError(faults)
    return tuple(sources)


def _check_entries(
    path: Path, sources: Sequence[Source], entries: Iterable[tuple[int, int]]
) -> None:
    faults = {
        beyond_the_end(sources[index].title, sources[index].count, number): None
        for index, number in entries
        if not 0 <= number < sources[index].count
    }
    if faults:
        raise SourceError(Fault(what, str(path)) for what in faults)


def _of_sources(opener: VideoOpener, sources: Any, runs: Any, sizes: Any) -> Selection:
    return Selection(
        path=opener.path, sources=sources, runs=runs, sizes=sizes, labels=opener.labels
    )
