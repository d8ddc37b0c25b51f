"""A path in, whatever it leads to; a model out.

- ``paths``: ``poise.read``, which tells what a path leads to;
- ``readings``: what it gives, whatever that was;
- ``zipped``: model folders in archives;
- ``filling``: from a reading to a model with its weights;
- ``built``: that model, and what became of the weights.
"""

from poise.reading.built import Built, ImageUnknownError
from poise.reading.paths import read
from poise.reading.readings import Reading

__all__ = ["Built", "ImageUnknownError", "Reading", "read"]
