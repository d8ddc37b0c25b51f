"""Notes on how the meaning of a file depends on the SLEAP version: one rule per function.

The reader treats all versions alike, because the newest schema includes every older one. These
rules only report where the version affects the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, cast

import attrs

from poise import editions, registry
from poise.config import ModelConfig, UninstalledSection
from poise.errors import ConfigError
from poise.job.sections import InstanceCroppingConfig, PreprocessingConfig
from poise.registry.discovery import BACKBONE, HEAD
from poise.sleap.migration_report import Note
from poise.sleap.objects import joined
from poise.specs import BackboneSpec, HeadSpec, path_of

Version = tuple[int, int, int]

_FIRST_WRITTEN_BY: dict[Version, tuple[str, ...]] = {
    (1, 1, 0): (
        "offset_refinement",
        "pretrained_encoder",
        "split_by_inds",
        "training_inds",
        "validation_inds",
        "test_inds",
        "resize_and_pad_to_target",
        "target_height",
        "target_width",
        "random_crop",
        "random_flip",
        "flip_horizontal",
        "delete_viz_images",
        "zip_outputs",
        "sleap_version",
    ),
    (1, 2, 1): ("multi_class_bottomup", "multi_class_topdown", "decoder_batchnorm"),
    (1, 3, 0): ("base_checkpoint",),
}


class Stride(NamedTuple):
    """An output stride in a head's section, and its path there."""

    path: str
    stride: int


@attrs.frozen
class Origin:
    """The SLEAP version that wrote a file.

    Attributes:
        version: the version that the file names, or ``None``.
        at_least: the oldest version that has all of its keys.
    """

    version: Version | None
    at_least: Version

    @classmethod
    def of(cls, data: dict[str, Any]) -> Origin:
        """Read the origin from the plain data of a file."""
        named = data.get("sleap_version")
        match = (
            re.match(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", named) if isinstance(named, str) else None
        )
        version = (int(match[1]), int(match[2]), int(match[3])) if match else None
        present = set(_keys_within(data))
        since = [release for release, keys in _FIRST_WRITTEN_BY.items() if present & set(keys)]
        return cls(version, max(since, default=(1, 0, 0)))

    def may_be_before(self, version: Version) -> bool:
        """Whether the file may have been written by a version before ``version``."""
        return (self.version or self.at_least) < version

    def __str__(self) -> str:
        """The beginning of a note about a version."""
        if self.version is None:
            return "the file does not say which version wrote it"
        return f"written by SLEAP {'.'.join(map(str, self.version))}"


@attrs.frozen(kw_only=True)
class Facts:
    """The input of the rules.

    Attributes:
        origin: which version wrote the file.
        config: the model section, read.
        data: the file as plain data.
        model: path of the model section; empty if the file holds nothing else.
        preprocessing: how images are prepared for the network.
        cropping: how crops are cut.
        has_weights: whether a weights file is in the same folder.
    """

    origin: Origin
    config: ModelConfig
    data: dict[str, Any]
    model: str
    preprocessing: PreprocessingConfig
    cropping: InstanceCroppingConfig
    has_weights: bool

    @property
    def head(self) -> str:
        """Path of the head's section, or an empty string."""
        key = self.config.heads.which_oneof_attrib_name()
        return joined(self.model, f"heads.{key}") if key else ""

    @property
    def sees_crops(self) -> bool:
        """Whether the model is one of crops; of an unknown head, that is possible."""
        spec = head_spec(self.config)
        if spec is None:
            return self.config.heads.which_oneof() is not None
        return spec.stage == "crop"

    @property
    def strides(self) -> list[Stride]:
        """The head's output strides, the main output's first."""
        return list(strides_of(self.config.heads.which_oneof()))


def version_notes(facts: Facts) -> list[Note]:
    """All notes that depend on the version."""
    return [
        Note("version", path, f"{facts.origin}; {what}")
        for rule in RULES
        for path, what in rule(facts)
    ]


def strides_of(section: Any, path: str = "") -> Iterator[Stride]:
    """The output strides in a head's configuration, in the order of its fields."""
    if section is None or isinstance(section, UninstalledSection):
        return
    for field in attrs.fields(type(section)):
        value = getattr(section, field.name)
        if field.name == "output_stride":
            yield Stride(joined(path, field.name), value)
        elif attrs.has(type(value)):
            yield from strides_of(value, joined(path, field.name))


def backbone_spec(config: ModelConfig) -> BackboneSpec | None:
    """The spec of the backbone; ``None`` if no backbone is set or it is not installed."""
    key, section = config.backbone.which_oneof_attrib_name(), config.backbone.which_oneof()
    if key is None or isinstance(section, UninstalledSection):
        return None
    return cast(BackboneSpec, registry.default().spec_of_section(BACKBONE, key))


def head_spec(config: ModelConfig) -> HeadSpec | None:
    """The spec of the head; ``None`` if no head is set or it is not installed."""
    key, section = config.heads.which_oneof_attrib_name(), config.heads.which_oneof()
    if key is None or isinstance(section, UninstalledSection):
        return None
    return cast(HeadSpec, registry.default().spec_of_section(HEAD, key))


def overridden_stride(config: ModelConfig, stride: int) -> int | None:
    """The backbone's own output stride, if building it for heads of ``stride`` changes it."""
    spec = backbone_spec(config)
    if spec is None:
        return None
    section = config.backbone.which_oneof()
    with editions.edition(config.edition):  # some rules hold in one edition only
        own = spec.output_stride(section)
        try:
            built = spec.output_stride(spec.at_stride(section, stride))
        except ConfigError:  # the stride is invalid; building the model reports why
            built = stride
    return None if built == own else own


def path_in_backbone(config: ModelConfig, field: str, model: str) -> str:
    """The path of a field of the backbone, or of its section if it has no such field."""
    section = joined(model, f"backbone.{config.backbone.which_oneof_attrib_name()}")
    return path_of(config.backbone.which_oneof(), field, section)


Lines = Iterable[tuple[str, str]]


def unscaled_sigma(facts: Facts) -> Lines:
    """Up to 1.0.3 sigma was in input pixels; later it is in cells of the output."""
    if facts.origin.may_be_before((1, 0, 4)) and facts.strides and facts.strides[0].stride > 1:
        path, stride = facts.strides[0]
        where = joined(facts.head, f"{path.removesuffix('output_stride')}sigma")
        what = (
            "up to 1.0.3 sigma was in input pixels; since then it is multiplied by the stride: a "
            f"model trained with 1.0.3 or earlier has peaks {stride} times as narrow"
        )
        yield where, what


def honored_output_stride(facts: Facts) -> Lines:
    """Up to 1.0.9 SLEAP used the backbone's own output stride."""
    version = facts.origin.version
    if version and version < (1, 0, 10) and facts.strides:
        stride = facts.strides[0].stride
        finest = overridden_stride(facts.config, stride)
        if finest is not None:
            where = path_in_backbone(facts.config, "output_stride", facts.model)
            what = (
                f"up to 1.0.9 SLEAP built the backbone for its own output_stride, {finest}; Poise "
                f"builds it for the head's, {stride}, so the weights of this file may not match"
            )
            yield where, what


def finest_of_two_strides(facts: Facts) -> Lines:
    """Only 1.0.10 built for the finest of two strides."""
    version, strides = facts.origin.version, facts.strides
    if version and (1, 0, 10) <= version < (1, 1, 0) and strides:
        finest = min(strides, key=lambda output: output.stride)
        if finest.stride < strides[0].stride:
            where = joined(facts.head, finest.path)
            what = (
                f"1.0.10 built the backbone for the finest stride of the head, {finest.stride}, "
                "as edition '2026' does"
            )
            yield where, what


def suffixed_head_layers(facts: Facts) -> Lines:
    """Up to 1.2.0 head layers were named by their stack."""
    if facts.has_weights and facts.head and facts.origin.may_be_before((1, 2, 1)):
        where = facts.head
        what = "up to 1.2.0 head layers were named …Head_0; load_weights accepts either name"
        yield where, what


def online_mining_was_on(facts: Facts) -> Lines:
    """Before 1.1.0 hard keypoint mining was on by default."""
    training = facts.data.get("optimization")
    if isinstance(training, dict) and facts.origin.may_be_before((1, 1, 0)):
        mining = training.get("hard_keypoint_mining", {})
        if isinstance(mining, dict) and "online_mining" not in mining:
            where = "optimization.hard_keypoint_mining.online_mining"
            what = "before 1.1.0 the default was true; Poise reads the absent field as false"
            yield where, what


def resized_crops(facts: Facts) -> Lines:
    """Up to 1.4.1 inference cropped first and resized the crop."""
    cropped = facts.sees_crops and facts.cropping.crop_size is not None
    if cropped and facts.preprocessing.input_scaling != 1 and facts.origin.may_be_before((1, 4, 2)):
        what = (
            "the size is in pixels after input_scaling; up to 1.4.1 inference took it as pixels of "
            "the full image, and resized the crop"
        )
        yield "data.instance_cropping.crop_size", what


RULES: tuple[Callable[[Facts], Lines], ...] = (
    unscaled_sigma,
    honored_output_stride,
    finest_of_two_strides,
    suffixed_head_layers,
    online_mining_was_on,
    resized_crops,
)


def _keys_within(data: Any) -> Iterator[str]:
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
