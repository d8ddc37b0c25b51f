"""Which samples are in which batch of which epoch.

Every number is drawn from the seed, the set, the epoch and the batch, and from nothing that went
before: a run that goes on needs no state of a generator.
"""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np
import numpy.typing as npt

Set = Literal["train", "validation"]
_STREAMS: dict[Set, int] = {"train": 0, "validation": 1}
_ORDER, _CHANGES = 0, 1


@attrs.frozen(kw_only=True)
class Order:
    """The batches of a set.

    Attributes:
        samples: how many there are.
        batch_size: of each batch.
        steps: batches of an epoch.
        seed: of the run.
        of: which set.
        shuffles: whether each pass over the samples has an order of its own.
        repeats: whether samples come again until the last batch is full.
        copies: how often each sample is in its batch, if none comes again.
    """

    samples: int
    batch_size: int
    steps: int
    seed: int
    of: Set
    shuffles: bool = True
    repeats: bool = True
    copies: int = 1

    def of_epoch(self, epoch: int) -> npt.NDArray[np.intp]:
        """Indices of the samples of an epoch, batch after batch."""
        needed = self.steps * self.batch_size
        if not self.repeats:
            return np.arange(self.samples).repeat(self.copies)[:needed]
        random = np.random.default_rng([self.seed, _STREAMS[self.of], _ORDER, epoch])
        passes = [self._pass(random) for _ in range(-(-needed // self.samples))]
        return np.concatenate(passes)[:needed]

    def changes(self, epoch: int, batch: int) -> np.random.Generator:
        """What draws the augmentation of a batch."""
        return np.random.default_rng([self.seed, _STREAMS[self.of], _CHANGES, epoch, batch])

    def _pass(self, random: np.random.Generator) -> npt.NDArray[np.intp]:
        return random.permutation(self.samples) if self.shuffles else np.arange(self.samples)


def steps_of_training(samples: int, batch_size: int, asked: int | None, least: int) -> int:
    """Batches of an epoch, as SLEAP counts them."""
    return asked or max(least, samples // batch_size, 1)


def steps_of_validation(samples: int, batch_size: int, asked: int | None) -> int:
    """Batches of a validation that sees each sample once, unless a number is given."""
    return asked or -(-samples // batch_size)
