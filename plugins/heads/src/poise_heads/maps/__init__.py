"""Targets: what predictions should be, as pure functions of labelled points.

Vectorized functions of arrays in ``keras.ops``, float32, for NumPy arrays as well as inside of
a train step or a ``tf.data`` map: ``confmaps.confidence_maps``, ``offsets.offsets``,
``pafs.part_affinity_fields``, ``class_maps.class_maps``, ``class_vectors.class_vectors``, and
``centroids.centroids``. Points are ``(N, I, P, 2)`` (images, instances, parts, x then y), in
pixels of the model's input, NaN for what is not visible; ``size`` is height and width as
Python ints. The modules import Keras.
"""
