"""How many frames a run takes at a time.

What a run does outside of its networks costs less for each frame where it does it for many at
once: cut crops, decode, track, append to the journal. Small frames therefore come in steps of
several batches. Each network still sees a batch at a time. Who asks for batches of one frame wants
the least memory, and gets steps of one frame.
"""

from __future__ import annotations

from poise_workflows.pipelines.composing import Pipeline

FRAMES = 16
"""More save nothing further, and a run that is killed repeats a step."""

BYTES = 64 * 2**20
"""What the frames of a step may take, with their maps, unless a single batch takes more."""


def frames_of_step(pipeline: Pipeline, size: tuple[int, int], batch_size: int) -> int:
    """A multiple of the batch size.

    Args:
        pipeline: what predicts the frames.
        size: the largest height and width of the frames.
        batch_size: how many frames the network sees at once.
    """
    if batch_size == 1:
        return 1
    most = min(FRAMES, BYTES // pipeline.bytes_of(size))
    return batch_size * max(1, most // batch_size)
