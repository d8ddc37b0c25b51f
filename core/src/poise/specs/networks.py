"""Backbones, which turn images into features, and the encoders that some of them use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from poise.editions import Difference
from poise.errors import ConfigError, Fault, PluginError
from poise.messages import message_of, short_repr
from poise.processes.interrupts import let_signals_pass
from poise.scalars import is_integer
from poise.specs.published import OldNames, PublishedWeights
from poise.specs.tensors import API, Features, Tensor


def _output_stride_of(config: Any) -> int:
    name = type(config).__name__
    if not hasattr(config, "output_stride"):
        raise PluginError(
            f"{name} must have a field output_stride, or its BackboneSpec a function "
            "output_stride(config), got neither"
        )
    stride = config.output_stride
    if not is_integer(stride):
        raise PluginError(
            f"{name}.output_stride must be an integer ≥ 1, got {short_repr(stride)}; or give its "
            "BackboneSpec an output_stride(config)"
        )
    return int(stride)


def _evolve_output_stride(config: Any, stride: int) -> Any:
    if "output_stride" not in attrs.fields_dict(type(config)):
        return config
    try:
        return attrs.evolve(config, output_stride=stride)
    except ConfigError:
        raise
    except BaseException as error:  # a plugin's validator may raise anything
        let_signals_pass(error)
        raise ConfigError([Fault(message_of(error), "output_stride")]) from error


def _one_stack(config: Any) -> int:
    return 1


def _no_encoders(config: Any) -> Sequence[str]:
    return ()


def path_of(config: Any, field: str, section: str) -> str:
    """The path of a field for a message, or of its section if that lacks the field.

    Args:
        config: a plugin's configuration.
        field: the usual name of the field.
        section: the path of ``config``.
    """
    return f"{section}.{field}" if field in attrs.fields_dict(type(config)) else section


@attrs.frozen(kw_only=True)
class BackboneSpec:
    """An architecture that turns images into features.

    Attributes:
        key: its name in configurations and on the command line; equal to the name of its
            entry point.
        config: its configuration, a class made with ``attrs.frozen(kw_only=True)``.
        build: ``build(config, image) -> [Features, …]``, one mapping per stack. ``image``
            is a Keras tensor ``(N, H, W, C)``. If several tensors have one stride, return
            the one that a head of that stride should be attached to.
        max_stride: ``max_stride(config)``: the number of input pixels that image height and
            width must be multiples of.
        output_stride: ``output_stride(config)``: the stride of the finest features. The
            default reads the field ``output_stride``.
        at_stride: ``at_stride(config, stride)``: the configuration, changed such that its
            finest features have ``stride``. The default sets the field ``output_stride``, and
            leaves a configuration without this field unchanged.
        stacks: ``stacks(config)``: the number of mappings that ``build`` returns; 1 by
            default.
        encoders: ``encoders(config)``: the keys of the encoders that ``build`` takes from the
            registry; none by default. A saved model records the distributions that provide
            them.
        summary: one line for listings.
        paper: the paper that describes the architecture, or ``None``.
        differences: the differences of the editions that concern this backbone.
        minimum_size: ``minimum_size(config)``: smallest height and width, in pixels, that can be
            built.
        examples: small configurations that the conformance suite builds, by name. The suite
            always checks the default configuration too, without building it.
        pretrained: ``pretrained(config)``: the published weights that a model of this
            configuration starts from, or ``None``. ``poise.load_pretrained`` loads them.
        notes: ``notes(config)``: notes on a network of this configuration, one sentence each.
            Poise calls it when ``output_stride`` is what the heads need.
        published: ``published()``: everything that ``pretrained`` can return, for listings.
        old_names: ``old_names(config)``: the names of layers in SLEAP's files, where they
            differ from the names here.
        receptive_field: ``receptive_field(config)``: height and width, in image pixels, of
            the square that a cell of the first stack's coarsest features sees; ``None`` if
            not stated.
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
    """How images are normalized for an encoder: ``(scale · x - mean) / std``.

    Attributes:
        scale: the factor for images in 0…1: 255 or 1.
        mean: means of red, green and blue, after scaling.
        std: standard deviations of red, green and blue, after scaling.
        reverse: whether the encoder takes blue, green, red. ``mean`` and ``std`` then
            have this order.
    """

    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    reverse: bool = False


@attrs.frozen(kw_only=True)
class EncoderSpec:
    """A network that turns images into features of several strides, for a decoder.

    Any backbone that takes encoders by name, such as ``pretrained_encoder``, can use it.

    Attributes:
        key: its name in configurations; equal to the name of its entry point.
        build: ``build(image) -> Features``: features of every stride that is a power of two
            from the network's finest up to ``max_stride``. The finest is 2 for most
            convolutional networks, and 4 for those that begin with patches, as ConvNeXt and
            Swin. ``image`` is a Keras tensor ``(N, H, W, C)`` with any number of channels.
            Every layer has a name, the same in every build.
        max_stride: stride of the last features. Image height and width must be multiples of
            it, in pixels.
        minimum_size: smallest height and width that it takes, in pixels.
        ends_in_pooling: whether a pooling makes the last features; decoders then begin with
            convolutions.
        normalization: how RGB images in 0…1 are normalized for the published weights;
            ``None`` if they need no normalization.
        pretrained: ``pretrained()``: the published weights; ``None`` if there are none.
        old_names: ``old_names()``: like ``BackboneSpec.old_names``.
        summary: one line for listings.
        paper: the paper that describes it, or ``None``.
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
