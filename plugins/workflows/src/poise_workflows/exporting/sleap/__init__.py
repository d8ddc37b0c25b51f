"""Run folders that SLEAP 1.4 opens: the exporter ``sleap``.

- ``plugin``: the exporter;
- ``folders``: ``write_sleap_folder``: both files of a folder;
- ``networks``: which network is written: SLEAP's for the configuration, with Poise's weights;
- ``refusals``, ``editions``: what SLEAP cannot have, and models that mean edition 2026;
- ``graphs``: the graph of a network, and the order that Keras 2 gives its layers;
- ``layers``, ``substitutes``, ``encoders``: layers as Keras 2 describes them; what stands for
  SLEAP's Lambda layers; the model inside the model that SLEAP makes of an encoder;
- ``weights_files``: ``best_model.h5``, in Keras 2's layout;
- ``jobs``, ``skeletons``: ``training_config.json``;
- ``running``: run what was written, to prove it.
"""
