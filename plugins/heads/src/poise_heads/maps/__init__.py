"""Maps: shared code of the outputs' targets. The modules import Keras.

Each output's ``targets`` are pure functions of labeled points: vectorized in ``keras.ops``,
float32, for NumPy arrays as well as inside of a train step or a ``tf.data`` map. Points are
``(N, I, P, 2)`` (images, instances, parts, x then y), in pixels of the model's input, NaN for
an invisible part; ``size`` is height and width as Python ints.

- ``grid``: the point of each cell, and the instances on the grid
- ``windows``: small windows of cells, and writing them into large maps
"""
