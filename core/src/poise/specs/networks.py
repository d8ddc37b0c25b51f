"""What turns images into features: backbones, and the encoders that some of them take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from poise.editions import Difference
from poise.errors import ConfigError, Fault, PluginError
from poise.messages import told
from poise.specs.published import OldNames, PublishedWeights
from poise.specs.tensors import API, Features, Tensor


def _output_stride_of(config: Any) -> int:
    try:
        return int(config.output_stride)
    except AttributeError:
        raise PluginError(
            f"{type(config).__name__} must have a field output_stride, or its BackboneSpec must "
            "have output_stride(config)"
        ) from None


def _evolve_output_stride(config: Any, stride: int) -> Any:
    if "output_stride" not in attrs.fields_dict(type(config)):
        return config
    try:
        return attrs.evolve(config, output_stride=stride)
    except ConfigError:
        raise
    except Exception as error:  # a plugin's own validator may raise anything
        raise ConfigError([Fault(told(error), "output_stride")]) from error


def _one_stack(config: Any) -> int:
    return 1


def _no_encoders(config: Any) -> Sequence[str]:
    return ()


def path_of(config: Any, field: str, section: str) -> str:
    """The path of a field for a message, or of its section where it has no such field.

    Args:
        config: a plugin's configuration.
        field: the name that the field usually has.
        section: the path of ``config``.
    """
    return f"{section}.{field}" if field in attrs.fields_dict(type(config)) else section


@attrs.frozen(kw_only=True)
class BackboneSpec:
    """An architecture that turns images into features.

    Attributes:
        key: its name in configurations and on the command line; equal to the name of the
            entry point that it came by.
        config: its configuration, a class made with ``attrs.frozen(kw_only=True)``.
        build: ``build(config, image) -> [Features, …]``, one mapping per stack. ``image``
            is a Keras tensor ``(N, H, W, C)``. If several tensors have one stride, give the
            one that a head of that stride should sit on.
        max_stride: ``max_stride(config)``: the number of input pixels that image height and
            width must be multiples of.
        output_stride: ``output_stride(config)``: the stride of the finest features. Reads
            the field ``output_stride`` unless given.
        at_stride: ``at_stride(config, stride)``: the same configuration, built so that its
            finest features have ``stride``. Sets the field ``output_stride`` unless given,
            and leaves a configuration without that field as it is.
        stacks: ``stacks(config)``: how many mappings ``build`` returns; 1 unless given.
        encoders: ``encoders(config)``: the keys of the encoders that ``build`` takes from the
            registry. A saved model records the distributions that provide them. None unless
            given.
        summary: one line for listings.
        paper: where the architecture was described, or ``None``.
        differences: where SLEAP 1.4 and the documentation differ for this backbone.
        minimum_size: smallest height and width that can be built, in pixels.
        examples: small configurations that the conformance suite builds, by name. The
            default configuration is always among those it checks without building.
        pretrained: ``pretrained(config)``: the published weights that a model of this
            configuration is to start from, or ``None``. ``poise.load_pretrained`` loads them.
        notes: ``notes(config)``: what is worth knowing of a network of this configuration,
            one sentence each. Asked when its ``output_stride`` is what the heads need.
        published: ``published()``: all that ``pretrained`` can give, for listings.
        old_names: ``old_names(config)``: the names that SLEAP's files have for layers, where
            these are called otherwise here.
        receptive_field: ``receptive_field(config)``: height and width of the square of image
            pixels that a cell of the first stack's coarsest features sees; ``None`` where
            that is not stated.
        api: version of the contract that the spec was written for.
    """

    key: str
    config: type
    build: Callable[[Any, Tensor], list[Features]]
    max_stride: Callable[[Any], int]
    output_stride: Callable[[Any], int] = _output_stride_of
    at_stride: Callable[[Any, int], Any] = _evolve_output_stride
    stacks: Callable[[Any], int] = _one_stack
    encoders: Callable[[Any], Sequence[str]] = _no_encoders
    summary: str = ""
    paper: str | None = None
    differences: tuple[Difference, ...] = ()
    minimum_size: Callable[[Any], int] | None = None
    examples: Mapping[str, Any] = attrs.field(factory=dict)
    pretrained: Callable[[Any], PublishedWeights | None] | None = None
    notes: Callable[[Any], Sequence[str]] | None = None
    published: Callable[[], Sequence[PublishedWeights]] | None = None
    old_names: Callable[[Any], OldNames] | None = None
    receptive_field: Callable[[Any], int] | None = None
    api: int = API


@attrs.frozen(kw_only=True)
class Normalization:
    """What images are turned into for an encoder: ``(scale · x - mean) / deviation``.

    Attributes:
        scale: what 0…1 is scaled to: 255, or 1.
        mean: of red, green, blue, after scaling.
        deviation: of red, green, blue, after scaling.
        reverse: whether the encoder takes blue, green, red. ``mean`` and ``deviation`` are
            in that order then.
    """

    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    reverse: bool = False


@attrs.frozen(kw_only=True)
class EncoderSpec:
    """A network that turns images into features of every stride, to be joined by a decoder.

    Any backbone that takes encoders by name, such as ``pretrained_encoder``, can use it.

    Attributes:
        key: its name in configurations; equal to the name of its entry point.
        build: ``build(image) -> Features``: features of strides 2, 4, 8, … up to
            ``max_stride``. ``image`` is a Keras tensor ``(N, H, W, C)`` with any number of
            channels. Every layer has a name, the same in every build.
        max_stride: stride of the last features, and the number of pixels that image height
            and width must be multiples of.
        minimum_size: smallest height and width that it takes, in pixels.
        ends_in_pooling: whether the last features come out of a pooling; decoders begin
            with convolutions then.
        normalization: what the published weights were trained on, of RGB images in 0…1;
            ``None`` if they take images as they are.
        pretrained: ``pretrained()``: the published weights, or ``None`` for an encoder
            without any.
        old_names: ``old_names()``: as ``BackboneSpec.old_names``.
        summary: one line for listings.
        paper: where it was described, or ``None``.
        api: version of the contract that the spec was written for.
    """

    key: str
    build: Callable[[Tensor], Features]
    max_stride: int = 32
    minimum_size: int = 1
    ends_in_pooling: bool = False
    normalization: Normalization | None = None
    pretrained: Callable[[], PublishedWeights] | None = None
    old_names: Callable[[], OldNames] | None = None
    summary: str = ""
    paper: str | None = None
    api: int = API
