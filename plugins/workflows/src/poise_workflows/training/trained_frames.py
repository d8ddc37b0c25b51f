"""Which frames a model was trained on: from its run, or from SLEAP's files beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from poise.errors import PoiseError
from poise.messages import described
from poise.reading.paths import BEST
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.frames.label_files import readable_labels
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.training.frame_places import Place, places_in, places_of
from poise_workflows.training.run_folders import RunFolder, is_run

TRUTH = "labels_gt.train.slp"
"""SLEAP's name of the labels that trained a model, in its folder."""


@attrs.frozen(kw_only=True)
class Trained:
    """What a model was trained on.

    Attributes:
        model: its folder.
        training: places of the frames that trained it, or a model that it began with.
        validation: places of the frames by which its best epoch was chosen.
        unknown: what is not known of it, a sentence each.
    """

    model: str
    training: frozenset[Place] = frozenset()
    validation: frozenset[Place] = frozenset()
    unknown: tuple[str, ...] = ()


def trained_on(
    model: Path, maps: PathMaps = NO_MAPS, seen: frozenset[Path] = frozenset()
) -> Trained:
    """Which frames a model was trained on.

    Args:
        model: its folder, the folder of its run, or a file in one of them.
        maps: where the path of a model that a run began with leads here.
        seen: models that began with this one.
    """
    folder = model.parent if model.is_file() else model
    if not folder.is_dir():
        return _unknown(model, "it is not there")
    run = folder.parent if folder.name == BEST and is_run(folder.parent) else folder
    try:
        if is_run(run):
            return _of_run(RunFolder(run), maps, seen)
        if (folder / TRUTH).is_file():
            return Trained(model=str(folder), training=frozenset(_of_labels(folder / TRUTH)))
    except (PoiseError, OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        return _unknown(folder, described(error))
    return _unknown(folder, f"it has neither a run nor {TRUTH}")


def _unknown(model: Path, why: str) -> Trained:
    what = f"which frames trained {model} is not known: {why}"
    return Trained(model=str(model), unknown=(what,))


def _of_run(run: RunFolder, maps: PathMaps, seen: frozenset[Path]) -> Trained:
    files, split = run.files_of_frames(), run.split()
    if files is None:
        if (run.path / TRUTH).is_file():
            return Trained(model=str(run.path), training=frozenset(_of_labels(run.path / TRUTH)))
        return _unknown(run.path, "an earlier Poise trained it")

    def places(keys: Iterable[FrameKey]) -> Iterator[Place]:
        for key in keys:
            yield from places_in(files[str(key.video)], key.frame)

    before = _of_start(run, maps, seen)
    return Trained(
        model=str(run.path),
        training=frozenset(places(split.train)) | before.training,
        validation=frozenset(places(split.validation)),
        unknown=before.unknown,
    )


def _of_start(run: RunFolder, maps: PathMaps, seen: frozenset[Path]) -> Trained:
    """What the model was trained on with whose weights a run began."""
    start = run.request().start
    here = run.path.resolve()
    if start is None or here in seen:
        return Trained(model="")
    return trained_on(maps.path(start["path"]), maps, seen | {here})


def _of_labels(path: Path) -> Iterator[Place]:
    with readable_labels(path) as (_, labels):
        indices = {id(video): index for index, video in enumerate(labels.videos)}
        frames = [(indices[id(each.video)], int(each.frame_idx)) for each in labels.labeled_frames]
        for places in places_of(labels.videos, path.parent, frames):
            yield from places
