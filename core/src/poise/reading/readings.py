"""What a path leads to, and the model that can be built of it."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from poise.config import ModelConfig
from poise.editions import Edition
from poise.job.sections import InstanceCroppingConfig, JobSections, PreprocessingConfig
from poise.reading.built import Asked, Built, PartialImage
from poise.skeleton import Skeleton
from poise.sleap import MigrationReport

if TYPE_CHECKING:
    import keras


@attrs.frozen(kw_only=True)
class Reading:
    """What a path leads to: a model, and what is known of its input and its weights.

    What a file does not say has the value that SLEAP 1.4 takes then.

    Attributes:
        source: the file that was read; of an archive, the archive and the member, joined.
        config: the model. Its edition is ``"sleap-1.4"`` unless the file names another.
        skeleton: the skeleton, or ``None`` where there is none, as in profiles.
        classes: names of the classes that the head tells apart, or ``None``.
        image: height and width in pixels, and channels, that a saved model was built for; of a
            SLEAP file what it says of its input. ``None`` for what is not known.
        preprocessing: how images reach the network.
        cropping: how crops around one animal are cut.
        sections: everything else in a SLEAP file.
        sleap_version: the version of SLEAP that wrote it, where it says so.
        weights: what ``poise.load_weights`` reads them from: the weights file of a model folder;
            the folder where nothing says which of several; the archive of a zipped one. ``None``
            where there are none.
        auto_pad: whether a saved model pads and crops by itself.
        model_folder: the model folder of Poise that was read, or its archive; else ``None``.
        report: what reading changed, assumed or left out, each with its path.
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
    auto_pad: bool = False
    model_folder: Path | None = None
    report: MigrationReport = attrs.field(factory=MigrationReport, repr=False)

    @property
    def input_scaling(self) -> float:
        """The factor by which images, and points with them, are resized before the model."""
        return self.preprocessing.input_scaling

    def build(
        self,
        image: PartialImage | None = None,
        weights: str | PathLike[str] | None = "auto",
        *,
        skeleton: Skeleton | None = None,
        classes: Sequence[str] | None = None,
        auto_pad: bool | None = None,
        edition: Edition | None = None,
    ) -> keras.Model:
        """Build the model and fill it with its weights.

        The model is what ``poise.build`` gives, and ``poise.load`` of a model folder of Poise.

        Args:
            image: height and width of the images in pixels, ``None`` for any, and channels,
                ``None`` for as many as is known. By default ``image`` of the reading, and as many
                channels as the weights take where it does not say.
            weights: a file or folder that ``poise.load_weights`` reads. ``"auto"`` takes
                ``weights`` of the reading; ``None`` or ``"none"`` leaves the initial ones, and so
                does ``"auto"`` where there are none.
            skeleton: instead of the reading's; what was read from a profile has none.
            classes: names of classes, instead of the reading's.
            auto_pad: whether the model pads and crops by itself, instead of what the reading says.
            edition: instead of what the configuration says.

        Raises:
            BuildError: with every reason why no such model can be built. It names ``image`` if
                nothing says how many channels images have.
            WeightsError: the weights cannot be read, or one of the model or of the file is left
                over.
            BundleError: a model folder of Poise changed, or holds code.
            PluginError: a plugin returned what the contract does not allow.

        Warns:
            ProvenanceWarning: other versions saved a model folder of Poise.
        """
        from poise.reading.filling import filled

        asked = Asked(image, skeleton, classes, auto_pad, edition)
        return filled(self, weights, asked).model

    def build_with_report(
        self,
        image: PartialImage | None = None,
        weights: str | PathLike[str] | None = "auto",
        *,
        skeleton: Skeleton | None = None,
        classes: Sequence[str] | None = None,
        auto_pad: bool | None = None,
        edition: Edition | None = None,
    ) -> Built:
        """Do what ``build`` does, and also say what became of the weights."""
        from poise.reading.filling import filled

        asked = Asked(image, skeleton, classes, auto_pad, edition)
        return filled(self, weights, asked)
