"""Maps: what the targets of several outputs share. The modules import Keras.

Each output's ``targets`` are pure functions of labelled points: vectorized in ``keras.ops``,
float32, for NumPy arrays as well as inside of a train step or a ``tf.data`` map. Points are
``(N, I, P, 2)`` (images, instances, parts, x then y), in pixels of the model's input, NaN for
what is not visible; ``size`` is height and width as Python ints.

- ``grid``: which point each cell stands for, and which instances are on it
- ``windows``: small windows of cells, and writing them into large maps
"""
