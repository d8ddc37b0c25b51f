"""Weights that others trained and published: where they are found, and how they get in.

Building a model never looks for them, since it must work without a connection and because
weights that are loaded next would overwrite them. ``poise.load_pretrained(model)`` does.

- ``finding``: explicit path, plugins, folder, cache, download, in this order;
- ``fetching``: one download, checked, whole or not at all;
- ``loading``: ``load_pretrained``, layer by layer, all or nothing.

What is published, and which layers it is for, is in ``poise.specs.PublishedWeights``.
"""

from poise.pretrained.finding import find
from poise.pretrained.loading import load_pretrained

__all__ = ["find", "load_pretrained"]
