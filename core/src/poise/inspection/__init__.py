"""The cost and the receptive field of a model.

- ``costs``: ``inspect``, parameters and FLOPs of each layer;
- ``receptive_field``: how many pixels a cell of an output depends on;
- ``memory``: what prediction and a step of training take at most;
- ``blocks``: the layers in runs of one part and one stride, with ``parts`` of their names;
- ``graph``: the calls in a model's graph.
"""
