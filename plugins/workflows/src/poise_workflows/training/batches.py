"""What ``fit`` is fed with: batches of the network's input and its targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from poise import make_targets
from poise_workflows.training.orders import Order
from poise_workflows.training.preparing import Preparation, Sample


class Batches(keras.utils.PyDataset):
    """The batches of a set, each a function of seed, epoch and number alone.

    Args:
        model: the network, whose outputs decide the targets.
        preparation: how samples become arrays.
        samples: of the set.
        order: which of them are in which batch.
        augments: whether batches are changed at random.
    """

    def __init__(
        self,
        model: Any,
        preparation: Preparation,
        samples: Sequence[Sample],
        order: Order,
        *,
        augments: bool,
    ) -> None:
        super().__init__()
        self._model, self._preparation = model, preparation
        self._samples, self._order, self._augments = samples, order, augments
        self._epoch = 0
        self._indices = order.of_epoch(0)

    @property
    def num_batches(self) -> int:
        """Batches of an epoch."""
        return self._order.steps

    def begin(self, epoch: int) -> None:
        """Turn to an epoch, counted from 0."""
        self._epoch, self._indices = epoch, self._order.of_epoch(epoch)

    def __getitem__(self, number: int) -> tuple[Any, dict[str, Any]]:
        start = number * self._order.batch_size
        rows = self._indices[start : start + self._order.batch_size]
        changes = self._order.changes(self._epoch, number) if self._augments else None
        # A GPU is for the network; what is prepared meanwhile would wait for it there.
        with keras.device("cpu:0"):
            images, labels = self._preparation([self._samples[row] for row in rows], changes)
            size = int(images.shape[1]), int(images.shape[2])
            targets = make_targets(self._model, labels, size)
            arrays = {name: _array(target) for name, target in targets.items()}
        return images, arrays


def _array(target: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(target), np.float32)
