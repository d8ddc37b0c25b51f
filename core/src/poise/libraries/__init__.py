"""Networks of other libraries as backbones: KerasCV, KerasHub, and similar libraries.

- ``library``: a library, its variants, and the backbone that its plugin registers;
- ``variants``: the data of each network, available without its library;
- ``replay``, ``recipes``: rebuild the library's network layer by layer;
- ``mix_transformer``: the extra rules of one family of networks;
- ``presets``, ``weights``: locate and load the library's published weights.
"""
