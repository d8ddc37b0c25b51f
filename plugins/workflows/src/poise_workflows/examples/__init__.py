"""Labeled frames that a model is trained on, and how they are split.

- ``splitting``: which frames train, which validate.
"""
