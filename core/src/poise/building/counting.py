"""Build a network of bearable size, and leave nothing behind of any other."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from poise.building.limits import Count, NotOrdinary, TooLarge
from poise.errors import BuildError, Fault

T = TypeVar("T")


def built(connect: Callable[[], T], seed: int | None) -> T:
    """What ``connect`` returns, with initial weights, if the network is not too large.

    Networks of ordinary size are counted while they are built, which costs next to nothing. A
    large one is counted as a whole, without drawing a weight, before it is built.

    Args:
        connect: builds the network.
        seed: of the initial weights.

    Raises:
        TooLarge: the network is larger than the environment allows.
        BuildError: the memory does not suffice.
    """
    from poise.blocks.initial_weights import drawn_by_numpy  # imports Keras
    from poise.blocks.open_sizes import upsampled_at_any_size
    from poise.blocks.unfinished_weights import takes_no_names

    count, state = Count.of_environment(), random.getstate()
    try:
        with takes_no_names(), drawn_by_numpy(seed, count), upsampled_at_any_size():
            return connect()
    except NotOrdinary:
        pass
    except MemoryError as error:
        raise no_memory() from error
    random.setstate(state)  # Keras takes the seeds of initializers from there
    _refuse_too_large(connect, count.anew())
    random.setstate(state)
    try:
        with takes_no_names(), drawn_by_numpy(seed, count.anew()), upsampled_at_any_size():
            return connect()
    except MemoryError as error:
        raise no_memory() from error


def no_memory() -> BuildError:
    """The error where the memory of this machine does not suffice."""
    what = "must be a network that fits into memory, got one that does not; use smaller numbers"
    return BuildError([Fault(what, "model")])


def _refuse_too_large(connect: Callable[[], object], count: Count) -> None:
    import keras

    from poise.blocks.initial_weights import drawn_by_numpy
    from poise.blocks.open_sizes import upsampled_at_any_size
    from poise.blocks.unfinished_weights import takes_no_names

    try:
        with (
            takes_no_names(),
            keras.StatelessScope(),
            drawn_by_numpy(0, count, only_counted=True),
            upsampled_at_any_size(),
        ):
            connect()
            raise _Counted
    except TooLarge:
        raise
    except Exception:  # noqa: BLE001 - a layer may need its weights; building then counts again
        return


class _Counted(Exception):
    """The network was counted, and of what was built for that nothing is to be left."""
