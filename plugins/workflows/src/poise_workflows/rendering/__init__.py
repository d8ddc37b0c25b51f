"""Poses drawn over their frames: ``poise render``, and ``poise predict --render``.

sleap-io draws. Poise reads the frames, so that points are on the frames that they belong to, and
writes the video through PyAV, frame by frame.
"""
