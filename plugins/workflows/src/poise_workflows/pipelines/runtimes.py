"""What runs the networks of a pipeline: Keras with its backend, or ONNX Runtime with an export."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

KERAS, ONNX = "keras", "onnx"
RUNTIMES = (KERAS, ONNX)


class Provider(NamedTuple):
    """What ONNX Runtime computes with.

    Attributes:
        name: of ``exporting.sessions.PROVIDERS``; empty for that of the export.
        options: of the provider.
    """

    name: str = ""
    options: tuple[tuple[str, Any], ...] = ()


_provider: ContextVar[Provider | None] = ContextVar("poise_onnx_provider", default=None)


def provider_in_force() -> Provider:
    """The provider for networks that are opened now."""
    return _provider.get() or Provider()


@contextmanager
def with_provider(provider: Provider) -> Iterator[None]:
    """Open networks with a provider inside the ``with`` block."""
    token = _provider.set(provider)
    try:
        yield
    finally:
        _provider.reset(token)
