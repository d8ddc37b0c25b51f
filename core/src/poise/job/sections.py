"""The sections of a SLEAP job file besides ``model``: data, training and outputs.

Building a network needs none of them. ``PreprocessingConfig`` and ``InstanceCroppingConfig``
describe how images are prepared for the network. Poise keeps the others, and loses nothing of
a file. Names, types, order and defaults are SLEAP 1.4's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from poise.fields import integer, one_of, optional, positive
from poise.job.optimization import OptimizationConfig

__all__ = [
    "CheckpointingConfig",
    "InstanceCroppingConfig",
    "JobRecord",
    "JobSections",
    "LabelsConfig",
    "OptimizationConfig",
    "OutputsConfig",
    "PreprocessingConfig",
    "TensorBoardConfig",
    "ZMQConfig",
]


@attrs.frozen(kw_only=True)
class PreprocessingConfig:
    """How an image is prepared for the network.

    Attributes:
        ensure_rgb: in training, repeat a gray channel to three. At inference the network's
            number of channels decides.
        ensure_grayscale: in training, reduce RGB to its luma. At inference the network's
            number of channels decides.
        imagenet_mode: ImageNet normalization in training (``"tf"``, ``"caffe"`` or
            ``"torch"``), or ``None``. SLEAP never applies it at inference.
        input_scaling: factor by which images and their points are resized.
        pad_to_stride: pad images with zeros at the bottom and the right to a multiple of
            this many pixels; ``None`` means the backbone's maximum stride. At inference
            SLEAP uses it only for centroid models.
        resize_and_pad_to_target: bring all images to one size: keep their aspect ratio, and
            pad at the bottom and the right.
        target_height: height of that size in pixels; ``None`` means the largest in the data.
        target_width: width of that size in pixels; ``None`` means the largest in the data.
    """

    ensure_rgb: bool = False
    ensure_grayscale: bool = False
    imagenet_mode: str | None = attrs.field(
        default=None, validator=optional(one_of(("tf", "caffe", "torch")))
    )
    input_scaling: float = attrs.field(
        default=1.0, validator=positive(), metadata={"aliases": ("input_scale",)}
    )
    pad_to_stride: int | None = attrs.field(default=None, validator=optional(integer(at_least=1)))
    resize_and_pad_to_target: bool = True
    target_height: int | None = attrs.field(default=None, validator=optional(integer(at_least=1)))
    target_width: int | None = attrs.field(default=None, validator=optional(integer(at_least=1)))


@attrs.frozen(kw_only=True)
class InstanceCroppingConfig:
    """How a crop around one animal is cut, for networks that see one animal at a time.

    Attributes:
        center_on_part: name of the part at the center of the crop; ``None`` means the center
            of the animal's bounding box.
        crop_size: height and width of the crop in pixels after ``input_scaling``; ``None``
            derives a size from the labels.
        crop_size_detection_padding: pixels added to the derived size.
    """

    center_on_part: str | None = None
    crop_size: int | None = attrs.field(default=None, validator=optional(integer(at_least=1)))
    crop_size_detection_padding: int = 16


@attrs.frozen(kw_only=True)
class LabelsConfig:
    """Which labels a model is or was trained on.

    Attributes:
        training_labels: path of the training labels.
        validation_labels: path of the validation labels; ``None`` splits them off the
            training labels.
        validation_fraction: the fraction to split off.
        test_labels: path of the test labels.
        split_by_inds: whether the next three fields define the split.
        training_inds: indices of labeled frames for training.
        validation_inds: indices of labeled frames for validation.
        test_inds: indices of labeled frames for testing.
        search_path_hints: folders in which to look for videos.
        skeletons: the skeletons as in the file, not decoded. ``SleapJob.skeleton`` is the
            first of them.
    """

    training_labels: str | None = None
    validation_labels: str | None = None
    validation_fraction: float = 0.1
    test_labels: str | None = None
    split_by_inds: bool = False
    training_inds: tuple[int, ...] | None = None
    validation_inds: tuple[int, ...] | None = None
    test_inds: tuple[int, ...] | None = None
    search_path_hints: tuple[str, ...] = ()
    skeletons: tuple[Any, ...] = ()


@attrs.frozen(kw_only=True)
class CheckpointingConfig:
    """Which states of a model training saves."""

    initial_model: bool = False
    best_model: bool = True
    every_epoch: bool = False
    latest_model: bool = False
    final_model: bool = False


@attrs.frozen(kw_only=True)
class TensorBoardConfig:
    """What training writes for TensorBoard."""

    write_logs: bool = False
    loss_frequency: str = "epoch"
    architecture_graph: bool = False
    profile_graph: bool = False
    visualizations: bool = True


@attrs.frozen(kw_only=True)
class ZMQConfig:
    """How SLEAP's desktop program monitors and controls training."""

    subscribe_to_controller: bool = False
    controller_address: str = "tcp://127.0.0.1:9000"
    controller_polling_timeout: int = 10
    publish_updates: bool = False
    publish_address: str = "tcp://127.0.0.1:9001"


@attrs.frozen(kw_only=True)
class OutputsConfig:
    """What training writes, and where.

    The folder of a run is ``runs_folder / (run_name_prefix + run_name + run_name_suffix)``.
    """

    save_outputs: bool = True
    run_name: str | None = None
    run_name_prefix: str | None = ""
    run_name_suffix: str | None = None
    runs_folder: str = "models"
    tags: tuple[str, ...] = ()
    save_visualizations: bool = True
    keep_viz_images: bool = attrs.field(
        default=False, metadata={"inverted_aliases": ("delete_viz_images",)}
    )
    zip_outputs: bool = False
    log_to_csv: bool = True
    checkpointing: CheckpointingConfig = attrs.field(factory=CheckpointingConfig)
    tensorboard: TensorBoardConfig = attrs.field(factory=TensorBoardConfig)
    zmq: ZMQConfig = attrs.field(factory=ZMQConfig)


@attrs.frozen(kw_only=True)
class JobSections:
    """The parts of a job file that neither a model nor its input needs, kept for completeness.

    Attributes:
        labels: the section ``data.labels``.
        optimization: the section ``optimization``.
        outputs: the section ``outputs``.
        name: name of the job.
        description: the author's description.
        filename: where SLEAP last saved it.
        extra: dotted path → value of everything without a field in SLEAP 1.4.
    """

    labels: LabelsConfig = attrs.field(factory=LabelsConfig)
    optimization: OptimizationConfig = attrs.field(factory=OptimizationConfig)
    outputs: OutputsConfig = attrs.field(factory=OutputsConfig)
    name: str | None = ""
    description: str | None = ""
    filename: str | None = ""
    extra: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class JobRecord:
    """What a job says besides its model; kept with the model and in the folder it is saved to.

    Without a job, everything has SLEAP's defaults: images are not resized.

    Attributes:
        preprocessing: how images are prepared for the network.
        cropping: how crops around single animals are cut.
        sections: everything else.
        sleap_version: the version of SLEAP that wrote the job, if it is recorded.
    """

    preprocessing: PreprocessingConfig = attrs.field(factory=PreprocessingConfig)
    cropping: InstanceCroppingConfig = attrs.field(factory=InstanceCroppingConfig)
    sections: JobSections = attrs.field(factory=JobSections, repr=False)
    sleap_version: str | None = None

    def prepared(self) -> dict[str, Any]:
        """Dotted path in the job → value, of how images and crops are prepared.

        Only values that are not SLEAP's defaults, in the order of the job.
        """
        sections: dict[str, Any] = {
            "preprocessing": self.preprocessing,
            "instance_cropping": self.cropping,
        }
        return {
            f"data.{name}.{field.name}": getattr(section, field.name)
            for name, section in sections.items()
            for field in attrs.fields(type(section))
            if getattr(section, field.name) != field.default
        }
