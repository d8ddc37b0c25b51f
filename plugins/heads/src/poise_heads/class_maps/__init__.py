"""Class maps: which class the animal at each cell has.

- ``output``: the output of a model, without Keras until it is built
- ``targets``: what predictions should be; imports Keras

``decoding.identities`` reads them.
"""

from poise_heads.class_maps.output import class_maps as class_maps
