"""A model as a folder: what ``poise.save`` writes and ``poise.load`` reads.

- ``saving``: ``save`` and ``load``;
- ``provenance``: versions, checksums, skeleton and classes, in ``poise.json``;
- ``job_file``: how images are prepared, and the other sections of the job, in ``job.json``;
- ``opened``: each file is opened once, from check to use; ``regular_files``: how;
- ``verifying``: every file is there, and is the one that was saved;
- ``replaceable``: which folder a saved model may replace; ``weights_file``: its weights;
- ``contents``: refuse files that a model folder must not hold.
"""
