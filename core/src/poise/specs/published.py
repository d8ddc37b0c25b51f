"""Weights that others trained and published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs

OldNames = Mapping[str, tuple[str, ...]]
"""Layer name → the names that older files have for its weights.

``conv2d#5`` is the sixth of the layers that Keras called ``conv2d``, ``conv2d_1``, … by
itself. Several names are those of several layers whose kernels, side by side on the last
axis, are the kernel of this one: a grouped convolution that used to be many small ones.
"""


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
