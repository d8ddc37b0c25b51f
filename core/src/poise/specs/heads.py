"""Heads and their outputs, which turn features into predictions and these into animals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import attrs

from poise.editions import Difference
from poise.errors import PluginError
from poise.messages import nearest, short_repr
from poise.skeleton import Skeleton
from poise.specs.graphs import GraphDecoding
from poise.specs.tensors import API, Tensor

Stage = Literal["image", "centroid", "crop"]
"""What a head sees and predicts; see ``HeadSpec.stage``."""


@attrs.frozen(kw_only=True)
class Output:
    """One tensor that a head predicts.

    Attributes:
        name: its key in the model's dict of outputs, as in ``confmaps``.
        layer_name: name of the layer that makes it; weights are matched by this name.
        stride: stride, in input pixels, of the features that it is attached to.
        channels: size of the last axis.
        build: ``build(features, suffix) -> predictions``; the name of every layer
            that it makes ends in ``suffix`` (empty for a single stack, ``_0``, ``_1``, …
            for several). The last layer has ``dtype="float32"``: in half precision,
            coordinates above 1024 would be whole pixels.
        loss: the Keras name of its training loss.
        loss_weight: the factor of this loss in the total loss.
        where: path of the stride in the head's configuration, for error messages.
        targets: ``targets(labels, size)``: the training targets for a ``poise.Labels`` and
            a ``(height, width)`` in pixels; ``None`` if the head cannot make targets.
            Labels of images without animals have the points ``(N, 0, P, 2)``.
            Written in ``keras.ops``, it also works in a train step.
        metrics: ``metrics()``: new Keras metrics for training, or ``None``.
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
            suffix: appended to the name of every layer that it makes.

        Returns:
            Predictions ``(N, H/stride, W/stride, channels)``, or ``(N, channels)`` if not
            ``spatial``.
        """
        return self.build(features, suffix)


@attrs.frozen(kw_only=True)
class HeadSpec:
    """A head type: the outputs of a model, and how to decode them.

    Attributes:
        key: its name in configurations; equal to the name of its entry point.
        config: its configuration, a class made with ``attrs.frozen(kw_only=True)``.
        outputs: ``outputs(config, skeleton, classes) -> (Output, …)``. ``skeleton`` and
            ``classes`` may be ``None``. A head that needs them, and has no names in its
            configuration, raises ``BuildError`` with every field that lacks names. The first
            output is the main one: in edition sleap-1.4 the backbone has its stride.
        decode: ``decode(config, predictions, …)``: turn predictions into instances; ``None``
            if the head type cannot decode.
        decode_in_graph: ``decode_in_graph(config, …) -> GraphDecoding``: what ``decode`` does, or
            its first steps, with ``keras.ops`` and arrays of fixed shapes, so that points can be
            exported. Its options have the names of those of ``decode``. ``None``: models of this
            head type are exported without points.
        stage: ``"image"``: the head sees whole images. ``"centroid"``: it sees whole images
            and predicts one point for each animal, the center of a crop. ``"crop"``: it sees
            a crop with one animal in the middle. Programs that predict combine a head of
            stage ``"centroid"`` with one of stage ``"crop"``, whatever their keys.
        summary: one line for listings.
        paper: the paper that describes the head, or ``None``.
        differences: the differences of the editions that concern this head.
        resolve: ``resolve(config, skeleton, classes) -> config``: the configuration,
            completed with the names that its outputs use, so a saved model needs no skeleton.
            ``None`` leaves it unchanged.
        notes: ``notes(config)``: notes on a head of this resolved configuration, one sentence
            each, for example what its decoder will not find. ``poise check``, ``poise build``
            and ``poise preview`` show them.
        examples: configurations that the conformance suite builds, by name.
        api: version of the contract that the spec was written for.
    """

    key: str
    config: type
    outputs: Callable[[Any, Skeleton | None, Sequence[str] | None], tuple[Output, ...]]
    decode: Callable[..., Any] | None = None
    decode_in_graph: Callable[..., GraphDecoding] | None = None
    stage: Stage = "image"
    summary: str = ""
    paper: str | None = None
    differences: tuple[Difference, ...] = ()
    resolve: Callable[[Any, Skeleton | None, Sequence[str] | None], Any] | None = None
    notes: Callable[[Any], Sequence[str]] | None = None
    examples: Mapping[str, Any] = attrs.field(factory=dict)
    api: int = API

    def __attrs_post_init__(self) -> None:
        # This is an error of the plugin, not of a configuration: no file can cause it.
        stages = get_args(Stage)
        if self.stage in stages:
            return
        *others, last = map(repr, stages)
        close = nearest(self.stage, stages)
        raise PluginError(
            f"stage of head {self.key!r} must be {', '.join(others)} or {last}, "
            f"got {short_repr(self.stage)}" + (f"; did you mean {close!r}?" if close else "")
        )
