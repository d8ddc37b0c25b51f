"""From paths to selections: the one door to frames."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, argument_path
from poise_workflows.frames import datasets, images, label_files, stacks
from poise_workflows.frames.datasets import InputFormat, open_dataset
from poise_workflows.frames.images import open_images
from poise_workflows.frames.label_files import open_labels
from poise_workflows.frames.listing import Named, expand
from poise_workflows.frames.numbers import Ranges, parse_frames, select_numbers
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.selections import Selection, select_all
from poise_workflows.frames.sources import Source, SourceError
from poise_workflows.frames.stacks import open_stack
from poise_workflows.frames.videos import ColorMatrix, open_video


@attrs.frozen(kw_only=True)
class Options:
    """What is to be read of each source.

    Attributes:
        ranges: which frames of a video; ``None`` for all.
        only_labeled: of a label file, frames that a person labeled.
        only_suggested: of a label file, suggestions that no person has labeled yet.
        video_index: of a label file, one video instead of the listed frames.
        dataset: of an HDF5 file.
        input_format: order of the axes of the dataset.
        color_matrix: how YUV becomes RGB.
        maps: where paths of another machine lead here.
    """

    ranges: Ranges | None = None
    only_labeled: bool = False
    only_suggested: bool = False
    video_index: int | None = None
    dataset: str | None = None
    input_format: InputFormat = "channels_last"
    color_matrix: ColorMatrix = "bt601"
    maps: PathMaps = NO_MAPS


def open_sources(
    paths: Iterable[str | os.PathLike[str]],
    *,
    frames: str | Iterable[int] | None = None,
    **options: Any,
) -> list[Selection]:
    """Open everything that is to be read, and check all of it.

    Args:
        paths: video files, images, folders of images or of videos, TIFF stacks, HDF5 files,
            ``.slp`` files, and ``.txt`` or ``.csv`` lists of paths.
        frames: numbers and inclusive ranges of frames, ``"0-99,200"``; by default all.
        options: those of :class:`Options` besides ``ranges``.

    Returns:
        What is read of each file, or of each folder of images; one result each.

    Raises:
        SourceError: something cannot be read, or does not have the frames, or an option does
            not fit. The error lists all faults of all paths.
    """
    chosen = Options(ranges=parse_frames(frames), **options)
    selections: list[Selection] = []
    faults = _contradictions(chosen)
    for named in _expand_all(paths, faults, chosen.maps):
        try:
            _check_fit(named, chosen)
            opened = _open(named, chosen)
            selections.append(attrs.evolve(opened, output=named.output, notes=named.notes))
        except SourceError as error:
            faults += error.faults
    if not selections and not faults:
        faults.append(Fault("must be at least one source, got none", argument_path("paths")))
    if faults:
        raise SourceError(dict.fromkeys(faults))
    return selections


def _expand_all(
    paths: Iterable[str | os.PathLike[str]], faults: list[Fault], maps: PathMaps
) -> list[Named]:
    every: list[Named] = []
    for path in paths:
        try:
            every += expand(Path(path), maps)
        except SourceError as error:
            faults += error.faults
    return every


def _contradictions(options: Options) -> list[Fault]:
    chosen = _of_labels(options)
    if len(chosen) < 2:
        return []
    names = " and ".join(map(argument_path, chosen))
    what = f"must be one choice of frames, got {names}; leave out the others"
    return [Fault(what, argument_path(chosen[0]))]


def _of_labels(options: Options) -> list[str]:
    """The options that say which frames of a label file are read, and are not left out."""
    names = ("only_labeled", "only_suggested", "video_index")
    values = {name: getattr(options, name) for name in names}
    # Video 0 is equal to False.
    return [name for name, value in values.items() if value is not None and value is not False]


def _check_fit(named: Named, options: Options) -> None:
    """Refuse an option that would be ignored."""
    suffix, name = named.path.suffix.lower(), named.path.name
    is_labels, is_dataset = suffix in label_files.SUFFIXES, suffix in datasets.SUFFIXES
    faults = [
        Fault(
            f"must be left out unless the source is a .slp file, got it for {name}",
            argument_path(option),
        )
        for option in _of_labels(options)
        if not is_labels
    ]
    if options.dataset is not None and not is_dataset:
        what = f"must be left out unless the source is an HDF5 file, got it for {name}"
        faults.append(Fault(what, argument_path("dataset")))
    if options.ranges is not None and is_labels and options.video_index is None:
        what = f"must be left out for a .slp file unless one of its videos is read, got {name}"
        fix = f"pass {argument('video_index', value='0')} to count in its first video"
        faults.append(Fault(f"{what}; {fix}", argument_path("frames")))
    if faults:
        raise SourceError(faults)


def _open(named: Named, options: Options) -> Selection:
    if named.path.suffix.lower() in label_files.SUFFIXES:
        return open_labels(
            named.path,
            only_labeled=options.only_labeled,
            only_suggested=options.only_suggested,
            video_index=options.video_index,
            ranges=options.ranges,
            color_matrix=options.color_matrix,
            maps=options.maps,
        )
    source = _source(named, options)
    return select_all(source, select_numbers(options.ranges, source.count))


def _source(named: Named, options: Options) -> Source:
    path, suffix = named.path, named.path.suffix.lower()
    if named.images:
        return open_images(path, named.images)
    if not path.stat().st_size:
        raise SourceError([Fault(f"must hold frames, got {path.name}, an empty file", str(path))])
    if suffix in stacks.SUFFIXES:
        return open_stack(path)
    if suffix in images.SUFFIXES:
        return open_images(path, [path])
    if suffix in datasets.SUFFIXES:
        return open_dataset(path, options.dataset, options.input_format)
    return open_video(path, color_matrix=options.color_matrix)
