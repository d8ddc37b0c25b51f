"""What a model costs and sees.

- ``costs``: ``inspect``, parameters and FLOPs of each layer;
- ``receptive_field``: how many pixels an output sees;
- ``graph``: the calls that a model is made of.
"""
