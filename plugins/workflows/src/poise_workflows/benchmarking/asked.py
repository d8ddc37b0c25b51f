"""What a user asks of a benchmark, checked before anything is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument_path, join_names, short_repr
from poise_workflows.benchmarking.errors import BenchmarkError
from poise_workflows.pipelines.networks import FLOAT32, PRECISIONS
from poise_workflows.pipelines.runtimes import KERAS, is_installed, library_of, runtimes

XLA = "xla"
"""Keras on TensorFlow, compiled by XLA. On JAX all of Keras is."""


@attrs.frozen(kw_only=True)
class Asked:
    """What is measured.

    Attributes:
        runtimes: names; none for all that are installed.
        precisions: names.
        batch_sizes: numbers of frames.
        image: height, width and, unless the model knows them, channels; ``None`` as the model
            has it.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.
        seconds: how long each row is timed.
    """

    runtimes: tuple[str, ...]
    precisions: tuple[str, ...]
    batch_sizes: tuple[int, ...]
    image: tuple[int, ...] | None
    device: str
    seconds: float


def asked_of(
    *, runtimes: Any, precisions: Any, batch_sizes: Any, image: Any, device: str, seconds: Any
) -> Asked:
    """Check what is asked.

    Raises:
        BenchmarkError: lists every fault.
    """
    faults: list[Fault] = []
    names = _words(runtimes) if runtimes is not None else ()
    faults += _faults_of_runtimes(names)
    chosen = _words(precisions)
    faults += _faults_of("precisions", chosen, PRECISIONS)
    batches = _numbers(batch_sizes)
    if not batches:
        what = f"must be whole numbers from 1, as 1,4, got {short_repr(batch_sizes)}"
        faults.append(Fault(what, argument_path("batch_sizes")))
    sides = None if image is None else _numbers(image)
    if image is not None and len(sides or ()) not in (2, 3):
        what = f"must be height, width and channels, as 384,512,1, got {short_repr(image)}"
        faults.append(Fault(what, argument_path("image")))
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        what = f"must be a number above 0, got {short_repr(seconds)}"
        faults.append(Fault(what, argument_path("seconds")))
    if faults:
        raise BenchmarkError(faults)
    return Asked(
        runtimes=names,
        precisions=chosen,
        batch_sizes=batches,
        image=sides,
        device=device,
        seconds=float(seconds),
    )


def _words(value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else list(value)
    return tuple(dict.fromkeys(str(word).strip() for word in words if str(word).strip()))


def _numbers(value: Any) -> tuple[int, ...]:
    """Whole numbers from 1; none if one is no such number."""
    words = value.split(",") if isinstance(value, str) else _listed(value)
    numbers = tuple(_whole(word) for word in words)
    return tuple(each for each in numbers if each is not None) if None not in numbers else ()


def _listed(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, Iterable) else [value]


def _whole(value: Any) -> int | None:
    text = str(value).strip()
    is_whole = not isinstance(value, bool) and text.isascii() and text.isdigit() and int(text) > 0
    return int(text) if is_whole else None


def _faults_of(name: str, chosen: Sequence[str], there: Iterable[str]) -> Iterable[Fault]:
    for value in chosen:
        if value not in there:
            what = f"must be among {join_names(there)}, got {short_repr(value)}"
            yield Fault(what, argument_path(name))
    if not chosen:
        yield Fault(f"must be among {join_names(there)}, got none", argument_path(name))


def _faults_of_runtimes(names: Sequence[str]) -> Iterable[Fault]:
    if not names:
        return
    exporting = runtimes()
    yield from _faults_of("runtimes", names, (KERAS, XLA, *sorted(exporting)))
    for name in names:
        if name in exporting and not is_installed(exporting[name]):
            library = library_of(exporting[name])
            what = f"must be installed, got {name} without {library.module}; {library.install}"
            yield Fault(what, argument_path("runtimes"))


def combinations(asked: Asked, names: Sequence[str]) -> list[tuple[str, str, int]]:
    """Runtime, precision and batch size of each row. Exports compute in float32 alone."""
    return [
        (name, precision, batch)
        for name in names
        for precision in asked.precisions
        for batch in asked.batch_sizes
        if precision == FLOAT32 or name in (KERAS, XLA)
    ]
