"""All that is decided before a network is built: job, labels, split, sizes, samples, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs

import poise
from poise import Skeleton, editions, registry
from poise.building.resolving import Resolution
from poise.errors import BuildError, Fault, LabelsError
from poise.messages import argument, join_names
from poise.reading import Reading
from poise.registry.discovery import BACKBONE, HEAD
from poise.sleap.names import classes_in, head_data
from poise_workflows.examples.labeling import Example
from poise_workflows.examples.splitting import Split
from poise_workflows.training.devices import faults_of_devices
from poise_workflows.training.differences import TRAINING
from poise_workflows.training.domains import faults_of
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.geometries import Geometry, crop_size, geometry_of
from poise_workflows.training.jobs import sections_of, to_data, with_sections
from poise_workflows.training.named_labels import folders_of
from poise_workflows.training.options import Options
from poise_workflows.training.pictures import Videos, open_videos
from poise_workflows.training.preparing import Sample
from poise_workflows.training.sets import LabeledSets, read_sets
from poise_workflows.training.unused_outputs import notes_of


@attrs.frozen(kw_only=True, eq=False)
class Plan:
    """What will be trained, on what.

    Attributes:
        reading: the job, with what was found in the labels.
        resolution: its network.
        sets: the labeled frames and their split.
        videos: where the images are.
        geometry: all sizes.
        classes: of the network; ``None`` if it has none.
        class_order: the class of each track of the labels; -1 for none.
        options: how it runs.
    """

    reading: Reading
    resolution: Resolution
    sets: LabeledSets
    videos: Videos
    geometry: Geometry
    classes: tuple[str, ...] | None
    class_order: tuple[int, ...]
    options: Options

    @property
    def is_of_crops(self) -> bool:
        """Whether the network sees crops around animals."""
        return self.resolution.head.stage == "crop"

    @property
    def may_flip(self) -> bool:
        """Crops of animals that are told apart are never mirrored."""
        return not (self.is_of_crops and self.classes is not None)

    def samples(self, keys: Sequence[Any]) -> list[Sample]:
        """What a network sees of a set: frames, or animals."""
        if not self.is_of_crops:
            return [Sample(key) for key in keys]
        return [
            Sample(key, animal)
            for key in keys
            for animal in range(len(self.sets.examples[key].points))
        ]

    def notes(self) -> list[str]:
        """What people should know, a sentence each."""
        anew = []
        if self.reading.weights is not None and self.options.start is None:
            begin = argument("start", value=repr(str(self.reading.looked_in or "model")))
            anew = [f"the weights of the model begin anew; {begin} begins with those that it has"]
        unused = notes_of(self.reading.sections.outputs)
        return [*self.sets.notes, *anew, *self._notes_of_edition(), *self.resolution.notes, *unused]

    def _notes_of_edition(self) -> list[str]:
        """What SLEAP 1.4 did to training images that its documentation does not say."""
        if self.reading.config.edition != editions.SLEAP:
            return []
        augmentation = self.reading.sections.optimization.augmentation_config
        other = argument("edition", value=repr(editions.DOCUMENTED))
        return [
            f"{difference.path}: {difference.sleap}, as in SLEAP 1.4; {other} trains as documented"
            for difference in TRAINING
            if difference.touches(augmentation)
        ]

    def config(self) -> dict[str, Any]:
        """The job as it is trained."""
        return to_data(self.reading)


def plan_of(reading: Reading, labels: Path, options: Options, split: Split | None = None) -> Plan:
    """Decide everything, and check it. Nothing is written, and Keras is not imported.

    Args:
        reading: the job.
        labels: the file of labels.
        options: how it runs.
        split: that of a run that goes on.

    Raises:
        OSError: a file does not exist.
        TrainingError: something does not go together; lists every fault of a kind.
        BuildError: no such network can be built.
        LabelsError: there is nothing to learn.
    """
    faults = [*faults_of(reading), *_faults_of_heads(reading)]
    part = reading.sections.labels.validation_fraction
    if options.validation is None and not 0 < part < 1:
        what = f"must be a part between 0 and 1, got {part}"
        faults.append(Fault(what, "data.labels.validation_fraction"))
    faults += faults_of_devices(reading, options.devices)
    if faults:
        raise TrainingError(faults)
    stored = reading.sections.labels
    sets = read_sets(
        labels,
        stored.validation_fraction if options.validation is None else options.validation,
        options.test,
        has_identities=partial(has_identities, reading),
        by=options.split,
        seed=options.seed,
        split=split,
        job=stored,
        folders=folders_of(reading, options),
        maps=options.map,
    )
    classes, order = _classes(reading, sets)
    resolution = _resolved(reading, sets, classes)
    _refuse_without_targets(resolution)
    _check_parts(resolution, reading, sets)
    videos = open_videos(sets)
    sets = attrs.evolve(sets, notes=(*sets.notes, *options.map.notes()))
    reading, geometry = sized(reading, resolution, sets, videos)
    return Plan(
        reading=reading,
        resolution=resolution,
        sets=sets,
        videos=videos,
        geometry=geometry,
        classes=classes,
        class_order=order,
        options=options,
    )


def _faults_of_heads(reading: Reading) -> list[Fault]:
    faults = []
    config = reading.config
    for name, kind, container in (
        ("backbone", BACKBONE, config.backbone),
        ("heads", HEAD, config.heads),
    ):
        if container.which_oneof_attrib_name() is None:
            what = "a backbone" if name == "backbone" else "a head"
            fix = f"name one, of {join_names(registry.default().keys(kind))}"
            faults.append(Fault(f"must have {what}, got none; {fix}", f"model.{name}"))
    return faults


def has_identities(reading: Reading, skeleton: Skeleton) -> bool:
    """Whether the network tells classes apart: it cannot be built, or is another, without any."""
    if classes_in(head_data(reading.config)) is not None:
        return True
    try:
        with_some = poise.resolve(reading.config, skeleton, ("1", "2"))
    except BuildError:
        return False  # building says what is wrong
    try:
        without = poise.resolve(reading.config, skeleton)
    except BuildError:
        return True
    return _channels(with_some) != _channels(without)


def _channels(resolution: Resolution) -> list[int]:
    return [output.channels for output in resolution.outputs]


def _classes(reading: Reading, sets: LabeledSets) -> tuple[tuple[str, ...] | None, tuple[int, ...]]:
    tracks = sets.class_names
    if not has_identities(reading, sets.skeleton):
        return None, (-1,) * len(tracks)
    named = classes_in(head_data(reading.config))
    if named is None:
        if not tracks:
            what = "must have tracks for a model of identities, got none"
            raise LabelsError([Fault(f"{what}; give each animal a track in SLEAP", "labels")])
        return tracks, tuple(range(len(tracks)))
    if not set(named) & set(tracks):
        what = f"must have tracks of the classes {join_names(named)}, got {join_names(tracks) or 0}"
        raise LabelsError([Fault(f"{what}; rename the tracks, or leave the classes out", "labels")])
    return named, tuple(named.index(track) if track in named else -1 for track in tracks)


def _resolved(reading: Reading, sets: LabeledSets, classes: tuple[str, ...] | None) -> Resolution:
    try:
        return poise.resolve(reading.config, sets.skeleton, classes)
    except BuildError as error:
        raise error.with_heading(str(reading.source)) from None


def _refuse_without_targets(resolution: Resolution) -> None:
    without = [output.name for output in resolution.outputs if output.targets is None]
    if without:
        names = join_names(map(repr, without))
        what = f"must make targets to be trained, got a head type that makes none for {names}"
        where = f"model.heads.{resolution.head.key}"
        raise TrainingError([Fault(f"{what}; ask its author", where)])


def _check_parts(resolution: Resolution, reading: Reading, sets: LabeledSets) -> None:
    """Every part that the configuration names must be labeled."""
    parts = sets.skeleton.parts
    named: Mapping[str, Sequence[str]] = dict(
        _part_names(head_data(resolution.config), f"model.heads.{resolution.head.key}")
    )
    center = reading.cropping.center_on_part
    if center is not None:
        named = {**named, "data.instance_cropping.center_on_part": [center]}
    faults = [
        Fault(f"must be parts of the labels ({join_names(parts)}), got {join_names(missing)}", path)
        for path, names in named.items()
        if (missing := [name for name in names if name not in parts])
    ]
    if faults:
        raise TrainingError(faults)


def _part_names(section: Any, path: str) -> Any:
    if not isinstance(section, Mapping):
        return
    for key, value in section.items():
        if key == "part_names" and isinstance(value, list | tuple):
            yield f"{path}.{key}", [str(name) for name in value]
        elif key == "anchor_part" and isinstance(value, str):
            yield f"{path}.{key}", [value]
        else:
            yield from _part_names(value, f"{path}.{key}")


def sized(
    reading: Reading, resolution: Resolution, sets: LabeledSets, videos: Videos
) -> tuple[Reading, Geometry]:
    """All sizes, and the job with those that were found.

    Args:
        reading: the job.
        resolution: its network.
        sets: the labeled frames.
        videos: where their images are.

    Raises:
        TrainingError: crops are larger than frames, or frames have several sizes.
    """
    is_of_crops = resolution.head.stage == "crop"
    cropping, preprocessing = reading.cropping, reading.preprocessing
    crop = None
    if is_of_crops:
        trained: list[Example] = sets.of(sets.split.train)
        animals = (points for example in trained for points in example.points)
        crop = crop_size(animals, preprocessing.input_scaling, cropping, resolution.max_stride)
        cropping = attrs.evolve(cropping, crop_size=crop)
    geometry = geometry_of(
        videos.sizes,
        videos.channels,
        preprocessing,
        reading.sections.optimization.augmentation_config,
        max_stride=resolution.max_stride,
        crop=crop,
        may_crop=resolution.head.stage == "image",
    )
    height, width = geometry.scaled
    if crop is not None and min(geometry.scaled) and crop > 2 * max(height, width):
        what = f"must be near the size of frames, {height} × {width}, got {crop}"
        raise TrainingError([Fault(what, "data.instance_cropping.crop_size")])
    pads = None if is_of_crops else preprocessing.pad_to_stride or resolution.max_stride
    preprocessing = attrs.evolve(preprocessing, pad_to_stride=pads or 1)
    sections = {
        **sections_of(reading),
        "data.preprocessing": preprocessing,
        "data.instance_cropping": cropping,
    }
    return with_sections(reading, sections), geometry
