"""Offsets: from each cell near a part to the part itself, for sub-cell precision.

- ``output``: the output of a model, without Keras until it is built
- ``targets``: what predictions should be; imports Keras

``confmaps.refinement`` reads them, beside the other ways to refine a peak.
"""

from poise_heads.offsets.output import offsets as offsets
