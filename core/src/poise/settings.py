"""The environment variables that Poise reads: one table for code, help, ``poise doctor``, docs.

Imports nothing that a listing would pay for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Setting(NamedTuple):
    """An environment variable. As text, it is its name.

    Attributes:
        name: its name.
        form: what a value looks like, as in ``a,b``.
        meaning: what it does, in a few words.
    """

    name: str
    form: str
    meaning: str

    def text(self, environ: Mapping[str, str] | None = None) -> str:
        """The value, without the space around it; empty if it is not set."""
        return (os.environ if environ is None else environ).get(self.name, "").strip()

    def is_on(self, environ: Mapping[str, str] | None = None) -> bool:
        """Whether a switch is on: set to anything but ``0``."""
        return self.text(environ) not in ("", "0")

    def __str__(self) -> str:
        return self.name


PLUGINS = Setting("POISE_PLUGINS", "a,b", "use these keys or distributions alone")
DISABLE = Setting("POISE_DISABLE", "a,b", "do without these keys or distributions")
PREFER = Setting("POISE_PREFER", "key=dist", "the distribution that provides a contested key")
STRICT = Setting("POISE_STRICT", "1", "make any plugin that fails an error")
WEIGHTS = Setting("POISE_WEIGHTS", "dir", "search this folder for published weights first")
OFFLINE = Setting("POISE_OFFLINE", "1", "never download weights")
CACHE_DIR = Setting("POISE_CACHE_DIR", "dir", "keep downloads and what is remembered here")
MAX_FILE_MB = Setting("POISE_MAX_FILE_MB", "n", "read configuration files up to n megabytes")

SETTINGS = (PLUGINS, DISABLE, PREFER, STRICT, WEIGHTS, OFFLINE, CACHE_DIR, MAX_FILE_MB)
"""Every environment variable of Poise."""

KERAS_BACKEND = Setting("KERAS_BACKEND", "name", "the backend of Keras")
KERAS_HOME = Setting("KERAS_HOME", "dir", "the folder of keras.json")
KAGGLEHUB_CACHE = Setting("KAGGLEHUB_CACHE", "dir", "where KerasCV and KerasHub keep weights")

OTHERS = (KERAS_BACKEND, KERAS_HOME, KAGGLEHUB_CACHE)
"""Environment variables of other libraries that Poise goes by."""


def help_of(*settings: Setting) -> str:
    """The section on environment variables at the end of a command's help."""
    rows = [(f"{setting.name}={setting.form}", setting.meaning) for setting in settings]
    width = max(len(assignment) for assignment, _ in rows)
    lines = [f"  {assignment:{width}}  {meaning}" for assignment, meaning in rows]
    return "\n".join(["\b", "Environment variables:", *lines, ""])


def cache_folder() -> str | None:
    """The folder for what can be computed or downloaded again; ``None`` without a home folder."""
    chosen = CACHE_DIR.text()
    if chosen:
        return chosen
    windows = sys.platform == "win32"
    parent = os.environ.get("LOCALAPPDATA" if windows else "XDG_CACHE_HOME") or os.path.join(
        os.path.expanduser("~"), *(("AppData", "Local") if windows else (".cache",))
    )
    # Without a home folder, "~" stays: nothing is to be written to a folder of that name.
    return os.path.join(parent, "poise") if os.path.isabs(parent) else None
