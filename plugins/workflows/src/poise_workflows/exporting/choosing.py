"""Which exporter a format means, and whether its libraries are installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import cast

from poise import registry
from poise.errors import Fault
from poise.messages import argument_path, join_names, short_repr, suggestion
from poise_workflows.exporting.contract import ExporterSpec
from poise_workflows.exporting.errors import ExportError

EXPORTER = "exporter"


def spec_of(name: str | None) -> ExporterSpec:
    """The exporter of a format, from whatever distribution provides it.

    Raises:
        ExportError: there is none of this name.
        PluginError: it is broken; the message names cause and fix.
    """
    exporters = registry.default().plugins_of(EXPORTER)
    if not isinstance(name, str) or name not in exporters:
        names = join_names(exporters) or "none: install a plugin"
        close = suggestion(name, exporters, noun="installed") if name else f"there are {names}"
        what = f"must be a format, got {short_repr(name) if name else 'none'}; {close}"
        raise ExportError([Fault(what, argument_path("format"))])
    return cast(ExporterSpec, exporters[name])


def missing_libraries(spec: ExporterSpec) -> Iterator[Fault]:
    """A fault for each library that is not installed."""
    for library in spec.needs:
        if find_spec(library.module) is None:
            what = f"must have {library.module} for the format {spec.key}, got an environment"
            yield Fault(f"{what} without it; {library.install}", argument_path("format"))


def refuse_backend(spec: ExporterSpec) -> None:
    """Refuse a backend of Keras that the exporter cannot write from.

    Raises:
        ExportError: names those that it can.
    """
    import keras

    backend = keras.backend.backend()
    if spec.backends and backend not in spec.backends:
        what = f"must be written from {' or '.join(spec.backends)}, got Keras on {backend}"
        fix = f"set KERAS_BACKEND={spec.backends[0]}; the weights are the same on every backend"
        raise ExportError([Fault(f"{what}; {fix}", argument_path("format"))])
