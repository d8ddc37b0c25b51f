"""Memory and frames a second of a network, before it has run.

What a process of Poise takes without any network is measured, and so is how fast this machine
multiplies and how fast it copies. The rest is computed from what ``poise.inspect`` says. Once
some networks are measured, what the estimates were off by corrects all others.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable

import attrs

from poise_workflows.recommending.candidates import Cost
from poise_workflows.training.memory import bytes_of_image, bytes_of_step

_PREDICTING = 90e6
"""Bytes that a backend takes to compile and run a network, whatever the network."""

_OUTPUTS = 1.6
"""Memory of a batch of prediction, of the outputs that are needed at the same time: a convolution
takes more while it runs."""

_WEIGHTS = 3
"""Copies of the weights while they are read from a file."""


@attrs.frozen(kw_only=True)
class Machine:
    """What was measured of this machine and its backend.

    Attributes:
        backend: of Keras.
        training: bytes of a process that is about to build its network for training.
        predicting: the same for prediction.
        operations: FLOPs a second of a large convolution.
        traffic: bytes a second of a sum of two large arrays.
        call: seconds that a call of a compiled function takes without any work.
    """

    backend: str
    training: float
    predicting: float
    operations: float
    traffic: float
    call: float


@attrs.frozen(kw_only=True)
class Work:
    """What is done with a network.

    Attributes:
        training_batch: images of a batch of training.
        prediction_batch: images of a batch of prediction.
        images_per_frame: how many images the network sees of a frame: more than one of crops.
        held: bytes of the images of all labeled frames, if they are kept in memory.
    """

    training_batch: int
    prediction_batch: int
    images_per_frame: float
    held: int


@attrs.frozen(kw_only=True)
class Needs:
    """What a network needs, and how fast it is.

    Attributes:
        training: the most bytes that a process that trains it takes.
        prediction: the most bytes that a process that predicts with it takes.
        fps: frames a second of prediction.
    """

    training: float
    prediction: float
    fps: float


@attrs.frozen(kw_only=True)
class Correction:
    """What estimates of this machine are off by.

    Attributes:
        training: bytes to add.
        prediction: bytes to add.
        fps: the factor.
    """

    training: float = 0.0
    prediction: float = 0.0
    fps: float = 1.0

    def of(self, needs: Needs) -> Needs:
        """An estimate, corrected."""
        return Needs(
            training=needs.training + self.training,
            prediction=needs.prediction + self.prediction,
            fps=needs.fps * self.fps,
        )


def correction_of(pairs: Iterable[tuple[Needs, Needs]]) -> Correction:
    """What estimates were off by.

    Args:
        pairs: estimates, each with what was measured.
    """
    every = list(pairs)
    if not every:
        return Correction()
    return Correction(
        training=statistics.mean(real.training - guess.training for guess, real in every),
        prediction=statistics.mean(real.prediction - guess.prediction for guess, real in every),
        fps=statistics.geometric_mean(real.fps / guess.fps for guess, real in every),
    )


def needs_of(cost: Cost, machine: Machine, work: Work) -> Needs:
    """Estimate what a network needs.

    Args:
        cost: of the network.
        machine: what runs it.
        work: what is done with it.
    """
    step = bytes_of_step(cost.weight_bytes, machine.backend)
    image = bytes_of_image(cost.training_bytes, machine.backend)
    running = cost.weight_bytes * _WEIGHTS + _PREDICTING
    outputs = cost.inference_bytes * _OUTPUTS * work.prediction_batch
    return Needs(
        training=machine.training + work.held + step + image * work.training_batch,
        prediction=machine.predicting + running + outputs,
        fps=1 / _seconds_of_frame(cost, machine, work),
    )


def _seconds_of_frame(cost: Cost, machine: Machine, work: Work) -> float:
    # Each output is written once and read once.
    copying = 2 * cost.training_bytes / machine.traffic
    image = cost.operations / machine.operations + copying + machine.call / work.prediction_batch
    return image * work.images_per_frame
