"""Class vectors: the class of the animal in the middle of a crop.

- ``output``: the output of a model, without Keras until it is built
- ``targets``: what predictions should be; imports Keras

``decoding.identities`` reads them.
"""

from poise_heads.class_vectors.output import class_vectors as class_vectors
