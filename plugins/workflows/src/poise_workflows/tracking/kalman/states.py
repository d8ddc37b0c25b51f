"""What the journal keeps of a Kalman tracker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.journal.packing import pack, unpack
from poise_workflows.tracking.contract import Floats, Integers
from poise_workflows.tracking.kalman.filters import Filters, filters_of
from poise_workflows.tracking.kalman.followed import Followed
from poise_workflows.tracking.states import checked

Array = npt.NDArray[Any]
COUNTS = "created", "named", "renewed"


@attrs.frozen(kw_only=True)
class State:
    """A Kalman tracker between two frames.

    Attributes:
        inner: the state of the tracker of the first frames.
        counts: tracks that were created, by ``COUNTS``.
        good: tracks and coordinates of the good frames.
        filters: the filters and their animals; ``None`` before there are any.
    """

    inner: bytes
    counts: Mapping[str, int]
    good: list[tuple[Integers, Floats]]
    filters: tuple[Filters, Followed] | None


def packed(state: State) -> bytes:
    """The state as bytes; ``unpacked`` is the inverse."""
    arrays: dict[str, Array] = {"inner": np.frombuffer(state.inner, np.uint8)}
    for index, (tracks, coordinates) in enumerate(state.good):
        arrays |= {f"good.{index}.tracks": tracks, f"good.{index}.coordinates": coordinates}
    if state.filters is not None:
        filters, followed = state.filters
        arrays |= _with_prefix("filters", filters.arrays())
        arrays |= _with_prefix("followed", attrs.asdict(followed, recurse=False))
    facts = {
        "counts": dict(state.counts),
        "good": len(state.good),
        "has_filters": state.filters is not None,
    }
    return pack(facts, arrays)


def unpacked(content: bytes, *, coordinates: int, parts: int) -> State:
    """The state of a tracker whose filters have so many coordinates.

    Raises:
        ValueError: it is not such a state.
    """
    facts, arrays = unpack(content)
    counts, good = facts.get("counts"), facts.get("good", 0)
    if not (isinstance(counts, dict) and set(counts) == set(COUNTS)):
        raise ValueError(f"counts must be those of {', '.join(COUNTS)}, got {counts!r}")
    if not all(type(count) is int and count >= 0 for count in (*counts.values(), good)):
        raise ValueError(f"counts must be integers ≥ 0, got {[*counts.values(), good]}")
    return State(
        inner=checked(arrays, "inner", np.uint8, (None,)).tobytes(),
        counts=counts,
        good=[_good(arrays, index, coordinates) for index in range(good)],
        filters=_filters(arrays, coordinates, parts) if facts.get("has_filters") else None,
    )


def _good(arrays: Mapping[str, Array], index: int, coordinates: int) -> tuple[Integers, Floats]:
    tracks = checked(arrays, f"good.{index}.tracks", np.int64, (None,))
    shape = len(tracks), coordinates
    return tracks, checked(arrays, f"good.{index}.coordinates", np.float64, shape)


def _filters(arrays: Mapping[str, Array], coordinates: int, parts: int) -> tuple[Filters, Followed]:
    filters = filters_of(_without_prefix("filters", arrays), coordinates)
    count = len(filters.tracks)
    shapes: dict[str, tuple[type, tuple[int, ...]]] = {
        "numbers": (np.int64, (count,)),
        "is_lost": (np.bool_, (count,)),
        "points": (np.float64, (count, parts, 2)),
        "point_scores": (np.float64, (count, parts)),
    }
    followed = {
        name: checked(arrays, f"followed.{name}", dtype, shape).copy()
        for name, (dtype, shape) in shapes.items()
    }
    return filters, Followed(**followed)


def _with_prefix(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def _without_prefix(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {
        name.removeprefix(f"{prefix}."): array
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }
