"""Keras' callbacks that decide by the validation loss, with all that a run needs to go on."""

from __future__ import annotations

from typing import Any, Protocol

import keras

from poise.job.optimization import EarlyStoppingConfig, LearningRateScheduleConfig


class Resumable(Protocol):
    """A callback whose counters are kept with a run."""

    def counters(self) -> dict[str, Any]:
        """What it counts, as JSON."""
        ...

    def resume(self, counters: dict[str, Any]) -> None:
        """Go on from what ``counters`` returned."""
        ...


class _Counting:
    """Counters that Keras resets when training begins are set again after that."""

    names: tuple[str, ...] = ()
    _resumed: dict[str, Any] | None = None

    def counters(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in self.names}

    def resume(self, counters: dict[str, Any]) -> None:
        self._resumed = dict(counters)

    def on_train_begin(self, logs: Any = None) -> None:
        super().on_train_begin(logs)  # type: ignore[misc]  # of Keras' callback
        for name, value in (self._resumed or {}).items():
            setattr(self, name, value)


class Plateau(_Counting, keras.callbacks.ReduceLROnPlateau):
    """Lowers the learning rate when the validation loss stays.

    Args:
        config: when, and by which factor.
    """

    names = ("best", "wait", "cooldown_counter")

    def __init__(self, config: LearningRateScheduleConfig) -> None:
        super().__init__(
            monitor="val_loss",
            mode="min",
            factor=config.reduction_factor,
            patience=config.plateau_patience,
            min_delta=config.plateau_min_delta,
            cooldown=config.plateau_cooldown,
            min_lr=config.min_learning_rate,
        )


class Stopping(_Counting, keras.callbacks.EarlyStopping):
    """Ends training when the validation loss stays.

    Args:
        config: when.
    """

    names = ("best", "wait", "stopped_epoch", "best_epoch")

    def __init__(self, config: EarlyStoppingConfig) -> None:
        super().__init__(
            monitor="val_loss",
            mode="min",
            patience=config.plateau_patience,
            min_delta=config.plateau_min_delta,
        )


def _plain(value: Any) -> Any:
    """A number of NumPy or of a backend as JSON; it comes back as the same float."""
    return value if value is None or isinstance(value, int) else float(value)
