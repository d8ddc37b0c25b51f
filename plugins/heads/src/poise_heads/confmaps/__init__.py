"""Confidence maps: how likely each part is at each cell.

- ``output``: the output of a model, without Keras until it is built
- ``targets``: what predictions should be; imports Keras
- ``peaks``: the cells at which parts are
- ``refinement``: where the parts are within these cells
"""

from poise_heads.confmaps.output import confmaps as confmaps
