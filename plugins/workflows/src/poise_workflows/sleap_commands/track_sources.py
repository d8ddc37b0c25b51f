"""Where ``sleap-track`` takes frames from: which files, and which of their frames exist."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import attrs
from av.error import FFmpegError

from poise.errors import FaultsError
from poise.messages import described
from poise_workflows.frames import label_files
from poise_workflows.frames.datasets import SUFFIXES as DATASETS
from poise_workflows.frames.folders import VIDEOS
from poise_workflows.frames.listing import LISTS, Named, expand, read_list
from poise_workflows.frames.numbers import Ranges, parse_frames
from poise_workflows.frames.opened_videos import open_container
from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import SourceError
from poise_workflows.prediction.describing import as_ranges

_CUT = re.compile(r"(\d+),?-(\d+)(?:-[^,]*)+$")
"""``1-5-9``, of which SLEAP read the first two numbers."""


@attrs.frozen(kw_only=True)
class Part:
    """Sources that one command predicts.

    Attributes:
        sources: their paths.
        options: which of their frames, as Poise's options.
        output: where the result goes, if a list says so.
    """

    sources: tuple[str, ...]
    options: tuple[str, ...] = ()
    output: Path | None = None


@attrs.define(kw_only=True)
class Parts:
    """All that ``sleap-track`` is to predict.

    Attributes:
        parts: what each command predicts.
        count: how many results there will be, at least.
        notes: options that are ignored, a sentence each.
        missing: what was asked for and is not there, a sentence each.
    """

    parts: list[Part] = attrs.field(factory=list)
    count: int = 1
    notes: list[str] = attrs.field(factory=list)
    missing: list[str] = attrs.field(factory=list)


def parts_of(options: Any) -> Parts:
    """The sources of a command line.

    Args:
        options: what the parser read.
    """
    path = options.labels or options.data_path
    result = Parts()
    if _is_of_many(path):
        _add_many(result, path, options)
    else:
        _add(result, [path], options)
    return result


def is_labels(path: str) -> bool:
    """Whether a path is that of a label file."""
    return Path(path).suffix.lower() in label_files.SUFFIXES


def _is_of_many(path: str) -> bool:
    place = Path(path)
    return place.is_dir() or (place.is_file() and place.suffix.lower() in LISTS)


def _add_many(result: Parts, path: str, options: Any) -> None:
    """A folder or a list; what cannot be opened is left out, as SLEAP did."""
    try:
        listed = _listed(result, Path(path))
    except SourceError:
        _add(result, [path], options)  # Poise says why
        return
    good = [named for named in listed if _opens(named, result)]
    result.count = len(good)
    if not good or (not result.missing and not options.frames):
        _add(result, [path], options)
        return
    for named in good:
        _add(result, [str(named.path)], options, named.output)


def _listed(result: Parts, path: Path) -> list[Named]:
    if path.is_dir():
        return expand(path)
    listed, faults = read_list(path)
    result.missing += [f"{fault.path} is left out, as in SLEAP: {fault.what}" for fault in faults]
    return listed


def _opens(named: Named, result: Parts) -> bool:
    if named.path.suffix.lower() not in VIDEOS:
        return True
    try:
        with open_container(named.path) as container:
            if container.streams.video:
                return True
        why = "it has no frames"
    except (OSError, FFmpegError, SourceError) as error:
        why = described(error)
    result.missing.append(f"{named.path} is left out, as in SLEAP: it cannot be opened ({why})")
    return False


def _add(result: Parts, sources: Sequence[str], options: Any, output: Path | None = None) -> None:
    words = _words(result, sources[0], options)
    if options.frames and "--frames" in words:
        place = words.index("--frames") + 1
        words[place] = _existing(result, sources[0], words[place], options)
    result.parts.append(Part(sources=tuple(sources), options=tuple(words), output=output))


def _words(result: Parts, path: str, options: Any) -> list[str]:
    """Which frames, as SLEAP chose: labeled, then suggested, then a video, then all."""
    given = {
        "--only-labeled-frames": options.only_labeled_frames,
        "--only-suggested-frames": options.only_suggested_frames,
        "--video.index": getattr(options, "video.index") is not None,
    }
    chosen = next((name for name, is_given in given.items() if is_given and is_labels(path)), "")
    for name, is_given in given.items():
        if is_given and name != chosen:
            why = f"{chosen} counts" if chosen else f"{path} is no .slp file"
            _note(result, f"{name} is ignored, as in SLEAP: {why}")
    words: list[str] = []
    if chosen == "--video.index":
        words += ["--video-index", str(getattr(options, "video.index"))]
    elif chosen:
        words.append(chosen)
    if options.frames and is_labels(path) and chosen != "--video.index":
        _note(result, "--frames is ignored, as in SLEAP: of a .slp file it needs --video.index")
    elif options.frames:
        words += ["--frames", _CUT.sub(r"\1-\2", options.frames.strip())]
    return words + _of_dataset(result, path, options)


def _of_dataset(result: Parts, path: str, options: Any) -> list[str]:
    words = []
    for name, option in (("video.dataset", "--dataset"), ("video.input_format", "--input-format")):
        value = getattr(options, name)
        if value is not None and Path(path).suffix.lower() in DATASETS:
            words += [option, value]
        elif value is not None:
            _note(result, f"--{name} is ignored, as in SLEAP: {path} is no HDF5 file")
    return words


def _existing(result: Parts, path: str, frames: str, options: Any) -> str:
    """Those of the frames that the source has, as ``--frames`` takes them."""
    try:
        ranges = parse_frames(frames)
        count = _opened(path, options).sources[0].count
    except (FaultsError, OSError):
        return frames  # Poise says why
    asked = _numbers(ranges)
    there = [number for number in asked if number < count]
    if len(there) in (0, len(asked)):
        return frames
    left = as_ranges(dict.fromkeys(number for number in asked if number >= count))
    result.missing.append(f"{path} has frames 0 to {count - 1}; frames {left} do not exist")
    return as_ranges(there)


def _opened(path: str, options: Any) -> Selection:
    index = getattr(options, "video.index") if is_labels(path) else None
    dataset = getattr(options, "video.dataset") if Path(path).suffix.lower() in DATASETS else None
    return open_sources([os.fspath(path)], video_index=index, dataset=dataset)[0]


def _numbers(ranges: Ranges | None) -> list[int]:
    return list(chain.from_iterable(ranges or ()))


def _note(result: Parts, text: str) -> None:
    if text not in result.notes:
        result.notes.append(text)
