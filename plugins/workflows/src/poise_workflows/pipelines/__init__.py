"""Pipelines: from a set of models to the animals in each frame.

``composing.compose`` is the door. Roles come from the ``stage`` of each model's head type, and
points from ``poise.decode``: no architecture and no head type is known here by name.
"""
