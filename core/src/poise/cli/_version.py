"""The output of ``poise --version``."""

from __future__ import annotations

import platform

import importlib_metadata

from poise import __version__
from poise.cli import _output
from poise.registry.discovery import scan

LIBRARIES = ("keras", "tensorflow", "jax", "torch", "h5py", "numpy")
"""Libraries that affect models. Versions come from metadata; nothing is imported."""


def show_versions() -> None:
    """Print the versions that a bug report needs."""
    rows = [["poise", __version__], ["Python", platform.python_version()]]
    for name in LIBRARIES:
        try:
            rows.append([name, importlib_metadata.version(name)])
        except importlib_metadata.PackageNotFoundError:
            rows.append([name, "not installed"])
    plugins = {
        (candidate.distribution, candidate.version) for candidate in scan(with_commands=True)
    }
    rows += [list(plugin) for plugin in sorted(plugins)]
    for line in _output.columns(rows):
        _output.say(line)
