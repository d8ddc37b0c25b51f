"""The output of ``poise --version``."""

from __future__ import annotations

import platform

import importlib_metadata

from poise import __version__
from poise.cli import _output
from poise.registry.discovery import scan

LIBRARIES = ("keras", "tensorflow", "jax", "torch", "h5py", "numpy")
"""Libraries that affect models. Versions come from metadata; nothing is imported."""


def show_versions(*, as_json: bool = False) -> None:
    """Print the versions that a bug report needs."""
    libraries = {name: _version(name) for name in LIBRARIES}
    plugins = sorted(
        {(candidate.distribution, candidate.version) for candidate in scan(with_commands=True)}
    )
    own = {"poise": __version__, "Python": platform.python_version()}
    if as_json:
        _output.say_json({**own, **libraries, "plugins": dict(plugins)})
        return
    rows = [[name, version or "not installed"] for name, version in {**own, **libraries}.items()]
    _output.rows([*rows, *map(list, plugins)])


def _version(name: str) -> str | None:
    try:
        return importlib_metadata.version(name)
    except importlib_metadata.PackageNotFoundError:
        return None
