"""The sections of a SLEAP job that are no part of the model, as configuration classes.

- ``sections``: labels, preprocessing, cropping, outputs;
- ``optimization``: training, augmentation, schedules.
"""
