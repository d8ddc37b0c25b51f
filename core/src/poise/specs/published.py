"""Published weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs

OldNames = Mapping[str, tuple[str, ...]]
"""Layer name → the names of its layers in older files.

``conv2d#5`` is the sixth layer with a name that Keras generated (``conv2d``, ``conv2d_1``, …).
Several names belong to several layers whose kernels, concatenated on the last axis, are the
kernel of this layer: a grouped convolution that older files store as many small ones.
"""


@attrs.frozen(kw_only=True)
class PublishedWeights:
    """Published weights and the layers that they belong to.

    Attributes:
        name: the argument of the hook ``poise_weights``.
        title: a description that can begin a sentence.
        file: name of the published file.
        url: URL of the published file.
        checksum: checksum of the file: ``md5:`` or ``sha256:`` and hexadecimal digits. If the
            publisher states none, it is empty; Poise then checks the format, by the ending of
            ``file``, and the size.
        layers: names of the layers that own weights, in the order of the published file, or
            a function that returns them. Poise matches layers by name, or by this order if
            the file has other names.
        license: the license of the weights, as far as the publisher states it.
        size: size of the file in bytes, or that of its arrays; 0 if unknown. Poise receives at
            most twice as many bytes, and a mebibyte.
        old_names: see ``BackboneSpec.old_names``. ``layers`` then has the old names.
        image_layers: names, in the model, of the layers whose weights have an axis for the
            image's channels. If the model's images have another number of channels than the
            training images, Poise adapts these weights.
        path: ``path()``: the file, if it is known: one in the plugin's own wheel, or one that the
            configuration names. Poise then searches nowhere else. With a checksum it counts as
            the published file, with its license; without one, as a file of the user's.
        elsewhere: ``elsewhere()``: the file in the cache of another library, or ``None``.
        fetched: whether Poise can download the file from ``url``. If not, ``url`` is a page
            that says where to get it.
        opened: ``opened(file)``: a context manager for files in another layout. It returns a
            ``poise.weights.WeightsFile`` with the layer names of the model. Poise then
            ignores ``layers`` and ``old_names``.
    """

    name: str
    title: str
    file: str
    url: str
    checksum: str
    layers: tuple[str, ...] | Callable[[], tuple[str, ...]] = attrs.field(default=(), repr=False)
    license: str = ""
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
        """The layer names in ``layers``."""
        return self.layers() if callable(self.layers) else self.layers
