"""Labeled frames that a model is trained on, and how they are split.

- ``labeling``: what people labeled, and what of it is left out;
- ``splitting``: which frames train, which validate.
"""
