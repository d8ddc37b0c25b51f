"""Part affinity fields: unit vectors along the edges, which join parts to animals.

- ``output``: the output of a model, without Keras until it is built
- ``targets``: what predictions should be; imports Keras, as ``edges`` and ``boxes`` do
- ``edges``: how strong the field of an edge is in a cell
- ``boxes``: the fields of one animal, computed only around it
- ``candidates``: every pair of peaks that an edge could join
- ``scoring``: how well the fields between two peaks agree with them
- ``matching``: which of these pairs belong together; imports SciPy when called
- ``grouping``: the animals that such pairs make up
"""

from poise_heads.pafs.output import pafs as pafs
