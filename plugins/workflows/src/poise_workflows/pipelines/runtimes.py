"""What runs the networks of a pipeline: Keras with its backend, or another runtime with exports.

A runtime is an exporter with ``open``, whoever's plugin it is of.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from typing import Any

from poise import registry
from poise.errors import Fault, PluginError
from poise.messages import argument_path, join_names, short_repr
from poise_workflows.exporting.choosing import EXPORTER
from poise_workflows.exporting.contract import ExporterSpec, Library
from poise_workflows.exporting.manifests import version_of
from poise_workflows.pipelines.members import ModelsError

KERAS, AUTO = "keras", "auto"
"""Runtimes that are no exporter's: Keras, and the fastest one that agrees with it."""

_device: ContextVar[str] = ContextVar("poise_device", default="auto")


def runtimes() -> dict[str, ExporterSpec]:
    """Runtimes of exports by name, installed or not; those of broken plugins are left out."""
    exporters = registry.default().plugins_of(EXPORTER)
    specs = ((name, _unless_broken(exporters, name)) for name in exporters)
    return {name: spec for name, spec in specs if spec is not None and spec.open is not None}


def _unless_broken(exporters: Any, name: str) -> ExporterSpec | None:
    try:
        spec: ExporterSpec = exporters[name]
    except PluginError:
        return None
    return spec


def runtime_named(name: str) -> ExporterSpec | None:
    """The runtime of a name, installed or not; ``None`` if there is none.

    Raises:
        PluginError: the plugin that provides it is broken.
    """
    exporters = registry.default().plugins_of(EXPORTER)
    spec: ExporterSpec | None = exporters.get(name)
    return spec if spec is not None and spec.open is not None else None


def runtime_names() -> tuple[str, ...]:
    """Everything that ``--runtime`` may be."""
    return (KERAS, AUTO, *sorted(runtimes()))


def library_of(spec: ExporterSpec) -> Library:
    """The library that runs the exports of a runtime."""
    assert spec.runtime is not None  # as the contract has it, where there is `open`
    return spec.runtime


def is_installed(spec: ExporterSpec) -> bool:
    """Whether a runtime can run exports here."""
    return find_spec(library_of(spec).module) is not None


def title_of(spec: ExporterSpec) -> str:
    """The library of a runtime with its version, as ``onnxruntime 1.32.0``."""
    module = library_of(spec).module
    return f"{module} {version_of(module)}".rstrip()


def runtime_of(name: str) -> ExporterSpec:
    """The runtime of a name.

    Raises:
        ModelsError: there is none, or its library is not installed.
        PluginError: the plugin that provides it is broken.
    """
    spec = runtime_named(name)
    where = argument_path("runtime")
    if spec is None:
        what = f"must be one of {join_names(runtime_names())}, got {short_repr(name)}"
        raise ModelsError([Fault(what, where)])
    if not is_installed(spec):
        library = library_of(spec)
        what = f"must have {library.module} to run exports, got an environment without it"
        raise ModelsError([Fault(f"{what}; {library.install}", where)])
    return spec


def device_in_force() -> str:
    """The device for exports that are opened now: ``"auto"``, ``"cpu"`` or ``"gpu:N"``."""
    return _device.get()


@contextmanager
def opened_on(device: str) -> Iterator[None]:
    """Open exports for a device inside the ``with`` block."""
    token = _device.set(device)
    try:
        yield
    finally:
        _device.reset(token)
