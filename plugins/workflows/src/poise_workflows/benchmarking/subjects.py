"""What is measured: a network with weights in a folder, and what it costs."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from poise import Reading, Skeleton, read, resolve
from poise.errors import BuildError
from poise.messages import short_repr, suggestion
from poise_workflows.benchmarking.asked import Asked
from poise_workflows.benchmarking.errors import refused
from poise_workflows.pipelines.exports import is_for_runtimes, read_either
from poise_workflows.pipelines.members import Member
from poise_workflows.training.profiles.finding import find_profile, profile_names

Model = str | os.PathLike[str] | Reading

PARTS = tuple(f"part {number}" for number in range(1, 14))
MADE_UP = Skeleton(PARTS, edges=tuple(itertools.pairwise(PARTS)))
CLASSES = ("class 1", "class 2")
"""Names for a configuration that leaves them to the labels."""


@attrs.frozen(kw_only=True, eq=False)
class Subject:
    """A network that can be measured.

    Attributes:
        name: as the user named it.
        place: the folder of the model, or of its export.
        member: what is there.
        image: height, width and channels of the frames, or of the crops.
        parameters: numbers in its weights; ``None`` without Keras.
        operations: FLOPs for a frame; ``None`` without Keras.
        notes: what to know of it, a sentence each.
    """

    name: str
    place: Path
    member: Member
    image: tuple[int, int, int]
    parameters: int | None = None
    operations: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_export(self) -> bool:
        """Whether other runtimes than Keras can run it alone."""
        return self.member.export is not None


@attrs.frozen(kw_only=True)
class Source:
    """What a user names.

    Attributes:
        name: as the user named it.
        path: the model or its export; ``None`` if it has no weights.
        reading: what Poise read; ``None`` of an export, which has no weights for Keras.
    """

    name: str
    path: Path | None = None
    reading: Reading | None = None


def source_of(model: Model) -> Source:
    """Read what a user names.

    Raises:
        BenchmarkError: there is neither a model nor a profile of this name.
        ConfigError: the configuration has faults.
        OSError: a file cannot be read.
    """
    if isinstance(model, Reading):
        return Source(name=str(model.source), reading=model)
    path, name = Path(model), str(model)
    if path.exists():
        if is_for_runtimes(path):
            return Source(name=name, path=path)
        reading = read(path)
        return Source(name=name, path=path if reading.weights else None, reading=reading)
    if name.removesuffix(".json").removesuffix(".yaml") not in profile_names():
        what = f"must be a model, a configuration or a profile, got {short_repr(name)}"
        raise refused(f"{what}; {suggestion(name, profile_names(), noun='profiles')}", "model")
    profile = find_profile(name)
    assert profile is not None
    return Source(name=name, reading=read(profile))


def subject_of(
    source: Source,
    asked: Asked,
    skeleton: Skeleton | None,
    classes: Sequence[str] | None,
    folder: Path,
) -> Subject:
    """Prepare a network.

    Args:
        source: what the user names.
        asked: what is measured.
        skeleton: the skeleton, if the model leaves it open.
        classes: the names of classes, likewise.
        folder: where a network without weights is saved.

    Raises:
        BenchmarkError: the size of the frames is unknown.
        BuildError: the network cannot be built.
        ModelsError: it has no head.
    """
    notes: list[str] = []
    path = source.path
    if path is None:
        assert source.reading is not None
        reading = _named(source.reading, skeleton, classes, notes)
        _save(reading, folder, _channels(reading, asked))
        path = folder
        notes.append("the weights are random ones; the figures do not depend on them")
    member = read_either(path)
    image = _image(member, asked)
    subject = Subject(name=source.name, place=path, member=member, image=image, notes=tuple(notes))
    return subject if subject.is_export and not _has_keras() else _with_costs(subject)


def _named(
    reading: Reading, skeleton: Skeleton | None, classes: Sequence[str] | None, notes: list[str]
) -> Reading:
    """The reading with all names that its network needs."""
    reading = attrs.evolve(
        reading,
        skeleton=skeleton or reading.skeleton,
        classes=tuple(classes) if classes else reading.classes,
    )
    try:
        resolve(reading.config, reading.skeleton, reading.classes)
    except BuildError as error:
        more = attrs.evolve(
            reading, skeleton=reading.skeleton or MADE_UP, classes=reading.classes or CLASSES
        )
        try:
            resolve(more.config, more.skeleton, more.classes)
        except BuildError:
            raise error from None
        if reading.skeleton is None:
            notes.append(f"the configuration names no parts: the network has {len(PARTS)}")
        return more
    return reading


def _channels(reading: Reading, asked: Asked) -> int:
    of_image = asked.image[2] if asked.image is not None and len(asked.image) == 3 else None
    channels = of_image or reading.image[2]
    if channels is None:
        what = "must be height, width and channels, got no channels, which the model does not tell"
        raise refused(f"{what}; pass them, as 384,512,1", "image")
    return channels


def _save(reading: Reading, folder: Path, channels: int) -> None:
    import poise

    image = (None, None, channels)
    names = reading.skeleton, reading.classes
    model = poise.build(reading.config, image, *names, seed=0, job=reading.job)
    poise.save(model, folder)


def _image(member: Member, asked: Asked) -> tuple[int, int, int]:
    """The frames that the user names, or those that the model is known to be for."""
    reading = member.reading
    channels = _channels(reading, asked)
    if asked.image is not None:
        return asked.image[0], asked.image[1], channels
    side = reading.cropping.crop_size if member.stage == "crop" else None
    height, width = side or reading.image[0], side or reading.image[1]
    if height is None or width is None:
        what = "must be height, width and channels of the frames, got none, and the model takes any"
        raise refused(f"{what}; pass them, as 384,512,{channels}", "image")
    scaling = 1.0 if member.stage == "crop" else reading.input_scaling
    return round(height / scaling), round(width / scaling), channels


def _with_costs(subject: Subject) -> Subject:
    """With parameters and FLOPs of the network, at the size that it sees."""
    import poise

    reading = subject.member.reading
    model: Any = reading.build((None, None, subject.image[2]), weights=None, auto_pad=False)
    record: Any = poise.record_of(model)
    is_crop = subject.member.stage == "crop"
    scaling = 1.0 if is_crop else reading.input_scaling
    multiple = record.resolution.max_stride
    if subject.member.stage == "centroid":
        multiple = math.lcm(multiple, reading.preprocessing.pad_to_stride or 1)
    sides = [max(1, int(side * scaling)) for side in subject.image[:2]]
    costs = poise.inspect(model, [-(-side // multiple) * multiple for side in sides])
    return attrs.evolve(subject, parameters=costs.parameters, operations=costs.operations)


def _has_keras() -> bool:
    try:
        import keras  # noqa: F401
    except ImportError:
        return False
    return True
