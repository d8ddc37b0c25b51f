"""Networks of other libraries as data: the tables of plugins for such libraries.

This module needs neither Keras nor the library: names and presets are known without them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import attrs

from poise.fields import Domain, Rule, rule
from poise.messages import suggestion


@attrs.frozen(kw_only=True)
class Variant:
    """One network of a library: a class and its arguments.

    Attributes:
        cls: name of the library's class.
        arguments: arguments of its constructor, except those for the image.
        parameters: number of parameters, for images with three channels.
        image_layer: name of the layer that sees the image, in the network built here.
    """

    cls: str
    arguments: Mapping[str, Any] = attrs.field(repr=False)
    parameters: int
    image_layer: str


def variants_of(
    cls: str,
    image_layer: str,
    common: Mapping[str, Any],
    table: Mapping[str, tuple[int, Mapping[str, Any]]],
) -> dict[str, Variant]:
    """The variants of one class of a library.

    Args:
        cls: name of the class.
        image_layer: see ``Variant``.
        common: arguments that all variants share.
        table: name of a variant → its number of parameters and its specific arguments.
    """
    return {
        name: Variant(
            cls=cls,
            arguments={**common, **specific},
            parameters=parameters,
            image_layer=image_layer,
        )
        for name, (parameters, specific) in table.items()
    }


@attrs.frozen(kw_only=True)
class Preset:
    """Weights that a library publishes.

    Attributes:
        variant: name of the network that the weights are for.
        handle: the library's handle of them, ``kaggle://owner/model/keras/name/version``.
    """

    variant: str
    handle: str

    @property
    def page(self) -> str:
        """The web page of the preset."""
        return f"https://www.kaggle.com/models/{self.handle.removeprefix('kaggle://')}"


PATH = r"^(?=[\s\S]*\S)[\s\S]*(/|[^/]\.(h5|keras)$)"
"""The JSON Schema pattern of a path: it has a slash, or ends like a weights file."""


def weights_of(presets: Mapping[str, Preset]) -> tuple[Domain, Rule]:
    """The domain of a field ``weights`` next to a field ``variant``.

    A path must have a slash or end like a weights file. A name with a typo is therefore never
    mistaken for a path.
    """
    domain = Domain(
        "null, the name of a preset, or the path of a weights file (.h5, .keras) or of a folder "
        "(with a slash)",
        lambda value: value is None or (isinstance(value, str) and _is_valid(value, presets)),
        {"anyOf": [{"enum": [None, *presets]}, {"type": "string", "pattern": PATH}]},
        lambda value: suggestion(value, list(presets)),
    )
    fits = rule(
        "must be weights for this variant",
        lambda config, value: _variant_of(presets, value) in (None, config.variant),
        lambda config, value: f"these are for {_variant_of(presets, value)!r}",
    )
    return domain, fits


def is_path(value: str) -> bool:
    """Whether a value of a field ``weights`` is a path."""
    separators = [separator for separator in ("/", os.sep, os.altsep) if separator]
    return any(separator in value for separator in separators) or PurePath(value).suffix in (
        ".h5",
        ".keras",
    )


def _is_valid(value: str, presets: Mapping[str, Preset]) -> bool:
    return value in presets or (bool(value.strip()) and is_path(value))


def _variant_of(presets: Mapping[str, Preset], value: Any) -> str | None:
    preset = presets.get(value) if isinstance(value, str) else None
    return None if preset is None else preset.variant
