"""Find published weights and load them into a model.

``poise.build`` never looks for them: it must work without a connection, and weights loaded
later would overwrite them. Call ``poise.load_pretrained(model)`` to load them.

- ``finding``: explicit path, plugins, folder, cache, download, in this order;
- ``fetching``: one download, verified, whole or not at all;
- ``loading``: ``load_pretrained``, layer by layer, all or nothing.

``poise.specs.PublishedWeights`` describes what is published, and for which layers.
"""

from poise.pretrained.finding import find
from poise.pretrained.loading import load_pretrained

__all__ = ["find", "load_pretrained"]
