"""Decoding: from each head type's outputs to animals.

The functions here are the ``decode`` of the six head types; ``poise.decode`` calls them with
the configuration's edition in force. Importing them imports NumPy; SciPy and Keras are imported
when a function needs them.

Shared options:

- ``threshold``: cells of confidence maps below it are not parts.
- ``refinement``: how parts are located within their cells: ``"auto"`` (by offsets if the model
  predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter of a
  cell towards the higher neighbor), ``"none"`` or ``None``.
- ``patch``: side of the square of cells that integral refinement weighs, odd. It should cover
  most of a peak, and no other peak.
- ``max_instances``: keep at most this many animals per image, those with the best scores.
  ``None`` keeps all.
"""

from poise_heads.decoding.bottom_up import multi_instance as multi_instance
from poise_heads.decoding.identified import multi_class_bottomup as multi_class_bottomup
from poise_heads.decoding.identified import multi_class_topdown as multi_class_topdown
from poise_heads.decoding.one_animal import centered_instance as centered_instance
from poise_heads.decoding.one_animal import single_instance as single_instance
from poise_heads.decoding.one_part import centroid as centroid
