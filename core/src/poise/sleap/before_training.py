"""Notes on values that SLEAP 1.4 changes on its own before it trains: one rule per function.

Poise keeps the values of the file. What a model is trained with may differ from them, and the
configuration that training writes has the changed values.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import attrs

from poise.config import ModelConfig
from poise.editions import SLEAP, edition
from poise.fields import is_integer
from poise.job.sections import (
    InstanceCroppingConfig,
    LabelsConfig,
    OutputsConfig,
    PreprocessingConfig,
    ZMQConfig,
)
from poise.sleap.migration_report import Note, shown
from poise.sleap.versions import backbone_spec, head_spec
from poise.specs import BackboneSpec

Lines = Iterable[tuple[str, str]]


@attrs.frozen(kw_only=True)
class TrainingFacts:
    """The input of the rules.

    Attributes:
        multiple: sides of images that the network sees are multiples of this many pixels.
        sees_crops: whether the network sees crops around one animal.
        preprocessing: how images are prepared for the network.
        cropping: how crops are cut.
        labels: which labels the model is trained on.
        outputs: what training writes.
    """

    multiple: int
    sees_crops: bool
    preprocessing: PreprocessingConfig
    cropping: InstanceCroppingConfig
    labels: LabelsConfig
    outputs: OutputsConfig


def training_notes(
    config: ModelConfig,
    preprocessing: PreprocessingConfig,
    cropping: InstanceCroppingConfig,
    labels: LabelsConfig,
    outputs: OutputsConfig,
) -> list[Note]:
    """All notes on values that SLEAP changes before it trains this job.

    There are none if the configuration is not of SLEAP's edition, or is incomplete, or belongs
    to a plugin that is not installed.
    """
    backbone, head = backbone_spec(config), head_spec(config)
    if config.edition != SLEAP or backbone is None or head is None:
        return []
    multiple = _max_stride(backbone, config.backbone.which_oneof())
    if multiple is None:
        return []
    facts = TrainingFacts(
        multiple=multiple,
        sees_crops=head.stage == "crop",
        preprocessing=preprocessing,
        cropping=cropping,
        labels=labels,
        outputs=outputs,
    )
    return [Note("training", path, what) for rule in RULES for path, what in rule(facts)]


def _max_stride(backbone: BackboneSpec, section: Any) -> int | None:
    """The maximum stride; ``None`` if the plugin fails, which resolving the model reports."""
    with edition(SLEAP), suppress(Exception):
        stride = backbone.max_stride(section)
        return stride if is_integer(stride) and stride > 0 else None
    return None


def raised_crop_size(facts: TrainingFacts) -> Lines:
    """A crop size that does not fit the network is only a minimum."""
    size = facts.cropping.crop_size
    if facts.sees_crops and size is not None and size % facts.multiple:
        raised = _next_multiple(size, facts.multiple)
        what = (
            f"{size} is not a multiple of {facts.multiple}, the backbone's maximum stride: SLEAP "
            f"raises it to {raised}, or to more if an animal is larger"
        )
        yield "data.instance_cropping.crop_size", what


def padded_to_stride(facts: TrainingFacts) -> Lines:
    """Without ``pad_to_stride``, images are padded to the backbone's maximum stride."""
    if not facts.sees_crops and facts.preprocessing.pad_to_stride is None:
        what = f"null: SLEAP sets {facts.multiple}, the backbone's maximum stride"
        yield "data.preprocessing.pad_to_stride", what


def padded_target(facts: TrainingFacts) -> Lines:
    """A target size that does not fit the network is padded, after it is scaled."""
    given = facts.preprocessing
    if facts.sees_crops or not given.resize_and_pad_to_target:
        return
    multiple, scaling = given.pad_to_stride or facts.multiple, given.input_scaling
    for side, pixels in (("height", given.target_height), ("width", given.target_width)):
        if pixels is None:
            continue
        scaled = int(min(pixels * scaling, sys.maxsize))
        if scaled % multiple:
            times = "" if scaling == 1 else f" · {scaling:g} = {scaled}"
            padded = _next_multiple(scaled, multiple)
            what = f"{pixels}{times} is not a multiple of {multiple}: SLEAP pads it to {padded}"
            yield f"data.preprocessing.target_{side}", what


def bounded_fraction(facts: TrainingFacts) -> Lines:
    """A split by fraction leaves at least one frame on both sides."""
    labels = facts.labels
    if labels.validation_labels is not None or labels.split_by_inds:
        return
    if labels.validation_fraction <= 0:
        what = f"{labels.validation_fraction:g}: SLEAP takes 1 frame for validation"
        yield "data.labels.validation_fraction", what
    elif labels.validation_fraction >= 1:
        what = f"{labels.validation_fraction:g}: SLEAP leaves 1 frame for training"
        yield "data.labels.validation_fraction", what


def settings_of_the_command(facts: TrainingFacts) -> Lines:
    """``sleap-train`` sets some outputs from its options, whatever the file says."""
    outputs, usual = facts.outputs, ZMQConfig()
    if not outputs.save_outputs:
        yield "outputs.save_outputs", "false: sleap-train sets true"
    if outputs.keep_viz_images:
        yield "outputs.keep_viz_images", "true: sleap-train sets false without --keep_viz"
    for name, option in (
        ("controller_address", "--controller_port"),
        ("publish_address", "--publish_port"),
    ):
        address, default = getattr(outputs.zmq, name), getattr(usual, name)
        if address != default:
            what = f"{shown(address)}: sleap-train sets {shown(default)} without {option}"
            yield f"outputs.zmq.{name}", what


RULES: tuple[Callable[[TrainingFacts], Lines], ...] = (
    raised_crop_size,
    padded_to_stride,
    padded_target,
    bounded_fraction,
    settings_of_the_command,
)


def _next_multiple(number: int, of: int) -> int:
    return -(-number // of) * of
