"""How a model was built and where its weights come from: kept and saved with the model.

Weights have owners. Before you publish a model that was trained from published weights, you
need to know their owner and license.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from poise.building.resolving import Resolution
from poise.config import ModelConfig
from poise.files import open_file
from poise.job.sections import (
    InstanceCroppingConfig,
    JobRecord,
    JobSections,
    PreprocessingConfig,
)
from poise.skeleton import Skeleton
from poise.specs import Image

PUBLISHED: Final = "published weights"
MODEL: Final = "model folder"
FILE: Final = "weights file"


@attrs.frozen(kw_only=True)
class Origin:
    """Weights that were loaded into a model.

    Attributes:
        kind: ``published weights`` (``load_pretrained``), ``model folder`` (``load``) or
            ``weights file`` (``load_weights``).
        name: the name of the published weights, file or folder.
        sha256: checksum of the file's bytes, in hexadecimal.
        title: a description of published weights.
        url: where they are published.
        license: the license that their publisher states; empty if unknown.
        verified: whether the file had the checksum that its publisher states; ``None``
            if the publisher states none.
    """

    kind: Literal["published weights", "model folder", "weights file"]
    name: str
    sha256: str
    title: str = ""
    url: str = ""
    license: str = ""
    verified: bool | None = None


ATTRIBUTE: Final = "_poise_record"
"""The attribute of a Keras model that holds its record; cloning a model loses it."""


@attrs.frozen(kw_only=True)
class BuildRecord:
    """How a model was built; kept with the model and in the folder it is saved to.

    Attributes:
        config: the configuration passed to ``poise.build``.
        resolution: the resolved configuration.
        image: height, width and channels passed to ``poise.build``.
        skeleton: the skeleton passed to ``poise.build``, or ``None``.
        classes: the class names passed to ``poise.build``, or ``None``.
        auto_pad: whether the model pads and crops by itself.
        job: what the job of the model says besides the model: how images are prepared, and
            everything else. All defaults if there is no job.
        origins: the weights loaded into the model; empty if it has its initial weights.
        names: name of each output → its names in the model, one per stack.
    """

    config: ModelConfig
    # Derived from the rest, and its outputs hold functions, which never compare equal.
    resolution: Resolution = attrs.field(repr=False, eq=False)
    image: Image
    skeleton: Skeleton | None = None
    classes: tuple[str, ...] | None = None
    auto_pad: bool = False
    job: JobRecord = attrs.field(factory=JobRecord, repr=False)
    # Describes the current weights, not how the model was built.
    origins: tuple[Origin, ...] = attrs.field(default=(), eq=False)
    names: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, repr=False, eq=False)

    @property
    def preprocessing(self) -> PreprocessingConfig:
        """How images are prepared for the network."""
        return self.job.preprocessing

    @property
    def cropping(self) -> InstanceCroppingConfig:
        """How crops around single animals are cut."""
        return self.job.cropping

    @property
    def sections(self) -> JobSections:
        """Everything else in the job."""
        return self.job.sections

    @property
    def sleap_version(self) -> str | None:
        """The version of SLEAP that wrote the job, if it is recorded."""
        return self.job.sleap_version

    @property
    def input_scaling(self) -> float:
        """The factor by which images and their points are resized before the model."""
        return self.job.preprocessing.input_scaling


def record_of(model: Any) -> BuildRecord | None:
    """How a model was built, and how its images are prepared.

    Args:
        model: a model of ``poise.build`` or ``poise.load``.

    Returns:
        The record, or ``None`` if Poise did not build the model, or Keras cloned it.
    """
    return getattr(model, ATTRIBUTE, None)


def keep_record(model: Any, record: BuildRecord) -> None:
    """Attach the record of its build to a model."""
    setattr(model, ATTRIBUTE, record)


def record_origins(model: Any, *origins: Origin, anew: bool = True) -> None:
    """Record where the weights of a model come from, if ``poise.build`` built it.

    Args:
        model: the model into which weights were loaded.
        origins: the origins of the weights, the most recent last.
        anew: whether all previous weights of the model were replaced.
    """
    record = record_of(model)
    if record is None:
        return
    kept = () if anew else tuple(origin for origin in record.origins if origin not in origins)
    keep_record(model, attrs.evolve(record, origins=(*kept, *origins)))


def sha256_of(path: Path) -> str:
    """The checksum of a file's bytes, in hexadecimal."""
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
