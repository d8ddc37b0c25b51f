"""The environment variables that Poise reads: one table for code, help, ``poise doctor``, docs.

This module imports nothing that would slow down a listing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Setting(NamedTuple):
    """An environment variable. ``str(setting)`` is its name.

    Attributes:
        name: its name.
        form: the form of a value, as in ``a,b``.
        meaning: what it does, in a few words.
    """

    name: str
    form: str
    meaning: str

    def text(self, environ: Mapping[str, str] | None = None) -> str:
        """The value without surrounding spaces; empty if the variable is not set."""
        return (os.environ if environ is None else environ).get(self.name, "").strip()

    def is_on(self, environ: Mapping[str, str] | None = None) -> bool:
        """Whether a switch is on: set to any value but ``0``."""
        return self.text(environ) not in ("", "0")

    def __str__(self) -> str:
        return self.name


PLUGINS = Setting("POISE_PLUGINS", "a,b", "use only these keys or distributions")
DISABLE = Setting("POISE_DISABLE", "a,b", "do not use these keys or distributions")
PREFER = Setting("POISE_PREFER", "key=dist", "the distribution that provides a contested key")
STRICT = Setting("POISE_STRICT", "1", "treat any plugin that fails as an error")
WEIGHTS = Setting("POISE_WEIGHTS", "dir", "search this folder for published weights first")
OFFLINE = Setting("POISE_OFFLINE", "1", "never download weights")
CACHE_DIR = Setting("POISE_CACHE_DIR", "dir", "keep downloads and the plugin cache here")
MAX_FILE_MB = Setting("POISE_MAX_FILE_MB", "n", "read configuration files of up to n megabytes")
MAX_LAYERS = Setting("POISE_MAX_LAYERS", "n", "build networks of up to n layers")
MAX_STACKS = Setting("POISE_MAX_STACKS", "n", "build networks of up to n stacks")
MAX_PARAMETERS = Setting("POISE_MAX_PARAMETERS", "n", "build networks of up to n parameters")
MAX_LABELS_MB = Setting("POISE_MAX_LABELS_MB", "n", "read label texts of up to n megabytes")
MAX_PIXELS = Setting("POISE_MAX_PIXELS", "n", "read frames of up to n pixels")

SETTINGS = (
    *(PLUGINS, DISABLE, PREFER, STRICT, WEIGHTS, OFFLINE, CACHE_DIR),
    *(MAX_FILE_MB, MAX_LAYERS, MAX_STACKS, MAX_PARAMETERS, MAX_LABELS_MB, MAX_PIXELS),
)
"""Every environment variable that belongs to Poise."""

KERAS_BACKEND = Setting("KERAS_BACKEND", "name", "the backend of Keras")
KERAS_HOME = Setting("KERAS_HOME", "dir", "the folder of keras.json")
KAGGLEHUB_CACHE = Setting("KAGGLEHUB_CACHE", "dir", "where KerasCV and KerasHub keep weights")

ONEDNN = Setting("TF_ENABLE_ONEDNN_OPTS", "1", "let TensorFlow compute with oneDNN on CPUs")

OTHERS = (KERAS_BACKEND, KERAS_HOME, KAGGLEHUB_CACHE, ONEDNN)
"""Environment variables of other libraries that Poise respects."""


def help_of(*settings: Setting) -> str:
    """The section on environment variables that ends a command's help."""
    rows = [(f"{setting.name}={setting.form}", setting.meaning) for setting in settings]
    width = max(len(assignment) for assignment, _ in rows)
    lines = [f"  {assignment:{width}}  {meaning}" for assignment, meaning in rows]
    return "\n".join(["\b", "Environment variables:", *lines, ""])


def cache_folder() -> str | None:
    """The folder for files that Poise can recreate; ``None`` without a home folder."""
    chosen = CACHE_DIR.text()
    if chosen:
        return chosen
    windows = sys.platform == "win32"
    parent = os.environ.get("LOCALAPPDATA" if windows else "XDG_CACHE_HOME") or os.path.join(
        os.path.expanduser("~"), *(("AppData", "Local") if windows else (".cache",))
    )
    # Without a home folder, "~" stays as it is. Never write to a folder of that name.
    return os.path.join(parent, "poise") if os.path.isabs(parent) else None
