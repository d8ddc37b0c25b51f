"""What a check examines: a plugin and one of its configurations, as specs and as models."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

from poise.errors import BuildError
from poise.registry import Registry
from poise.registry import using as using
from poise.registry.discovery import Kind
from poise.specs import (
    BackboneSpec,
    EncoderSpec,
    Features,
    HeadSpec,
    Image,
    Output,
    PublishedWeights,
    Tensor,
)
from poise.testing.fresh_interpreter import Lookup, look_up
from poise.testing.running_models import only, random_inputs, shrink_kernels
from poise.testing.standins import CLASSES, SKELETON
from poise.wire.structure import unstructure

FEATURE_CHANNELS = 8
"""Channels of the made-up features that heads are examined on."""


def snapshot(config: Any) -> Any:
    """A configuration as text and as plain data; later changes of it do not affect them."""
    return repr(config), unstructure(config)


class Subject:
    """A plugin's key, and one configuration of it.

    Attributes:
        kind: the kind of the plugin.
        key: its key.
        registry: where it is looked up.
        label: name of the example, ``default`` for the default configuration, or empty for
            the plugin as a whole.
        config: the configuration; ``None`` for the plugin as a whole, and for encoders.
        initial: the configuration as text and as plain data, before anything was built.
        whole: the plugin as a whole.
        outcomes: outcomes of the checks that ran, by name.
        compiled: the kinds of layers compiled so far.
    """

    def __init__(
        self,
        kind: Kind,
        key: str,
        registry: Registry,
        *,
        label: str = "",
        config: Any = None,
        whole: Subject | None = None,
    ) -> None:
        self.kind: Kind = kind
        self.key: str = key
        self.registry: Registry = registry
        self.label: str = label
        self.config: Any = config
        self.initial: Any = snapshot(config)
        self.whole: Subject = self if whole is None else whole
        self.outcomes: dict[str, Any] = {}
        self.compiled: set[tuple[str, ...]] = set()

    @property
    def spec(self) -> Any:
        """The spec, looked up by its key."""
        return self.registry.spec(self.kind, self.key)

    @property
    def is_object(self) -> bool:
        """Whether the plugin was passed to the registry as an object, and is not installed."""
        claims = self.registry.claimants(self.kind, self.key)
        return bool(claims) and all(claim.version == "given" for claim in claims)

    @cached_property
    def looked_up(self) -> Lookup:
        """What a lookup does in a fresh interpreter."""
        return look_up(self.kind.name, self.key)

    def with_config(self, label: str, config: Any) -> Self:
        """The same plugin with one of its configurations."""
        return type(self)(
            self.kind, self.key, self.registry, label=label, config=config, whole=self.whole
        )

    def fresh(self) -> Any:
        """A newly built ``keras.Model`` whose outputs are all features or predictions."""
        raise NotImplementedError

    @cached_property
    def model(self) -> Any:
        """A ``keras.Model`` to inspect; checks do not change it."""
        return self.fresh()

    @cached_property
    def steady(self) -> Any:
        """The same model, with outputs as small as a trained model's, to compare numbers."""
        shrink_kernels(self.model, random_inputs(self.model))
        return self.model

    @cached_property
    def again(self) -> Any:
        """A second build; checks may change its weights."""
        return self.fresh()

    def losses(self, model: Any) -> dict[str, str]:
        """Output name → the loss with which it is trained."""
        return dict.fromkeys(model.output, "mean_squared_error")


class FeatureSubject(Subject):
    """A backbone with one of its configurations, or an encoder: both turn images into features."""

    @property
    def max_stride(self) -> int:
        """Image height and width must be multiples of this many pixels."""
        raise NotImplementedError

    @property
    def minimum_size(self) -> int:
        """Smallest image height and width, in pixels."""
        raise NotImplementedError

    @property
    def published(self) -> PublishedWeights | None:
        """The published weights from which it starts, if any."""
        raise NotImplementedError

    def stacks_of(self, image: Tensor) -> list[Features]:
        """The features of each stack, built on a Keras tensor."""
        raise NotImplementedError

    def image(self, rows: int, columns: int, channels: int = 1) -> tuple[int, int, int]:
        """A valid image size.

        Args:
            rows: height in multiples of ``max_stride``.
            columns: width, likewise.
            channels: of the image.

        Returns:
            Height, width, channels; larger by an even number of multiples if there is a
            ``minimum_size``.
        """
        multiple = self.max_stride
        further = -(-self.minimum_size // multiple) - 1
        further += further % 2
        return ((rows + further) * multiple, (columns + further) * multiple, channels)

    def build(self, image: Image) -> tuple[Tensor, list[Features]]:
        """The input, and the features of each stack, for an image size."""
        import keras

        from poise.blocks.initial_weights import drawn_by_numpy
        from poise.blocks.open_sizes import upsampled_at_any_size

        images = keras.Input(shape=image, name="input", dtype="float32")
        with drawn_by_numpy(), upsampled_at_any_size():  # as poise.build does
            return images, self.stacks_of(images)

    @cached_property
    def features(self) -> list[Features]:
        """The features of each stack on a small square image."""
        return self.build(self.image(2, 2))[1]

    def fresh(self, image: Image | None = None) -> Any:
        import keras

        images, stacks = self.build(self.image(2, 2) if image is None else image)
        outputs = {
            f"stack{index}_stride{stride}": tensor
            for index, stack in enumerate(stacks)
            for stride, tensor in stack.items()
        }
        return keras.Model(images, outputs)


class BackboneSubject(FeatureSubject):
    """A backbone's key, and one configuration of it."""

    spec: BackboneSpec  # pyright: ignore[reportIncompatibleMethodOverride] - it is never set

    @property
    def max_stride(self) -> int:
        return self.spec.max_stride(self.config)

    @property
    def minimum_size(self) -> int:
        return self.spec.minimum_size(self.config) if self.spec.minimum_size else 1

    @property
    def published(self) -> PublishedWeights | None:
        return self.spec.pretrained(self.config) if self.spec.pretrained else None

    def stacks_of(self, image: Tensor) -> list[Features]:
        return self.spec.build(self.config, image)


class EncoderSubject(FeatureSubject):
    """An encoder as a whole; encoders have no configurations."""

    spec: EncoderSpec  # pyright: ignore[reportIncompatibleMethodOverride] - it is never set

    @property
    def max_stride(self) -> int:
        return self.spec.max_stride

    @property
    def minimum_size(self) -> int:
        return self.spec.minimum_size

    @property
    def published(self) -> PublishedWeights | None:
        return self.spec.pretrained() if self.spec.pretrained else None

    def stacks_of(self, image: Tensor) -> list[Features]:
        return [self.spec.build(image)]


class HeadSubject(Subject):
    """A head's key, and one configuration of it."""

    spec: HeadSpec  # pyright: ignore[reportIncompatibleMethodOverride] - it is never set

    def outputs_of(self, config: Any) -> tuple[Output, ...]:
        """The outputs of a configuration, with made-up names if it has none."""
        try:
            return tuple(self.spec.outputs(config, None, None))
        except BuildError:
            return tuple(self.spec.outputs(config, SKELETON, CLASSES))

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs of the configuration."""
        return self.outputs_of(self.config)

    def attach(
        self, outputs: tuple[Output, ...], suffix: str = "", rows: int = 2, columns: int = 2
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Attach outputs to made-up features.

        Args:
            outputs: the outputs to attach.
            suffix: suffix of the layers' names.
            rows: height of the coarsest features, in cells.
            columns: width of the coarsest features, in cells.

        Returns:
            The features ``(N, H/stride, W/stride, 8)`` of each stride, and the predictions
            by output name.
        """
        import keras

        from poise.blocks.initial_weights import drawn_by_numpy

        coarsest = max(output.stride for output in outputs)
        features = {
            stride: keras.Input(
                shape=(
                    rows * coarsest // stride,
                    columns * coarsest // stride,
                    FEATURE_CHANNELS,
                ),
                name=f"features_of_stride_{stride}",
            )
            for stride in sorted({output.stride for output in outputs})
        }
        with drawn_by_numpy():
            predictions = {
                output.name: output.layer(features[output.stride], suffix) for output in outputs
            }
        return list(features.values()), predictions

    def fresh(self, suffix: str = "") -> Any:
        import keras

        features, predictions = self.attach(self.outputs, suffix)
        return keras.Model(only(features), predictions)

    def losses(self, model: Any) -> dict[str, str]:
        return {output.name: output.loss for output in self.outputs}


SUBJECTS: dict[str, type[Subject]] = {
    "backbone": BackboneSubject,
    "head": HeadSubject,
    "encoder": EncoderSubject,
}
