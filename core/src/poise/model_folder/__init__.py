"""A model as a folder: what ``poise.save`` writes and ``poise.load`` reads.

- ``saving``: ``save`` and ``load``;
- ``provenance``: versions, checksums, skeleton and classes, in ``poise.json``;
- ``contents``: refuse files that a model folder must not hold.
"""
