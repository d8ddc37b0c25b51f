"""The labeled frames of all files of a training, and which of them train, validate and test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise import Skeleton
from poise.errors import Fault
from poise.job.sections import LabelsConfig
from poise.messages import argument_path, counted, described, join_names
from poise_workflows.examples.labeling import Example, Examples, examples_of, skeleton_of
from poise_workflows.examples.splitting import By, FrameKey, Split, draw_split
from poise_workflows.frames.label_files import SUFFIXES
from poise_workflows.frames.label_videos import VideoOpener
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.slp_labels import load_labels, load_other_labels
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.listed_frames import NOTHING, Listed, listed_frames
from poise_workflows.training.projects import file_of

_PLAIN = LabelsConfig()


@attrs.frozen(kw_only=True, eq=False)
class LabelFile:
    """A file of labels.

    Attributes:
        path: where it is.
        labels: its ``sleap_io.Labels``.
        examples: what people labeled there; videos are counted from ``first``.
        first: the number of its first video among the videos of all files.
        folders: where its videos are looked for by their names.
        maps: where the paths of its videos lead here.
    """

    path: Path
    labels: Any
    examples: Examples
    first: int
    folders: tuple[Path, ...] = ()
    maps: PathMaps = NO_MAPS

    @property
    def opener(self) -> VideoOpener:
        """Opens the videos of the file."""
        return VideoOpener(self.labels, self.path, "bt601", self.folders, self.maps)


@attrs.frozen(kw_only=True, eq=False)
class LabeledSets:
    """The labeled frames of a training.

    Attributes:
        files: the labels, then those that validate and test, if they are files of their own.
        examples: every frame by its key.
        split: which frames train, validate and test.
        skeleton: parts and edges of the animals.
        class_names: the tracks of the first file, used or not.
        notes: what is left out, and what flatters validation, a sentence each.
    """

    files: tuple[LabelFile, ...]
    examples: dict[FrameKey, Example]
    split: Split
    skeleton: Skeleton
    class_names: tuple[str, ...]
    notes: tuple[str, ...]

    def of(self, keys: Sequence[FrameKey]) -> list[Example]:
        """The frames of a set."""
        return [self.examples[key] for key in keys]


def read_file(
    path: Path, option: str, first: int, has_identities: Callable[[Skeleton], bool]
) -> LabelFile:
    """Read a file of labels.

    Args:
        path: the file.
        option: the argument that names it.
        first: how many videos the files before have.
        has_identities: whether a network for animals of this skeleton tells them apart, so that
            they need tracks.

    Raises:
        TrainingError: it cannot be read.
        LabelsError: nobody labeled anything in it.
    """
    is_slp = path.suffix.lower() in SUFFIXES
    try:
        labels = load_labels(path) if is_slp else load_other_labels(file_of(path))
    except Exception as error:  # noqa: BLE001  # sleap-io raises errors of many classes
        kind = "a label file of SLEAP" if is_slp else "labels that sleap-io reads"
        what = f"must be {kind}, got {path.name} ({described(error)})"
        raise TrainingError([Fault(what, argument_path(option))]) from None
    skeleton = skeleton_of(labels)
    examples = examples_of(labels, with_identities=has_identities(skeleton))
    frames = tuple(
        attrs.evolve(each, key=FrameKey(each.key.video + first, each.key.frame))
        for each in examples.frames
    )
    return LabelFile(
        path=path, labels=labels, examples=attrs.evolve(examples, frames=frames), first=first
    )


def read_sets(
    labels: Path,
    validation: Path | float | None,
    test: Path | None,
    *,
    has_identities: Callable[[Skeleton], bool],
    by: By,
    seed: int,
    split: Split | None = None,
    job: LabelsConfig = _PLAIN,
    folders: tuple[Path, ...] = (),
    maps: PathMaps = NO_MAPS,
) -> LabeledSets:
    """Read all files and split them.

    Args:
        labels: what trains.
        validation: a file, or the part of the labels that validates.
        test: a file that nothing is chosen by.
        has_identities: whether a network for animals of this skeleton tells them apart.
        by: how the part is drawn.
        seed: decides the draw.
        split: that of a run that goes on; nothing is drawn then.
        job: which frames of the first file are in which set, if it lists them.
        folders: where videos are looked for by their names.
        maps: where paths of another machine lead here.

    Raises:
        TrainingError: files cannot be read or do not go together, or a frame is in two sets.
        LabelsError: there is nothing to learn.
    """
    files: list[LabelFile] = []
    for path, option in ((labels, "labels"), (validation, "validation"), (test, "test")):
        if isinstance(path, Path):
            first = sum(len(file.labels.videos) for file in files)
            file = read_file(path, option, first, has_identities)
            files.append(attrs.evolve(file, folders=folders, maps=maps))
    _refuse_other_skeletons(files)
    _refuse_shared_frames(files)
    keys = [[each.key for each in file.examples.frames] for file in files]
    listed = listed_frames(job, files[0].labels, keys[0]) if split is None else NOTHING
    if split is None:
        split = _split(keys, listed, validation, test, by, seed)
    return LabeledSets(
        files=tuple(files),
        examples={each.key: each for file in files for each in file.examples.frames},
        split=split,
        skeleton=files[0].examples.skeleton,
        class_names=files[0].examples.class_names,
        notes=(*_notes(files), *listed.notes, *split.notes()),
    )


def _split(
    keys: list[list[FrameKey]], listed: Listed, validation: Any, test: Any, by: By, seed: int
) -> Split:
    """What the job lists; else the files; else, of what is left, a part that is drawn."""
    rest = listed.rest(keys[0])
    sets = dict(listed.sets)
    if isinstance(validation, Path):
        sets.setdefault("validation", tuple(keys[1]))
    if test is not None:
        sets.setdefault("test", tuple(keys[-1]))
    if "validation" in sets:
        split = Split(**{"train": tuple(rest), **sets})
        _refuse_empty(split)
        return split
    fraction = 0.1 if validation is None else float(validation)
    drawn = draw_split(sets.get("train", rest), fraction, by=by, seed=seed)
    return attrs.evolve(drawn, test=sets["test"]) if sets.get("test") else drawn


def _refuse_empty(split: Split) -> None:
    faults = [
        Fault("must have a frame with an animal that a person labeled, got none", name)
        for name in ("train", "validation")
        if not getattr(split, name)
    ]
    if faults:
        raise TrainingError(faults, "the sets of frames")


def _notes(files: Sequence[LabelFile]) -> list[str]:
    if len(files) == 1:
        return list(files[0].examples.notes)
    return [f"{file.path.name}: {note}" for file in files for note in file.examples.notes]


def _refuse_other_skeletons(files: Sequence[LabelFile]) -> None:
    parts = files[0].examples.skeleton.parts
    faults = [
        Fault(
            f"must have the parts {join_names(parts)}, as {files[0].path.name} has, got "
            f"{join_names(file.examples.skeleton.parts)}",
            str(file.path),
        )
        for file in files[1:]
        if set(file.examples.skeleton.parts) != set(parts)
    ]
    if faults:
        raise TrainingError(faults)
    faults = [
        Fault(
            f"must have the parts in the order {join_names(parts)}, as {files[0].path.name} has, "
            f"got {join_names(file.examples.skeleton.parts)}; reorder them in SLEAP",
            str(file.path),
        )
        for file in files[1:]
        if file.examples.skeleton.parts != parts
    ]
    if faults:
        raise TrainingError(faults)


def _refuse_shared_frames(files: Sequence[LabelFile]) -> None:
    """Files may list the same videos: a frame may still be in one of them only."""
    places: dict[tuple[str, str, int], int] = {}
    shared: list[str] = []
    for number, file in enumerate(files):  # one file may also be named twice
        for example in file.examples.frames:
            place = _place_of(file, example.key)
            if places.setdefault(place, number) != number:
                shared.append(f"{Path(place[0]).name}, frame {example.key.frame}")
    if shared:
        what = f"must be in one file, got {counted(len(shared), 'frame')} in two"
        fix = "delete them from one of the files"
        raise TrainingError([Fault(f"{what} ({join_names(shared, 3)}); {fix}", "labels")])


def _place_of(file: LabelFile, key: FrameKey) -> tuple[str, str, int]:
    """What identifies a frame: of embedded images, the video that they were taken from."""
    video = file.labels.videos[key.video - file.first]
    source = getattr(video, "source_video", None) or video
    name, frame = source.filename, key.frame
    if isinstance(name, list):  # each file may list other images
        return (name[frame], "", 0) if frame < len(name) else (str(name), "", frame)
    return name, str(source.backend_metadata.get("dataset") or ""), frame
