"""Environments in which plugins are really built and installed, as their authors do it."""

from __future__ import annotations

import importlib.util
import os
import re
import site
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

MODULES = ("poise", "pip", "pytest")
"""Commands that are run as modules, with the environment's own interpreter."""

_CHATTER = re.compile(
    r"^(WARNING: All log messages before absl|[IWEF]\d+ \d\d:\d\d:).*\n", re.MULTILINE
)
"""What TensorFlow writes at startup, whatever its log level."""

NEEDED = ("pip", "hatchling", "editables")
"""Options that build and install plugins without a download."""


class Environment:
    """An environment that sees all packages of the current one and adds its own.

    Neither Poise nor TensorFlow is installed again, and nothing is downloaded: plugins are
    built with the installed hatchling.

    Args:
        folder: where to create it.

    Attributes:
        site: the folder of its installed packages.
    """

    def __init__(self, folder: Path) -> None:
        lacking = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if lacking:
            pytest.skip(f"no {' and no '.join(lacking)} here; `tox -e all` has what builds plugins")
        venv.create(folder, with_pip=False)
        scripts = "Scripts" if os.name == "nt" else "bin"
        self._python = folder / scripts / "python"
        base = {"base": str(folder), "platbase": str(folder)}
        self.site = Path(sysconfig.get_path("purelib", "venv", vars=base))
        # With the existing .pth files, which make editable installations importable.
        seen = [f"import site; site.addsitedir({path!r})\n" for path in site.getsitepackages()]
        (self.site / "seen.pth").write_text("".join(seen), encoding="utf-8")
        self._environ = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PATH": os.pathsep.join([str(folder / scripts), os.environ["PATH"]]),
            "PYTHONIOENCODING": "utf-8",
            "POISE_CACHE_DIR": str(folder / "cache"),
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to switch isolation off
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with standard output and error as one text."""
        if words[0] in MODULES:
            words = ("python", "-m", *words)
        command = [str(self._python) if words[0] == "python" else words[0], *words[1:]]
        done = subprocess.run(
            command,
            cwd=cwd,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        done.stdout = _CHATTER.sub("", done.stdout)
        return done

    def say(self, *words: str, cwd: Path | None = None) -> str:
        """Run a command that must succeed, and return what it prints."""
        done = self.run(*words, cwd=cwd)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}"
        return done.stdout
