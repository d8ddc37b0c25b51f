"""Read any path that describes a model, and build the model.

- ``paths``: ``poise.read``, which detects what a path contains;
- ``readings``: its result, the same for every kind of path;
- ``zipped``: model folders in archives;
- ``skeletons``: only the skeleton of a file;
- ``standing_in``: what a configuration comes to that names no parts yet;
- ``filling``: from a reading to a model with its weights;
- ``built``: that model, and the report on its weights.
"""

from poise.reading.built import Built, ImageUnknownError, NoWeightsError
from poise.reading.paths import read
from poise.reading.readings import Reading

__all__ = ["Built", "ImageUnknownError", "NoWeightsError", "Reading", "read"]
