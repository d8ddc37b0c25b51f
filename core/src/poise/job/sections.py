"""The sections of a SLEAP job file beside ``model``: data, training, and what is written.

Building a network needs none of them. ``PreprocessingConfig`` and ``InstanceCroppingConfig``
say how images reach the network; the others are kept so that nothing of a file is lost.
Names, types, order and defaults are SLEAP 1.4's.
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
    """How an image is changed before it reaches the network.

    Attributes:
        ensure_rgb: in training, repeat a gray channel to three. At inference the number of
            channels that the network takes decides.
        ensure_grayscale: in training, reduce RGB to its luma. At inference likewise.
        imagenet_mode: ImageNet normalization in training (``"tf"``, ``"caffe"`` or
            ``"torch"``), or ``None``. SLEAP never applies it at inference.
        input_scaling: factor by which images, and points with them, are resized.
        pad_to_stride: images are padded with zeros at the bottom and the right to a
            multiple of this many pixels; ``None`` leaves it to the backbone's maximum
            stride. At inference SLEAP reads it for centroid models only.
        resize_and_pad_to_target: bring all images to one size, keeping their aspect ratio
            and padding at the bottom and the right.
        target_height: height of that size in pixels; ``None`` takes the largest of the data.
        target_width: width of that size in pixels; ``None`` takes the largest of the data.
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
    """How a crop around one animal is cut, for the networks that see one animal at a time.

    Attributes:
        center_on_part: name of the part at the middle of the crop; ``None`` takes the middle
            of the animal's bounding box.
        crop_size: height and width of the crop in pixels after ``input_scaling``; ``None``
            finds a size from the labels.
        crop_size_detection_padding: pixels added to the size found so.
    """

    center_on_part: str | None = None
    crop_size: int | None = attrs.field(default=None, validator=optional(integer(at_least=1)))
    crop_size_detection_padding: int = 16


@attrs.frozen(kw_only=True)
class LabelsConfig:
    """Which labels a model was or is to be trained on.

    Attributes:
        training_labels: path of the labels that are trained on.
        validation_labels: path of the labels that training is watched with; ``None`` splits
            them off the training labels.
        validation_fraction: the share that is split off.
        test_labels: path of the labels that the result is tested with.
        split_by_inds: whether the next three say which frames are for what.
        training_inds: indices of labeled frames to train on.
        validation_inds: indices of labeled frames to watch training with.
        test_inds: indices of labeled frames to test with.
        search_path_hints: folders where videos may lie.
        skeletons: the skeletons as the file has them, not decoded. ``SleapJob.skeleton`` is
            the first of them.
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
    """Which states of a model are saved while it is trained."""

    initial_model: bool = False
    best_model: bool = True
    every_epoch: bool = False
    latest_model: bool = False
    final_model: bool = False


@attrs.frozen(kw_only=True)
class TensorBoardConfig:
    """What is written for TensorBoard while a model is trained."""

    write_logs: bool = False
    loss_frequency: str = "epoch"
    architecture_graph: bool = False
    profile_graph: bool = False
    visualizations: bool = True


@attrs.frozen(kw_only=True)
class ZMQConfig:
    """Where SLEAP's desktop program listens to training, and steers it."""

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
    """All of a job file that neither a model nor its input needs, so that it is not lost.

    Attributes:
        labels: the section ``data.labels``.
        optimization: the section ``optimization``.
        outputs: the section ``outputs``.
        name: what the job is called.
        description: what its author wrote about it.
        filename: where SLEAP last saved it.
        extra: dotted path → value of everything that SLEAP 1.4 has no field for.
    """

    labels: LabelsConfig = attrs.field(factory=LabelsConfig)
    optimization: OptimizationConfig = attrs.field(factory=OptimizationConfig)
    outputs: OutputsConfig = attrs.field(factory=OutputsConfig)
    name: str | None = ""
    description: str | None = ""
    filename: str | None = ""
    extra: Mapping[str, Any] = attrs.field(factory=dict)
