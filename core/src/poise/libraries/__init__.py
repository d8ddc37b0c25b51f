"""Networks of other libraries as backbones: KerasCV, KerasHub, and whatever is like them.

- ``library``: a library, its variants and what its plugin needs of them;
- ``variants``: what is known of each network without its library;
- ``replay``, ``recipes``: the library's network, applied again layer by layer;
- ``mix_transformer``: what one family of networks needs beside that;
- ``presets``, ``weights``: the library's published weights, found and loaded.
"""
