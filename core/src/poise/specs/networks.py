"""What a plugin's hooks return: the specs of backbones and heads.

A spec is a description, not a layer: it is made without Keras, so that listing, reading
and checking configurations stay free. Only its ``build`` functions import Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, get_args

import attrs

from poise.editions import Difference
from poise.errors import ConfigError, Fault, PluginError
from poise.messages import nearest, shown, told
from poise.skeleton import Skeleton

API = 2
"""The version of this contract. A plugin's spec carries the one that it was written for.

It goes up when a plugin that was written for the version before would be misunderstood:
since 2, ``BackboneSpec.stacks`` and ``encoders`` say what fields of these names said.
"""

Tensor = Any
"""A Keras tensor. ``Any`` because this module must not import Keras."""

Image = tuple[int | None, int | None, int]
"""Height, width (pixels, ``None`` for any) and channels of the model's input."""

Features = dict[int, Tensor]
"""Stride (input pixels per cell) → features ``(N, H/stride, W/stride, C)``."""


OldNames = Mapping[str, tuple[str, ...]]
"""Layer name → the names that older files have for its weights.

``conv2d#5`` is the sixth of the layers that Keras called ``conv2d``, ``conv2d_1``, … by
itself. Several names are those of several layers whose kernels, side by side on the last
axis, are the kernel of this one: a grouped convolution that used to be many small ones.
"""


Stage = Literal["image", "centroid", "crop"]
"""What a head sees, and what its predictions are for; see ``HeadSpec.stage``."""


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
class PublishedWeights:
    """Weights that others trained and published, and the layers that they are for.

    Attributes:
        name: by which plugins are asked for them (the hook ``poise_weights``).
        title: what they are, in words that begin a sentence.
        file: name of the published file.
        url: where it is published.
        checksum: of its bytes: ``md5:`` or ``sha256:`` and hexadecimal digits. Empty where
            the publisher states none: the file is then taken as it is.
        layers: names of the layers that own weights, in the order of the published file, or
            a function that gives them. Layers are met by name, or by this order where the
            file has other names.
        licence: under which the weights are published, as far as their publisher says.
        size: bytes that the weights take, before anybody asks the publisher; 0 if unknown.
        old_names: see ``BackboneSpec.old_names``. ``layers`` then holds the old names.
        image_layers: names, in the model, of the layers whose weights have an axis for the
            image's channels. In a model for images of another number of channels than the
            weights were trained on, theirs are adapted.
        path: ``path()``: the file that the configuration names; nothing else is looked at.
        elsewhere: ``elsewhere()``: the file in the cache of another library, or ``None``.
        fetched: whether the file can be downloaded from ``url``. If not, ``url`` says where
            to get it.
        opened: ``opened(file)``: a context manager that gives a ``poise.weights.WeightsFile``
            with the layers' names in the model, for files in a layout of their own. ``layers``
            and ``old_names`` are not asked then.
    """

    name: str
    title: str
    file: str
    url: str
    checksum: str
    layers: tuple[str, ...] | Callable[[], tuple[str, ...]] = attrs.field(default=(), repr=False)
    licence: str = ""
    size: int = 0
    old_names: OldNames = attrs.field(factory=dict, repr=False)
    image_layers: tuple[str, ...] = ()
    path: Callable[[], Path] | None = attrs.field(default=None, repr=False)
    elsewhere: Callable[[], Path | None] | None = attrs.field(default=None, repr=False)
    fetched: bool = True
    opened: Callable[[Path], AbstractContextManager[Any]] | None = attrs.field(
        default=None, repr=False
    )

    def layer_names(self) -> tuple[str, ...]:
        """What ``layers`` says."""
        return self.layers() if callable(self.layers) else self.layers


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


@attrs.frozen(kw_only=True)
class Output:
    """One tensor that a head predicts, and all that belongs to it.

    Attributes:
        name: its key in the model's dict of outputs, as in ``confmaps``.
        layer_name: name of the layer that makes it; weights are found by it.
        stride: stride in input pixels of the features that it sits on.
        channels: size of the last axis.
        build: ``build(features, suffix) -> predictions``; every layer that it makes carries
            ``suffix`` at the end of its name (empty for a single stack, ``_0``, ``_1``, …
            for several). The last one has ``dtype="float32"``: in half precision,
            coordinates above 1024 would be whole pixels.
        loss: the loss it is trained with, by Keras' name of it.
        loss_weight: factor of this loss in the total.
        where: path of the stride inside the head's configuration, for error messages.
        targets: ``targets(labels, size)``: what the predictions should be, a
            ``poise.Labels`` and height and width in pixels given; ``None`` where the head
            cannot make targets. Written in ``keras.ops``, it works inside a train step too.
        metrics: ``metrics()``: new Keras metrics to watch in training, or ``None``.
        spatial: whether the prediction is a map ``(N, H/stride, W/stride, channels)``;
            ``False`` for ``(N, channels)``.
    """

    name: str
    layer_name: str
    stride: int
    channels: int
    build: Callable[[Tensor, str], Tensor]
    loss: str = "mean_squared_error"
    loss_weight: float = 1.0
    where: str = "output_stride"
    targets: Callable[..., Any] | None = None
    metrics: Callable[[], Sequence[Any]] | None = None
    spatial: bool = True

    def layer(self, features: Tensor, suffix: str = "") -> Tensor:
        """Attach the output to ``features`` of shape ``(N, H/stride, W/stride, C)``.

        Args:
            features: a Keras tensor with this output's stride.
            suffix: appended to the name of every layer made.

        Returns:
            Predictions ``(N, H/stride, W/stride, channels)``, or ``(N, channels)`` if not
            ``spatial``.
        """
        return self.build(features, suffix)


def _stage(spec: Any, attribute: Any, value: Any) -> None:
    # An error of the plugin, not of a configuration: no file can have caused it.
    stages = get_args(Stage)
    if value not in stages:
        *others, last = map(repr, stages)
        close = nearest(value, stages)
        raise PluginError(
            f"stage of head {spec.key!r} must be {', '.join(others)} or {last}, "
            f"got {shown(value)}" + (f"; did you mean {close!r}?" if close else "")
        )


@attrs.frozen(kw_only=True)
class HeadSpec:
    """A head type: which outputs a model has, and what they mean together.

    Attributes:
        key: its name in configurations; equal to the name of its entry point.
        config: its configuration, a class made with ``attrs.frozen(kw_only=True)``.
        outputs: ``outputs(config, skeleton, classes) -> (Output, …)``. ``skeleton`` and
            ``classes`` may be ``None``; a head that needs them and finds no names in its
            configuration raises ``BuildError`` naming every field that misses them. The
            first output is the main one: in edition sleap-1.4 its stride is the
            backbone's.
        decode: ``decode(config, predictions, …)``: predictions to instances, or ``None``
            where the head type cannot decode.
        stage: ``"image"``: the head sees whole images. ``"centroid"``: it sees whole images,
            and predicts one point for each animal, around which crops are cut. ``"crop"``: it
            sees a crop with one animal in the middle. Programs that predict combine a head of
            stage ``"centroid"`` with one of stage ``"crop"``, whatever their keys.
        summary: one line for listings.
        paper: where the head was described, or ``None``.
        differences: where SLEAP 1.4 and the documentation differ for this head.
        resolve: ``resolve(config, skeleton, classes) -> config``: the configuration with
            the names filled in that its outputs were made of, so that a saved model needs
            no skeleton. ``None`` leaves it as it is.
        examples: configurations that the conformance suite builds, by name.
        api: version of the contract that the spec was written for.
    """

    key: str
    config: type
    outputs: Callable[[Any, Skeleton | None, Sequence[str] | None], tuple[Output, ...]]
    decode: Callable[..., Any] | None = None
    stage: Stage = attrs.field(default="image", validator=_stage)
    summary: str = ""
    paper: str | None = None
    differences: tuple[Difference, ...] = ()
    resolve: Callable[[Any, Skeleton | None, Sequence[str] | None], Any] | None = None
    examples: Mapping[str, Any] = attrs.field(factory=dict)
    api: int = API


Spec = BackboneSpec | HeadSpec | EncoderSpec
