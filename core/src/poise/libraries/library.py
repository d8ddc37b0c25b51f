"""Libraries of image networks: what the backbone of a plugin for one is made of.

Neither Keras nor the library is imported before a network is built.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from poise.errors import BuildError, Fault
from poise.libraries.variants import Preset, Variant
from poise.messages import described
from poise.specs import EncoderSpec, Features, Normalization, PublishedWeights, Tensor

if TYPE_CHECKING:
    from poise.libraries.recipes import Recipe
    from poise.libraries.replay import Rule

SIDE = 64
"""Height and width that a library's network is built for before it is replayed on an image.

Every stride up to 32 divides it, and the coarsest maps have more than one cell.
"""

AS_THEY_ARE = "as they are"
"""The normalization of images that nothing is done to."""


class LibraryConfig(Protocol):
    """The fields that the configurations of all such backbones have."""

    @property
    def variant(self) -> str: ...
    @property
    def weights(self) -> str | None: ...
    @property
    def decoder_filters(self) -> int: ...
    @property
    def decoder_filters_rate(self) -> float: ...
    @property
    def output_stride(self) -> int: ...
    @property
    def decoder_batchnorm(self) -> bool: ...


@attrs.frozen(kw_only=True, eq=False)
class Library:
    """A library with image networks, each of which is the encoder of a U-Net here.

    Attributes:
        key: of the backbone.
        name: what the library is called in sentences.
        module: its import name.
        distributions: what to install for it.
        variants: its networks by name.
        presets: its published weights by name.
        make: ``make(models, variant, image)``: the library's own model of a variant, by its
            constructor in the library's ``models``; nothing is looked up or fetched.
            ``image`` is height, width, channels.
        levels: ``levels(model)``: the tensors of that model that make its pyramid.
        rules: ``rules()``: by name of the library's class, what stands in for some of its
            layers (see ``poise.libraries.replay``).
        normalizations: what images in 0…1 may go through before the encoder, by name. The
            first is what presets were trained with that say nothing else.
        normalization: ``normalization(config)``: the name of a configuration's.
    """

    key: str
    name: str
    module: str
    distributions: str
    variants: Mapping[str, Variant] = attrs.field(repr=False)
    presets: Mapping[str, Preset] = attrs.field(repr=False)
    make: Callable[[Any, Variant, tuple[int, int, int]], Any]
    levels: Callable[[Any], Sequence[Tensor]]
    rules: Callable[[], Mapping[str, Mapping[str, Rule]]]
    normalizations: Mapping[str, Normalization | None] = {AS_THEY_ARE: None}
    normalization: Callable[[Any], str] = lambda config: AS_THEY_ARE
    _recipes: dict[tuple[str, str], Recipe] = attrs.field(factory=dict, init=False, repr=False)

    def build(self, config: LibraryConfig, image: Tensor) -> list[Features]:
        """Make the network of a configuration.

        Layer names: the library's where it gives them; those of the layers before, and what
        the layer does, where it leaves them to Keras; ``decoder_stage{i}…``; and ``normalize``
        before the encoder, where images are normalized.

        Args:
            config: what to build.
            image: Keras tensor ``(N, H, W, C)`` in 0…1; H and W multiples of 32.

        Returns:
            One mapping of strides to features ``(N, H/stride, W/stride, channels)``: what
            comes out of each stage of the decoder.

        Raises:
            BuildError: the library is not installed.
        """
        from poise.blocks.encoder_unet import encoder_unet

        variant = config.variant
        self._models()  # what is missing is missing, whatever is known of the network already

        def encode(image: Tensor) -> Features:
            return self._recipe(variant).make(image)

        normalization = self.normalizations[self.normalization(config)]
        decoded = encoder_unet(
            EncoderSpec(key=variant, build=encode, normalization=normalization),
            image,
            normalized=True,
            output_stride=config.output_stride,
            filters=config.decoder_filters,
            filters_rate=config.decoder_filters_rate,
            batch_norm=config.decoder_batchnorm,
        )
        return [decoded]

    def model(self, variant: str, channels: int) -> Any:
        """The library's own model of a variant.

        Args:
            variant: its name.
            channels: of the images.

        Raises:
            BuildError: the library is not installed.
        """
        from poise.blocks.initial_weights import drawn_by_numpy

        models = self._models()
        with drawn_by_numpy():
            return self.make(models, self.variants[variant], (SIDE, SIDE, channels))

    def features(self, variant: str, model: Any, image: Tensor) -> Features:
        """The features of the library's model on an image, with its weights.

        Args:
            variant: its name.
            model: the library's model of it.
            image: ``(N, H, W, C)``; H and W multiples of 32.

        Returns:
            Features ``(N, H/stride, W/stride, channels)`` of strides 2 or 4 to 32.
        """
        from poise.libraries.replay import pyramid

        rules = self.rules().get(self.variants[variant].cls, {})
        return pyramid(model, self.levels(model), image, rules)

    def _recipe(self, variant: str) -> Recipe:
        """What a variant is made of: its library is asked once in a process."""
        import keras

        from poise.blocks.initial_weights import drawn_by_numpy
        from poise.libraries.recipes import recipe_of

        which = (variant, json.dumps(keras.config.dtype_policy().get_config(), sort_keys=True))
        if which not in self._recipes:
            # Whether it is asked changes no weight of what is made.
            state = random.getstate()
            with drawn_by_numpy(seed=0):
                # Layers say how many channels they give; how many they take, they find out.
                model = self.model(variant, 3)
                image = keras.Input((None, None, 3))
                self._recipes[which] = recipe_of(image, self.features(variant, model, image))
            random.setstate(state)
        return self._recipes[which]

    def pretrained(self, config: LibraryConfig) -> PublishedWeights | None:
        """The weights that a configuration names, if it names any."""
        if config.weights is None:
            return None
        return self._weights(config.variant, config.weights, self.normalization(config))

    def published(self) -> Sequence[PublishedWeights]:
        """Every preset's weights."""
        images = next(iter(self.normalizations))
        return [self._weights(one.variant, name, images) for name, one in self.presets.items()]

    def _weights(self, variant: str, source: str, images: str) -> PublishedWeights:
        from poise.libraries.weights import LibraryNetwork, published

        network = LibraryNetwork(
            name=variant,
            make=partial(self.model, variant),
            features=partial(self.features, variant),
            image_layer=self.variants[variant].image_layer,
            parameters=self.variants[variant].parameters,
            images=images,
            normalizations=self.normalizations,
        )
        return published(source, network, key=self.key, library=self.name, presets=self.presets)

    def _models(self) -> Any:
        try:
            return import_module(self.module).models
        except Exception as error:
            what = (
                f"needs the library {self.module}, which cannot be imported: "
                f"{described(error)}; pip install {self.distributions}"
            )
            raise BuildError([Fault(what, f"model.backbone.{self.key}")]) from error
