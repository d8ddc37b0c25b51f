"""Libraries of image networks: the backbone of a plugin for such a library.

Keras and the library are imported only when a network is built.
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
"""Height and width for which a library's network is built before it is replayed on an image.

Every stride up to 32 divides it, and the coarsest maps have more than one cell.
"""

AS_THEY_ARE = "as they are"
"""The name of the normalization that leaves images unchanged."""


class LibraryConfig(Protocol):
    """The fields that the configurations of all these backbones share."""

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
    """A library of image networks. Poise uses each network as the encoder of a U-Net.

    Attributes:
        key: key of the backbone.
        name: name of the library in prose.
        module: its import name.
        distributions: the distributions to install for it.
        variants: its networks by name.
        presets: its published weights by name.
        make: ``make(models, variant, image)``: the library's model of a variant, created by
            its constructor in the library's ``models``; nothing is looked up or fetched.
            ``image`` is height, width, channels.
        levels: ``levels(model)``: the tensors of that model that form its pyramid.
        rules: ``rules()``: replacements of some layers, by name of the library's class
            (see ``poise.libraries.replay``).
        normalizations: the normalizations of images in 0…1 before the encoder, by name. The
            first is the default of presets.
        normalization: ``normalization(config)``: the name of a configuration's normalization.
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
        """Build the network of a configuration.

        Encoder layers have the library's names. If the library leaves a name to Keras, it is
        the name of the previous layer followed by the layer's class. Decoder layers are named
        ``decoder_stage{i}…``, and the normalization before the encoder ``normalize``.

        Args:
            config: the configuration.
            image: Keras tensor ``(N, H, W, C)`` in 0…1; H and W multiples of 32.

        Returns:
            One mapping of strides to features ``(N, H/stride, W/stride, channels)``: the
            output of each stage of the decoder.

        Raises:
            BuildError: the library is not installed.
        """
        from poise.blocks.encoder_unet import encoder_unet

        variant = config.variant
        self._models()  # raise if the library is missing, even if the recipe is cached

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
        """The library's model of a variant.

        Args:
            variant: name of the variant.
            channels: number of image channels.

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
            variant: name of the variant.
            model: the library's model of the variant.
            image: ``(N, H, W, C)``; H and W multiples of 32.

        Returns:
            Features ``(N, H/stride, W/stride, channels)`` of strides 2 or 4 to 32.
        """
        from poise.libraries.replay import pyramid

        rules = self.rules().get(self.variants[variant].cls, {})
        return pyramid(model, self.levels(model), image, rules)

    def _recipe(self, variant: str) -> Recipe:
        """The recipe of a variant; the library builds it once per process."""
        import keras

        from poise.blocks.initial_weights import drawn_by_numpy
        from poise.libraries.recipes import recipe_of

        which = (variant, json.dumps(keras.config.dtype_policy().get_config(), sort_keys=True))
        if which not in self._recipes:
            # Building the recipe must not change the initial weights of later layers.
            state = random.getstate()
            try:
                with drawn_by_numpy(seed=0):
                    # A recipe holds no input channels: layers infer them when they are built.
                    model = self.model(variant, 3)
                    image = keras.Input((None, None, 3))
                    self._recipes[which] = recipe_of(image, self.features(variant, model, image))
            finally:
                random.setstate(state)
        return self._recipes[which]

    def pretrained(self, config: LibraryConfig) -> PublishedWeights | None:
        """The weights that a configuration names, or ``None``."""
        if config.weights is None:
            return None
        return self._weights(config.variant, config.weights, self.normalization(config))

    def published(self) -> Sequence[PublishedWeights]:
        """The weights of every preset."""
        images = next(iter(self.normalizations))
        return [
            self._weights(preset.variant, name, images) for name, preset in self.presets.items()
        ]

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
