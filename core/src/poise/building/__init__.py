"""From a configuration to a Keras model.

- ``resolving``: specs are looked up, strides decided, names filled in, without Keras;
- ``sizes``: which image sizes a backbone takes;
- ``assembly``: ``build``, which attaches each output to the features of its stride;
- ``outputs``: what the outputs of several stacks are called, and ``last_stack``;
- ``record``: how a model was built, and what its weights started from.
"""
