"""The sections of a SLEAP job other than the model, as configuration classes.

- ``sections``: labels, preprocessing, cropping, outputs;
- ``optimization``: training, augmentation, schedules.
"""
