"""The result of reading a path, and the model that can be built from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from poise.config import ModelConfig
from poise.editions import Edition
from poise.job.sections import (
    InstanceCroppingConfig,
    JobRecord,
    JobSections,
    PreprocessingConfig,
)
from poise.reading.built import Asked, Built, PartialImage
from poise.registry import Registry, using
from poise.skeleton import Skeleton
from poise.sleap import MigrationReport

if TYPE_CHECKING:
    import keras


@attrs.frozen(kw_only=True)
class Reading:
    """The contents of a path: a model configuration, and facts about its input and weights.

    Fields that a file does not set have the values that SLEAP 1.4 uses in that case.

    Attributes:
        source: the file that was read; for an archive, the archive joined with the member.
        config: the model. Unless the file names its edition, it is ``"sleap-1.4"`` for a file
            that SLEAP wrote, and ``"2026"`` for any other.
        skeleton: the skeleton, or ``None`` if there is none, as in profiles.
        classes: names of the classes that the head distinguishes, or ``None``.
        image: height and width in pixels, and channels: the size that a saved model was built
            for, or the input that a SLEAP file describes. ``None`` for unknown numbers.
        preprocessing: how images are prepared for the network.
        cropping: how crops around single animals are cut.
        sections: everything else in a SLEAP file, or in the one that a saved model came from.
        sleap_version: the version of SLEAP that wrote the file, if it is recorded.
        weights: the path for ``poise.load_weights``: the weights file of a model folder, the
            folder if it is ambiguous which of several files to take, or the archive of a zipped
            folder. ``None`` if there are no weights.
        looked_in: the folder or archive in which weights were looked for; ``None`` for a file
            that is no part of a model folder, such as a training profile.
        auto_pad: whether a saved model pads and crops by itself.
        model_folder: the model folder of Poise that was read, or its archive; else ``None``.
        written: the plain data of a job file, as it was written; ``None`` for what is no job.
        report: what reading changed, assumed or left out, each with its path.
        registry: the registry that ``poise.read`` was called with; ``None`` for the one in
            force.
    """

    source: Path
    config: ModelConfig
    skeleton: Skeleton | None = None
    classes: tuple[str, ...] | None = None
    image: PartialImage = (None, None, None)
    preprocessing: PreprocessingConfig = attrs.field(factory=PreprocessingConfig)
    cropping: InstanceCroppingConfig = attrs.field(factory=InstanceCroppingConfig)
    sections: JobSections = attrs.field(factory=JobSections, repr=False)
    sleap_version: str | None = None
    weights: Path | None = None
    looked_in: Path | None = None
    auto_pad: bool = False
    model_folder: Path | None = None
    written: Mapping[str, Any] | None = attrs.field(default=None, repr=False, eq=False)
    report: MigrationReport = attrs.field(factory=MigrationReport, repr=False)
    registry: Registry | None = attrs.field(default=None, repr=False, eq=False)

    @property
    def input_scaling(self) -> float:
        """The factor by which images and their points are resized before the model."""
        return self.preprocessing.input_scaling

    @property
    def job(self) -> JobRecord:
        """How images are prepared, and the other sections of the job besides the model."""
        return JobRecord(
            preprocessing=self.preprocessing,
            cropping=self.cropping,
            sections=self.sections,
            sleap_version=self.sleap_version,
        )

    def build(
        self,
        image: PartialImage | None = None,
        weights: str | PathLike[str] | None = "auto",
        *,
        skeleton: Skeleton | None = None,
        classes: Sequence[str] | None = None,
        auto_pad: bool | None = None,
        edition: Edition | None = None,
        registry: Registry | None = None,
    ) -> keras.Model:
        """Build the model and fill it with its weights.

        The model is what ``poise.build`` gives, and ``poise.load`` of a model folder of Poise.

        Args:
            image: height and width of the images in pixels, ``None`` for any, and channels,
                ``None`` to take them from the reading. The default is ``image`` of the reading,
                with the channels of the weights if it does not state them.
            weights: a file or folder for ``poise.load_weights``. ``"auto"`` takes ``weights`` of
                the reading, and is refused for a model folder without any; of a training profile
                or a bare configuration it keeps the initial weights, as ``None`` or ``"none"``
                does.
            skeleton: overrides the reading's skeleton; a profile has none.
            classes: overrides the reading's class names.
            auto_pad: overrides whether the model pads and crops by itself.
            edition: overrides the configuration's edition.
            registry: overrides the registry of plugins that the reading was read with.

        Raises:
            BuildError: no such model can be built. The error lists every reason. It names
                ``image`` if the number of image channels is unknown.
            WeightsError: a model folder has no weights, the weights cannot be read, or a weight
                of the model or the file has no counterpart.
            BundleError: a model folder of Poise was changed, or contains code.
            PluginError: a plugin returned a value that the contract does not allow.

        Warns:
            ProvenanceWarning: the model folder of Poise was saved with other versions.
            RuntimeWarning: lists the weights with NaN or infinite values.
        """
        from poise.reading.filling import filled

        asked = Asked(image, skeleton, classes, auto_pad, edition)
        with using(self.registry if registry is None else registry):
            built = filled(self, weights, asked)
        if built.report is not None:
            built.report.warn_of_values()
        return built.model

    def build_with_report(
        self,
        image: PartialImage | None = None,
        weights: str | PathLike[str] | None = "auto",
        *,
        skeleton: Skeleton | None = None,
        classes: Sequence[str] | None = None,
        auto_pad: bool | None = None,
        edition: Edition | None = None,
        registry: Registry | None = None,
    ) -> Built:
        """Build the model as ``build`` does, and also report how the weights were loaded."""
        from poise.reading.filling import filled

        asked = Asked(image, skeleton, classes, auto_pad, edition)
        with using(self.registry if registry is None else registry):
            return filled(self, weights, asked)
