"""From a configuration to a Keras model.

- ``resolving``: look up specs, decide strides, fill in names, without Keras;
- ``sizes``: the image sizes that a backbone accepts;
- ``assembly``: ``build``, which attaches each output to the features of its stride;
- ``outputs``: the output names of several stacks, and ``last_stack``;
- ``record``: how a model was built, and the origins of its weights.
"""
