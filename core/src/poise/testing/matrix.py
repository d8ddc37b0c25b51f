"""Plugin × backend × version of Keras: each in an environment of its own, told in one table."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import importlib_metadata

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
    """

    cell: Cell
    data: Mapping[str, Any] = attrs.field(factory=dict)
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether every promise is kept."""
        return not self.error and all(plugin["ok"] for plugin in self.data["plugins"])


def cells(backends: Iterable[str], keras: Iterable[str]) -> list[Cell]:
    """The environments for backends (``jax``, ``torch==2.13.0``) and versions of Keras.

    Raises:
        ValueError: for a backend that Keras does not have, or a version that is none.
    """
    versions = list(keras)
    found = []
    for given in backends:
        match = re.fullmatch(r"(\w+)((?:[=<>!~]=?.+)?)", given)
        if match is None or match[1] not in BACKENDS:
            raise ValueError(f"no backend {given!r}; backends: {', '.join(BACKENDS)}")
        found += [Cell(backend=match[1], backend_versions=match[2], keras=one) for one in versions]
    for one in versions:
        if one != NEWEST and not re.fullmatch(r"\d+\.\d+(\.\d+)?", one):
            raise ValueError(f"Keras {one!r} must be a version such as 3.6, {OLDEST} or {NEWEST}")
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


def oldest_keras(distributions: Iterable[str]) -> str:
    """The oldest version of Keras that all of some distributions, and Poise, say they take."""
    oldest = [(3, 0)]
    for name in ("poise", *distributions):
        for requirement in importlib_metadata.requires(name) or ():
            match = re.match(r"keras\s*>=\s*(\d+)\.(\d+)", requirement)
            if match:
                oldest.append((int(match[1]), int(match[2])))
    return "{}.{}".format(*max(oldest))


def run(
    cell: Cell,
    keys: Sequence[str],
    requirements: Sequence[str],
    folder: Path,
    *,
    uv: str | None = None,
) -> CellResult:
    """Make an environment, unless it is there, and test plugins in it.

    Args:
        cell: which.
        keys: what is tested.
        requirements: what is installed.
        folder: of the environment.
        uv: the program ``uv``, to use it instead of pip.
    """
    try:
        python = _environment(folder, requirements, uv)
        done = _called(
            [str(python), "-m", "poise", "test", "--json", *keys],
            KERAS_BACKEND=cell.backend,
            KERAS_HOME=str(folder / "keras"),
        )
    except subprocess.CalledProcessError as error:
        return CellResult(cell=cell, error=_last_line(error.stderr or error.stdout))
    if done.returncode not in (0, 1):
        return CellResult(cell=cell, error=_last_line(done.stderr))
    try:
        return CellResult(cell=cell, data=json.loads(done.stdout))
    except ValueError:
        return CellResult(cell=cell, error=_last_line(done.stderr or done.stdout))


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


def _last_line(text: str) -> str:
    return (text.strip() or "no message").splitlines()[-1].strip()


def find_uv() -> str | None:
    """The program ``uv``, if it is installed."""
    return shutil.which("uv")


def markdown(results: Sequence[CellResult]) -> str:
    """The whole matrix as a table, and below it what is not kept or not asked, and why."""
    lines = ["| | " + " | ".join(map(_title, results)) + " |", "|---" * (len(results) + 1) + "|"]
    for kind, key in _plugins(results):
        row = [_counted(result, kind, key) for result in results]
        lines.append(f"| {kind} `{key}` | " + " | ".join(row) + " |")
    lines += _listed("Broken", _told(results, "broken"))
    lines += _listed("Not asked", _told(results, "skipped"))
    errors = {f"{one.cell.name}: `{one.error}`": [""] for one in results if one.error}
    lines += _listed("Could not be run", errors)
    return "\n".join(lines) + "\n"


def _title(result: CellResult) -> str:
    if result.error:
        return f"{result.cell.backend}, Keras {result.cell.keras}"
    on = result.data
    return f"{on['backend']} {on['backend_version']}, Keras {on['keras']}"


def _plugins(results: Sequence[CellResult]) -> list[tuple[str, str]]:
    every = [one for result in results if not result.error for one in result.data["plugins"]]
    return list(dict.fromkeys((one["kind"], one["key"]) for one in every))


def _cases(result: CellResult, kind: str, key: str) -> list[dict[str, Any]]:
    plugins = () if result.error else result.data["plugins"]
    return [
        case for one in plugins if (one["kind"], one["key"]) == (kind, key) for case in one["cases"]
    ]


def _counted(result: CellResult, kind: str, key: str) -> str:
    if result.error:
        return "could not be run"
    cases = _cases(result, kind, key)
    parts = {
        status: sum(case["status"] == status for case in cases)
        for status in ("broken", "kept", "skipped")
    }
    words = {"broken": "**{} broken**", "kept": "{} kept", "skipped": "{} not asked"}
    return ", ".join(words[status].format(count) for status, count in parts.items() if count)


def _told(results: Sequence[CellResult], status: str) -> dict[str, list[str]]:
    """What is told of cases with a status → where it is so."""
    told: dict[str, list[str]] = {}
    for result in results:
        for kind, key in _plugins(results):
            found: dict[tuple[str, str], list[str]] = {}
            for case in _cases(result, kind, key):
                if case["status"] == status:
                    where = found.setdefault((case["check"], case["found"]), [])
                    where.append(case["configuration"])
            for (check, reason), configurations in found.items():
                named = ", ".join(filter(None, configurations))
                what = f"{check.replace('_', ' ')}: `{reason}`"
                if status == "broken":
                    what = f"{kind} `{key}`{f' ({named})' if named else ''}: {what}"
                told.setdefault(what, []).append(_title(result))
    return told


def _listed(title: str, told: Mapping[str, Iterable[str]]) -> Iterator[str]:
    if told:
        yield ""
        yield f"{title}:"
        yield ""
    for what, where in told.items():
        places = "; ".join(filter(None, dict.fromkeys(where)))
        yield f"- {what}" + (f" ({places})" if places else "")
