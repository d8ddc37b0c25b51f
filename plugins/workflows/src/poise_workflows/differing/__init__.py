"""What differs between two configurations, model folders or profiles.

- ``workflow``: ``diff``; ``pairs`` reads both sides, without Keras;
- ``results``: what it returns; ``saying`` says it;
- ``fields``: fields of the configurations, with their defaults;
- ``layers``: layers, built by Keras where the configurations differ;
- ``arrays``: the weights, read from their files.
"""
