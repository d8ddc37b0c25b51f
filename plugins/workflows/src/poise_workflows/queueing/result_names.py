"""Where the result of each video goes: a tree like that of the sources, and no name twice."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from poise.errors import Fault
from poise_workflows.prediction.outputs import SUFFIX
from poise_workflows.queueing.places_of_files import real, relative
from poise_workflows.queueing.tables import Listed


def results_of(
    videos: Sequence[Listed], folder: Path, root: Path | None, faults: list[Fault]
) -> list[str]:
    """The result of each video, as from the folder of the results.

    ``Camera1/0.mp4`` becomes ``Camera1/0.predictions.slp``. Where two sources of a folder differ
    in their suffix only, the suffix stays: ``0.mp4.predictions.slp``.

    Args:
        videos: the videos.
        folder: of the results.
        root: the folder from which the tree of the sources is seen; ``None`` for no tree.
        faults: gets what is wrong.
    """
    trees = [PurePath(_tree_of(video.path, root)) for video in videos]
    stems = [tree.with_name(_stem(video.path)) for video, tree in zip(videos, trees, strict=True)]
    sharers: dict[PurePath, set[PurePath]] = defaultdict(set)
    for stem, tree in zip(stems, trees, strict=True):
        sharers[stem].add(tree)
    outputs = []
    for video, tree, stem in zip(videos, trees, stems, strict=True):
        whole = tree if len(sharers[stem]) > 1 else stem
        own = f"{whole.as_posix()}.predictions{SUFFIX}"
        outputs.append(_named(video, folder) if video.output else own)
    faults += _faults(videos, outputs, folder)
    return outputs


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _tree_of(path: Path, root: Path | None) -> str:
    """The path of a source as seen from the root; its name, if it is not below it."""
    if root is None:
        return path.name
    place = os.path.relpath(real(path), root)
    # A folder of images is a source itself.
    return path.name if place == "." or place.startswith("..") else Path(place).as_posix()


def _named(video: Listed, folder: Path) -> str:
    return relative(folder / video.output, folder)


def _faults(videos: Sequence[Listed], outputs: Sequence[str], folder: Path) -> Iterator[Fault]:
    owners: dict[str, Listed] = {}
    files = [(video, output) for video, output in zip(videos, outputs, strict=True)]
    drawings = [
        (video, str(video.options["render"])) for video in videos if video.options.get("render")
    ]
    for video, output in files:
        if not output.endswith(SUFFIX):
            what = f"must be a result that ends in {SUFFIX}, got {video.output}"
            yield Fault(what, video.where)
    for video, output in (*files, *drawings):
        # On some systems names that differ in the case of letters are one file.
        former = owners.setdefault(output.lower(), video)
        if former is not video:
            what = f"must have a result of its own, got {output} for {former.path}"
            fix = "leave one of them out, or give each an output in a list"
            yield Fault(f"{what} ({former.where}) and {video.path}; {fix}", video.where)
