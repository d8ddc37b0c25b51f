"""What turns features into predictions, and these into animals: heads and their outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import attrs

from poise.editions import Difference
from poise.errors import PluginError
from poise.messages import nearest, shown
from poise.skeleton import Skeleton
from poise.specs.tensors import API, Tensor

Stage = Literal["image", "centroid", "crop"]
"""What a head sees, and what its predictions are for; see ``HeadSpec.stage``."""


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
    stage: Stage = "image"
    summary: str = ""
    paper: str | None = None
    differences: tuple[Difference, ...] = ()
    resolve: Callable[[Any, Skeleton | None, Sequence[str] | None], Any] | None = None
    examples: Mapping[str, Any] = attrs.field(factory=dict)
    api: int = API

    def __attrs_post_init__(self) -> None:
        # An error of the plugin, not of a configuration: no file can have caused it.
        stages = get_args(Stage)
        if self.stage in stages:
            return
        *others, last = map(repr, stages)
        close = nearest(self.stage, stages)
        raise PluginError(
            f"stage of head {self.key!r} must be {', '.join(others)} or {last}, "
            f"got {shown(self.stage)}" + (f"; did you mean {close!r}?" if close else "")
        )
