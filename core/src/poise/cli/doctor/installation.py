"""Versions, backends, environment variables and caches, without importing any library."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs
import importlib_metadata

import poise
from poise.building.keras_versions import (
    OLDEST_KERAS,
    alternatives,
    backends_for,
    version_of,
    way_out,
)
from poise.cli.doctor.problems import Problem
from poise.errors import ConfigError
from poise.files import MAX_TEXT, allowed, read_text_of
from poise.registry.discovery import Candidate, Policy
from poise.settings import (
    CACHE_DIR,
    DISABLE,
    KERAS_BACKEND,
    KERAS_HOME,
    MAX_FILE_MB,
    OFFLINE,
    ONEDNN,
    OTHERS,
    PLUGINS,
    PREFER,
    SETTINGS,
    STRICT,
    WEIGHTS,
    cache_folder,
)

LIBRARIES = ("keras", "numpy", "h5py", "pluggy", "attrs", "cattrs")
BACKENDS: Mapping[str, tuple[str, ...]] = {
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly"),
    "jax": ("jax",),
    "torch": ("torch",),
}
"""Keras' name of a backend → the distributions that may provide it."""

ON = "any plugin that fails makes every lookup fail"
OFF_FOR_TENSORFLOW = ("0", "false")
OFF = "a broken plugin affects only its own keys"


@attrs.frozen(kw_only=True)
class Cache:
    """A folder of files that can be made or fetched again.

    Attributes:
        what: what it holds.
        folder: its path; ``None`` without a home folder.
        files: number of files.
        size: total size, in bytes.
        writable: whether files can be added.
    """

    what: str
    folder: str | None
    files: int = 0
    size: int = 0
    writable: bool = False


@attrs.frozen(kw_only=True)
class Variable:
    """An environment variable.

    Attributes:
        name: its name.
        value: its value; ``None`` if it is not set.
        effect: its effect in this installation.
    """

    name: str
    value: str | None
    effect: str


@attrs.frozen(kw_only=True)
class Installation:
    """The installation that plugins run on.

    Attributes:
        system: operating system and processor.
        executable: path of the interpreter.
        location: folder that Poise is imported from.
        versions: Poise, Python and libraries → version, ``None`` if not installed.
        backends: Keras' name of a backend → installed version.
        backend: the backend that Keras will use; ``None`` without Keras.
        chosen_by: the variable, file or default that chooses it.
        variables: every environment variable that Poise or Keras' choice of a backend reads.
        caches: folders of files that can be made or fetched again.
        offline: whether fetching weights is forbidden.
    """

    system: str
    executable: str
    location: str
    versions: Mapping[str, str | None]
    backends: Mapping[str, str]
    backend: str | None
    chosen_by: str
    variables: tuple[Variable, ...]
    caches: tuple[Cache, ...]
    offline: bool


def examine_installation(
    environ: Mapping[str, str], installed: Iterable[Candidate]
) -> tuple[Installation, list[Problem], list[str]]:
    """The installation that plugins run on, its problems, and notes."""
    versions = {name: _version(name) for name in LIBRARIES}
    backends = {
        name: version
        for name, distributions in BACKENDS.items()
        if (version := next(filter(None, map(_version, distributions)), None))
    }
    chosen, chosen_by, notes = _chosen(environ)
    offline = OFFLINE.is_on(environ)
    problems = _problems(environ, versions["keras"], backends, chosen, chosen_by)
    caches = _caches()
    notes += [
        f"the cache of {cache.what} in {cache.folder or 'no folder'} cannot be written; "
        f"set {CACHE_DIR} to another folder"
        for cache in caches
        if not cache.writable
    ]
    if versions["keras"] is None:
        notes.append(
            "Keras is not installed: everything except building and training works "
            "(pip install poise[tensorflow], poise[jax] or poise[torch])"
        )
    return (
        Installation(
            system=platform.platform(),
            executable=sys.executable,
            location=str(Path(poise.__file__).parent),
            versions={
                "poise": poise.__version__,
                "Python": platform.python_version(),
                **versions,
            },
            backends=backends,
            backend=chosen if versions["keras"] else None,
            chosen_by=chosen_by,
            variables=_variables(environ, tuple(installed), chosen_by),
            caches=caches,
            offline=offline,
        ),
        problems,
        notes,
    )


def _version(distribution: str) -> str | None:
    try:
        return importlib_metadata.version(distribution)
    except importlib_metadata.PackageNotFoundError:
        return None


def _chosen(environ: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """The backend that Keras will use, what chooses it, and notes on Keras' file."""
    file = _keras_folder(environ) / "keras.json"
    settings: Mapping[str, object] = {}
    notes = []
    try:
        read = json.loads(read_text_of(file))
        settings = read if isinstance(read, dict) else {}
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        notes.append(f"{file} cannot be read ({type(error).__name__}), and Keras ignores it")
    usual = {"image_data_format": "channels_last", "floatx": "float32"}
    notes += [
        f"{file} sets {name} to {settings[name]!r}, which changes models; Keras' default is {own!r}"
        for name, own in usual.items()
        if settings.get(name, own) != own
    ]
    if KERAS_BACKEND.text(environ):
        return environ[KERAS_BACKEND.name], KERAS_BACKEND.name, notes
    if "backend" in settings:
        return str(settings["backend"]), str(file), notes
    return "tensorflow", "Keras' default", notes


def _keras_folder(environ: Mapping[str, str]) -> Path:
    if KERAS_HOME.name in environ:
        return Path(environ[KERAS_HOME.name]).expanduser()
    home = Path("~").expanduser()
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"  # noqa: S108 - Keras'


def _problems(
    environ: Mapping[str, str],
    keras: str | None,
    backends: Mapping[str, str],
    chosen: str,
    chosen_by: str,
) -> list[Problem]:
    problems = []
    named = WEIGHTS.text(environ)
    if named and not Path(named).is_dir():
        problems.append(
            Problem(
                f"{WEIGHTS} must be a folder, got {named}",
                f"set {WEIGHTS} to a folder, or unset it",
            )
        )
    try:
        allowed(MAX_TEXT, environ)
    except ConfigError as error:
        problems.append(
            Problem(
                f"{MAX_FILE_MB} {error.faults[0].what}, so no configuration file can be read",
                f"set {MAX_FILE_MB} to a number such as 10, or unset it",
            )
        )
    if keras is None:
        return problems
    suited = backends_for(keras)
    if not suited:
        oldest = version_of(min(oldest.series for oldest in OLDEST_KERAS.values()))
        what = f"Keras {keras} is too old: {oldest} is needed"
        problems.append(Problem(what, "pip install -U keras"))
    # To advise a backend that this Keras does not suit would lead from problem to problem.
    usable = [name for name in backends if name in suited]
    if chosen not in BACKENDS:
        what = f"the backend must be one of {', '.join(BACKENDS)}, got {chosen!r} ({chosen_by})"
        fix = f"set KERAS_BACKEND to {alternatives(suited or [*BACKENDS])}"
        problems.append(Problem(what, fix))
    elif chosen not in backends:
        what = f"the backend {chosen!r} ({chosen_by}) is not installed"
        instead = f"or set KERAS_BACKEND to {alternatives(usable)}" if usable else ""
        fix = ", ".join(filter(None, [f"pip install poise[{chosen}]", instead]))
        problems.append(Problem(what, fix))
    elif suited and chosen not in suited:
        what = f"Keras {keras} {OLDEST_KERAS[chosen].older}"
        problems.append(Problem(what, way_out(chosen, usable)))
    return problems


def _caches() -> tuple[Cache, ...]:
    folder = cache_folder()
    if folder is None:
        return (Cache(what="verdicts", folder=None), Cache(what="weights", folder=None))
    verdicts, weights = Path(folder), Path(folder, "weights")
    return (
        _cache(
            "verdicts",
            verdicts,
            [*verdicts.glob("plugins-*.json"), *verdicts.glob("commands-*.json")],
        ),
        _cache("weights", weights, [path for path in weights.glob("*") if path.suffix != ".lock"]),
    )


def _cache(what: str, folder: Path, files: Iterable[Path]) -> Cache:
    sizes = [path.stat().st_size for path in files if path.is_file()]
    existing = next(ancestor for ancestor in (folder, *folder.parents) if ancestor.exists())
    writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return Cache(
        what=what, folder=str(folder), files=len(sizes), size=sum(sizes), writable=writable
    )


def _variables(
    environ: Mapping[str, str], installed: tuple[Candidate, ...], chosen_by: str
) -> tuple[Variable, ...]:
    # A malformed value is reported as a problem.
    policy = Policy.from_environment({**environ, PREFER.name: ""})
    kept = [candidate for candidate in installed if not policy.verdict(candidate)]
    out = [
        candidate
        for candidate in installed
        if policy.verdict(candidate) == f"disabled by {DISABLE}"
    ]
    total = len(installed)
    effects = {
        PLUGINS: f"{len(kept)} of {total} plugins are used" if policy.allowed else "",
        DISABLE: f"{len(out)} of {total} plugins are not used",
        STRICT: ON if policy.strict else OFF,
        OFFLINE: "weights are never fetched"
        if OFFLINE.is_on(environ)
        else "missing weights may be fetched",
        ONEDNN: _effect_on_onednn(ONEDNN.text(environ)),
        KERAS_BACKEND: "decides the backend" if chosen_by == KERAS_BACKEND.name else "not used",
    }
    unset = {STRICT, OFFLINE, ONEDNN}  # their effect is shown even if they are not set
    return tuple(
        Variable(
            name=setting.name,
            value=environ.get(setting.name),
            effect=effects.get(setting) or setting.meaning
            if environ.get(setting.name) or setting in unset
            else "",
        )
        for setting in (*SETTINGS, *OTHERS)
    )


def _effect_on_onednn(value: str) -> str:
    if value:
        how = "without" if value.lower() in OFF_FOR_TENSORFLOW else "with"
        return f"on CPUs TensorFlow computes {how} oneDNN"
    return "commands that train or predict in batches set it to 1; else TensorFlow decides"
