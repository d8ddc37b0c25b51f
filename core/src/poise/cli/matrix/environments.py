"""Plugin × backend × version of Keras: each in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import importlib_metadata
from packaging.requirements import Requirement
from packaging.version import Version

BACKENDS = ("tensorflow", "jax", "torch")
OLDEST, NEWEST = "oldest", "newest"


@attrs.frozen(kw_only=True)
class Cell:
    """One environment of the matrix.

    Attributes:
        backend: ``tensorflow``, ``jax`` or ``torch``.
        backend_versions: what pip is told of its version, as ``==2.13.0``; empty for any.
        keras: ``newest``, or the beginning of a version, as ``3.6``.
    """

    backend: str
    backend_versions: str = ""
    keras: str = NEWEST

    @property
    def name(self) -> str:
        """What it is called, as a title and as a folder."""
        return f"{self.backend}-keras-{self.keras}"

    def requirements(self, plugins: Sequence[str], poise: str) -> list[str]:
        """What is installed in it.

        Args:
            plugins: requirements of the distributions to test.
            poise: requirement of Poise, whose extras bring the backend.
        """
        name, _, rest = poise.partition("poise")
        found = [f"{name}poise[{self.backend},testing]{rest}", *plugins]
        if self.keras != NEWEST:
            found.append(f"keras=={self.keras}.*")
        if self.backend_versions:
            found.append(f"{self.backend}{self.backend_versions}")
        return found


@attrs.frozen(kw_only=True)
class CellResult:
    """What was found in one environment.

    Attributes:
        cell: which.
        data: what ``poise test --json`` printed there; empty if it could not be run.
        error: why it could not, in one line, or empty.
        failures: key → why it could not be tested there, in one line.
        left_out: key → the oldest Keras that its plugin takes, which this one is older than.
    """

    cell: Cell
    data: Mapping[str, Any] = attrs.field(factory=dict)
    error: str = ""
    failures: Mapping[str, str] = attrs.field(factory=dict)
    left_out: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every promise is kept."""
        return not (self.error or self.failures) and all(one["ok"] for one in self.plugins)

    @property
    def plugins(self) -> Sequence[Mapping[str, Any]]:
        """What was found of each plugin."""
        found: Sequence[Mapping[str, Any]] = self.data.get("plugins", ())
        return found


def cells(
    backends: Iterable[str], keras: Iterable[str], distributions: Sequence[str] = ()
) -> list[Cell]:
    """The environments for backends (``jax``, ``torch==2.13.0``) and versions of Keras.

    Args:
        backends: names of them, each perhaps with versions of it.
        keras: ``newest``, ``oldest``, or beginnings of versions, as ``3.6``.
        distributions: those of the plugins that are tested: the oldest is the oldest one that
            any of them takes.

    Raises:
        ValueError: for a backend that Keras does not have, a version that is none, or two
            environments that would have one folder.
    """
    versions = list(keras)
    found = []
    for given in backends:
        match = re.fullmatch(r"(\w+)((?:[=<>!~]=?.+)?)", given)
        if match is None or match[1] not in BACKENDS:
            raise ValueError(f"no backend {given!r}; backends: {', '.join(BACKENDS)}")
        each = [oldest_keras(one, match[1]) for one in distributions or ["poise"]]
        oldest = min(each, key=Version)
        those = dict.fromkeys(oldest if one == OLDEST else one for one in versions)
        found += [Cell(backend=match[1], backend_versions=match[2], keras=one) for one in those]
    for one in versions:
        if one not in (NEWEST, OLDEST) and not re.fullmatch(r"\d+\.\d+(\.\d+)?", one):
            raise ValueError(f"Keras {one!r} must be a version such as 3.6, {OLDEST} or {NEWEST}")
    found = list(dict.fromkeys(found))
    for backend in dict.fromkeys(one.backend for one in found):
        several = {one.backend_versions for one in found if one.backend == backend}
        if len(several) > 1:
            asked = ", ".join(sorted(f"{backend}{one}" for one in several))
            raise ValueError(f"one version of {backend} at a time, got {asked}")
    return found


def as_installed(distribution: str) -> str:
    """The requirement that installs a distribution as it is installed here.

    From the folder or the archive that it came from, if it did not come from an index.
    """
    found = importlib_metadata.distribution(distribution)
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if "url" in origin and "vcs_info" not in origin:
        return f"{distribution} @ {origin['url']}"
    if "url" in origin:
        vcs = origin["vcs_info"]
        return f"{distribution} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"{distribution}=={found.version}"


def takes(cell: Cell, oldest: str) -> bool:
    """Whether a plugin whose oldest Keras is that one can be tested in an environment."""
    if cell.keras == NEWEST:
        return True
    given, needed = Version(cell.keras).release, Version(oldest).release
    return given >= needed[: len(given)]


def oldest_keras(distribution: str, backend: str) -> str:
    """The oldest version of Keras that both Poise on a backend and a distribution take."""
    oldest = Version("3.0")
    for name in ("poise", distribution):
        for requirement in map(Requirement, importlib_metadata.requires(name) or ()):
            marker = requirement.marker
            asked = marker is None or marker.evaluate({"extra": backend})
            if requirement.name == "keras" and asked:
                least = [one.version for one in requirement.specifier if one.operator == ">="]
                oldest = max([oldest, *map(Version, least)])
    return f"{oldest.major}.{oldest.minor}"


def run(
    cell: Cell,
    keys: Sequence[str],
    requirements: Sequence[str],
    folder: Path,
    *,
    uv: str | None = None,
) -> CellResult:
    """Make an environment, unless it is there, and test plugins in it.

    Each key is tested in a process of its own: the memory that compilers keep does not add up
    over the keys, and where one ends the process, the others are tested all the same.

    Args:
        cell: which.
        keys: what is tested.
        requirements: what is installed.
        folder: of the environment.
        uv: the program ``uv``, to use it instead of pip.
    """
    try:
        python = _environment(folder, requirements, uv)
    except subprocess.CalledProcessError as error:
        return CellResult(cell=cell, error=_reason(error.stderr or error.stdout))
    data: dict[str, Any] = {}
    failures = {}
    for key in keys:
        done = _called(
            [str(python), "-m", "poise", "test", "--json", key],
            KERAS_BACKEND=cell.backend,
            KERAS_HOME=str(folder / "keras"),
        )
        try:
            found = json.loads(done.stdout)
        except ValueError:
            said = done.stderr.strip() or done.stdout.strip()
            failures[key] = _last_line(said or f"it ended with status {done.returncode}")
        else:
            data = {**found, "plugins": [*data.get("plugins", ()), *found["plugins"]]}
    return CellResult(cell=cell, data=data, failures=failures)


def _environment(folder: Path, requirements: Sequence[str], uv: str | None) -> Path:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        make = [uv, "venv", "--quiet", "--python", sys.executable] if uv else None
        _called([*(make or [sys.executable, "-m", "venv"]), str(folder)], check=True)
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
        # What lies in a folder may have changed since; pip looks by itself.
        for requirement in requirements:
            name, at, _ = requirement.partition(" @ ")
            install += ["--reinstall-package", name.partition("[")[0]] if at else []
    else:
        install = [str(python), "-m", "pip", "install", "--quiet"]
    _called([*install, *requirements], check=True)
    return python


def _called(
    command: Sequence[str], *, check: bool = False, **environ: str
) -> subprocess.CompletedProcess[str]:
    # What this interpreter finds, the environment must not.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(  # noqa: S603  # interpreters of environments made here, and uv
        command,
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **kept, **environ},
        capture_output=True,
        text=True,
        check=check,
    )


def _reason(text: str) -> str:
    """Why an installer gave up: of pip's errors the first says what, the last where to read."""
    first = next((line for line in text.splitlines() if line.startswith("ERROR: ")), None)
    return first or _last_line(text)


def _last_line(text: str) -> str:
    return (text.strip() or "no message").splitlines()[-1].strip()


def find_uv() -> str | None:
    """The program ``uv``, if it is installed."""
    return shutil.which("uv")
