"""Backend × version of Keras: an environment for each, in which plugins are tested."""

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
OLDEST, NEWEST, LOWEST = "oldest", "newest", "lowest"


@attrs.frozen(kw_only=True)
class Cell:
    """One environment of the matrix.

    Attributes:
        backend: ``tensorflow``, ``jax`` or ``torch``.
        backend_versions: pip's version specifier, as ``==2.13.0``; empty for any.
        keras: ``newest``, the beginning of a version, as ``3.6``, or ``lowest``: the lowest
            version of Keras, the backend and every other distribution that the plugins declare.
    """

    backend: str
    backend_versions: str = ""
    keras: str = NEWEST

    @property
    def name(self) -> str:
        """Its name, as a title and as a folder."""
        return f"{self.backend}-keras-{self.keras}"

    def requirements(self, plugins: Sequence[str], poise: str) -> list[str]:
        """The requirements to install in it.

        Args:
            plugins: requirements of the distributions to test.
            poise: requirement of Poise, whose extras install the backend.
        """
        name, _, rest = poise.partition("poise")
        requirements = [f"{name}poise[{self.backend},testing]{rest}", *plugins]
        if self.keras == LOWEST:
            requirements += _declared(poise, (self.backend, "testing"))
            requirements += [each for plugin in plugins for each in _declared(plugin)]
            requirements = list(dict.fromkeys(requirements))
        if self.keras not in (NEWEST, LOWEST):
            requirements.append(f"keras=={self.keras}.*")
        if self.backend_versions:
            requirements.append(f"{self.backend}{self.backend_versions}")
        return requirements


@attrs.frozen(kw_only=True)
class CellResult:
    """The results of one environment.

    Attributes:
        cell: the environment.
        data: the output of ``poise test --json``; empty if it could not be run.
        error: why it could not, in one line, or empty.
        failures: key → why it could not be tested, in one line.
        left_out: key → the oldest Keras that its plugin supports, if this one is older.
    """

    cell: Cell
    data: Mapping[str, Any] = attrs.field(factory=dict)
    error: str = ""
    failures: Mapping[str, str] = attrs.field(factory=dict)
    left_out: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every promise is kept."""
        return not (self.error or self.failures) and all(plugin["ok"] for plugin in self.plugins)

    @property
    def plugins(self) -> Sequence[Mapping[str, Any]]:
        """The results of each plugin."""
        plugins: Sequence[Mapping[str, Any]] = self.data.get("plugins", ())
        return plugins


def cells(
    backends: Iterable[str], keras: Iterable[str], distributions: Sequence[str] = ()
) -> list[Cell]:
    """The environments for backends (``jax``, ``torch==2.13.0``) and versions of Keras.

    Args:
        backends: names, with or without a version.
        keras: ``newest``, ``oldest``, ``lowest``, or beginnings of versions, as ``3.6``.
        distributions: distributions of the tested plugins; ``oldest`` is the oldest Keras
            that any of them supports.

    Raises:
        ValueError: a backend or a version is invalid, or two environments would share a
            folder.
    """
    versions = list(keras)
    planned = []
    for backend in backends:
        match = re.fullmatch(r"(\w+)((?:[=<>!~]=?.+)?)", backend)
        if match is None or match[1] not in BACKENDS:
            raise ValueError(f"no backend {backend!r}; backends: {', '.join(BACKENDS)}")
        each = [oldest_keras(name, match[1]) for name in distributions or ["poise"]]
        oldest = min(each, key=Version)
        those = dict.fromkeys(oldest if version == OLDEST else version for version in versions)
        planned += [
            Cell(backend=match[1], backend_versions=match[2], keras=version) for version in those
        ]
    for version in versions:
        if version not in (NEWEST, OLDEST, LOWEST) and not re.fullmatch(
            r"\d+\.\d+(\.\d+)?", version
        ):
            raise ValueError(
                f"Keras must be a version such as 3.6, {OLDEST}, {NEWEST} or {LOWEST}, "
                f"got {version!r}"
            )
    planned = list(dict.fromkeys(planned))
    for backend in dict.fromkeys(cell.backend for cell in planned):
        several = {cell.backend_versions for cell in planned if cell.backend == backend}
        if len(several) > 1:
            asked = ", ".join(sorted(f"{backend}{version}" for version in several))
            raise ValueError(f"{backend} must have one version at a time, got {asked}")
    return planned


def as_installed(distribution: str) -> str:
    """The requirement that installs a distribution as it is installed here.

    If it did not come from an index, its folder, archive or repository.
    """
    metadata = importlib_metadata.distribution(distribution)
    origin = json.loads(metadata.read_text("direct_url.json") or "{}")
    if "url" in origin and "vcs_info" not in origin:
        return f"{distribution} @ {origin['url']}"
    if "url" in origin:
        vcs = origin["vcs_info"]
        return f"{distribution} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"{distribution}=={metadata.version}"


def _declared(requirement: str, extras: Sequence[str] = ()) -> list[str]:
    """What the distribution of a requirement requires, if it comes from an index.

    uv takes the lowest versions of what it is asked for, and of what a local source requires.
    """
    if " @ " in requirement:
        return []
    name, asked = Requirement(requirement).name, ("", *extras)
    declared = []
    for each in map(Requirement, importlib_metadata.requires(name) or ()):
        marker, each.marker = each.marker, None
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in asked):
            declared.append(str(each))
    return declared


def takes(cell: Cell, oldest: str) -> bool:
    """Whether an environment's Keras is at least a plugin's oldest one."""
    if cell.keras in (NEWEST, LOWEST):
        return True
    offered, needed = Version(cell.keras).release, Version(oldest).release
    return offered >= needed[: len(offered)]


def oldest_keras(distribution: str, backend: str) -> str:
    """The oldest version of Keras that Poise on a backend and a distribution support."""
    oldest = Version("3.0")
    for name in ("poise", distribution):
        for requirement in map(Requirement, importlib_metadata.requires(name) or ()):
            marker = requirement.marker
            asked = marker is None or marker.evaluate({"extra": backend})
            if requirement.name == "keras" and asked:
                least = [
                    clause.version for clause in requirement.specifier if clause.operator == ">="
                ]
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
    """Create an environment, unless it exists, and test plugins in it.

    Each key is tested in a separate process, so the memory that compilers keep does not add up,
    and a key that ends its process does not affect the others.

    Args:
        cell: the environment.
        keys: the keys to test.
        requirements: the requirements to install.
        folder: folder of the environment.
        uv: path of ``uv``, to use it instead of pip.
    """
    try:
        python = _environment(folder, requirements, uv, lowest=cell.keras == LOWEST)
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
            report = json.loads(done.stdout)
        except ValueError:
            printed = done.stderr.strip() or done.stdout.strip()
            failures[key] = _last_line(printed or f"it ended with status {done.returncode}")
        else:
            data = {**report, "plugins": [*data.get("plugins", ()), *report["plugins"]]}
    return CellResult(cell=cell, data=data, failures=failures)


def _environment(
    folder: Path, requirements: Sequence[str], uv: str | None, *, lowest: bool
) -> Path:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        make = [uv, "venv", "--quiet", "--python", sys.executable] if uv else None
        _called([*(make or [sys.executable, "-m", "venv"]), str(folder)], check=True)
    if uv:
        # Else uv takes a release candidate where no release fits its first choice of the others.
        explicit = ["--prerelease", "explicit"]
        install = [uv, "pip", "install", "--quiet", *explicit, "--python", str(python)]
        install += ["--resolution", "lowest-direct"] if lowest else []
        # Local sources may have changed; pip reinstalls them by default, uv does not.
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
    # The environment must not import this interpreter's packages.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(  # noqa: S603  # interpreters of environments created here, and uv
        command,
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **kept, **environ},
        capture_output=True,
        text=True,
        check=check,
    )


def _reason(text: str) -> str:
    """Why an installer failed: pip's first error names the cause, its last one a web page."""
    first = next((line for line in text.splitlines() if line.startswith("ERROR: ")), None)
    return first or _last_line(text)


def _last_line(text: str) -> str:
    return (text.strip() or "no message").splitlines()[-1].strip()


def find_uv() -> str | None:
    """The program ``uv``, if it is installed."""
    return shutil.which("uv")
