"""What is known of versions of Keras. Imports no Keras."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class OldestKeras:
    """The oldest Keras that Poise takes on a backend; the extras of its metadata require it.

    Attributes:
        series: its major and minor version.
        older: what older ones do, as the end of a sentence about them.
    """

    series: tuple[int, int]
    older: str


OLDEST_KERAS: Mapping[str, OldestKeras] = {
    "tensorflow": OldestKeras((3, 6), "is older than any that Poise is tested with"),
    "jax": OldestKeras((3, 10), "trains by jax.spmd_mode, which JAX no longer has"),
    "torch": OldestKeras((3, 15), "shifts transposed convolutions by a pixel on PyTorch"),
}
"""Backend → the oldest Keras that Poise takes there."""


def series_of(version: str) -> tuple[int, ...]:
    """``3.15.1`` → ``(3, 15)``."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def version_of(series: tuple[int, ...]) -> str:
    """``(3, 15)`` → ``3.15``."""
    return ".".join(map(str, series))


def backends_for(version: str) -> list[str]:
    """The backends on which Poise takes this version of Keras."""
    return [
        backend for backend, oldest in OLDEST_KERAS.items() if series_of(version) >= oldest.series
    ]


def alternatives(names: list[str]) -> str:
    """Names as a choice, for example ``tensorflow, jax or torch``."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def way_out(backend: str, others: list[str]) -> str:
    """What to do about a Keras that is too old for a backend.

    Args:
        backend: the backend.
        others: backends to use instead, if there are any.
    """
    upgrade = f"pip install -U 'keras>={version_of(OLDEST_KERAS[backend].series)}'"
    instead = f"or set KERAS_BACKEND to {alternatives(others)}" if others else ""
    return ", ".join(filter(None, [upgrade, instead]))
