"""A model as a folder: what ``poise.save`` writes and ``poise.load`` reads.

- ``saving``: both of them;
- ``provenance``: versions, checksums, skeleton and classes, in ``poise.json``;
- ``contents``: what a folder must not hold.
"""
