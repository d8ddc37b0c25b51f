"""SLEAP's training job package: a folder, or a zip of it, with labels and a job for each model.

Nothing in it is run: the scripts are read for the order of the models.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.errors import ConfigError, Fault
from poise.files import MAX_YAML, leads_outside, read_text_of
from poise.messages import counted, join_names
from poise.sleap.locate import NAMES
from poise.weights.formats import PROVENANCE
from poise.wire.archives import is_archive, open_archive
from poise.wire.text import read_yaml
from poise.writing.whole_folders import whole_folder
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.jobs import read_job
from poise_workflows.training.naming import paths_of

JOBS, SCRIPT = "jobs.yaml", "train-script.sh"
LABELS = (".pkg.slp", ".slp")


@attrs.frozen(kw_only=True)
class Job:
    """A model of a package.

    Attributes:
        config: its job file.
        labels: the file of labels.
        run: the folder of its run, relative to where the package is trained.
    """

    config: Path
    labels: Path
    run: Path


@attrs.frozen(kw_only=True)
class Package:
    """What a package asks for.

    Attributes:
        folder: where it lies, unpacked.
        jobs: its models in their order.
        notes: what is not done, a sentence each.
    """

    folder: Path
    jobs: tuple[Job, ...]
    notes: tuple[str, ...] = ()


def is_package(path: Path) -> bool:
    """Whether a path leads to a training job package; a model folder is none."""
    if path.is_dir():
        return _is_package({each.name for each in path.iterdir() if each.is_file()})
    if not path.is_file() or not is_archive(path):
        return False
    with open_archive(path) as archive:
        top = _top_of(archive.names)
        return _is_package({name.removeprefix(top) for name in archive.names})


def unpacked_package(path: Path, place: Path | None = None) -> Path:
    """The folder of a package.

    Args:
        path: the package: a folder, or a zip of it.
        place: where a zip is unpacked; by default beside it, in a folder of its name.

    Raises:
        OSError: the disk does not take it.
        ConfigError: the archive is damaged, or must not be unpacked.
        TrainingError: something else is at the place.
    """
    if path.is_dir():
        return path
    place = path.with_suffix("") if place is None else place
    with open_archive(path) as archive:
        top = _top_of(archive.names)
        names = [name for name in archive.names if name.startswith(top)]
        archive.refuse_hostile(names)
        if place.exists() and any(place.iterdir() if place.is_dir() else [place]):
            _refuse_other_files(path, place, [name.removeprefix(top) for name in names])
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole_folder(place) as draft:
            for name in names:
                target = draft / name.removeprefix(top)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as stream:
                    archive.copy(name, stream)
    return place


def read_package(folder: Path) -> Package:
    """The models of a package.

    Raises:
        ConfigError: a file of it cannot be read.
        TrainingError: it has no model or no labels, or names what is not in it; lists all.
    """
    listed, notes = _of_jobs(folder) if (folder / JOBS).is_file() else ([], [])
    if not listed:
        listed = _of_script(folder) if (folder / SCRIPT).is_file() else _of_names(folder)
    if not listed:
        raise TrainingError([Fault("must have a job for a model, got none", str(folder))])
    faults: list[Fault] = []
    jobs = [_job(folder, facts, faults) for facts in listed]
    runs = [job.run for job in jobs if job is not None]
    faults += [
        Fault(f"must be the folder of one model, got {run} for two", str(folder))
        for run in dict.fromkeys(runs)
        if runs.count(run) > 1
    ]
    if faults:
        raise TrainingError(faults, str(folder) if len(faults) > 1 else "")
    return Package(folder=folder, jobs=tuple(filter(None, jobs)), notes=tuple(notes))


def _is_package(names: set[str]) -> bool:
    if names & {JOBS, SCRIPT}:
        return True
    is_model = bool(names & {PROVENANCE, *NAMES})
    has = {ending for ending in (".slp", ".json") for name in names if name.endswith(ending)}
    return not is_model and len(has) == 2


def _top_of(names: Sequence[str]) -> str:
    """The one folder that all members are in, or nothing."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    is_inside = len(tops) == 1 and all("/" in name for name in names)
    return f"{next(iter(tops))}/" if is_inside else ""


def _refuse_other_files(path: Path, place: Path, names: Sequence[str]) -> None:
    missing = [name for name in names if not (place / name).is_file()]
    if missing:
        what = f"must be free, or have the files of {path.name}, got a place without "
        fix = "name another folder"
        raise TrainingError([Fault(f"{what}{join_names(missing, 3)}; {fix}", str(place))])


def _of_jobs(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """What ``jobs.yaml`` lists."""
    path = folder / JOBS
    data = read_yaml(read_text_of(path, MAX_YAML))
    if not isinstance(data, Mapping) or not isinstance(data.get("training", []), list):
        raise ConfigError([Fault("must have a list of models as training, got none")], str(path))
    listed = [dict(each) for each in data.get("training", []) if isinstance(each, Mapping)]
    inference = data.get("inference") or []
    notes = []
    if inference:
        what = f"{counted(len(inference), 'prediction')} of {JOBS} not begun"
        notes.append(f"{what}: poise predict, or inference-script.sh with the shims, does it")
    return listed, notes


def _of_script(folder: Path) -> list[dict[str, Any]]:
    """The jobs that the script trains, read and not run."""
    text = read_text_of(folder / SCRIPT, MAX_YAML).decode("utf-8", "replace")
    lines = list(map(_words, text.splitlines()))
    return [
        {"cfg": line[1], "train_labels": line[2] if len(line) > 2 else None}
        for line in lines
        if len(line) > 1 and line[0] == "sleap-train"
    ]


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # a quotation over several lines, which is no line of SLEAP
        return []


def _of_names(folder: Path) -> list[dict[str, Any]]:
    """Every job of the folder; the one that finds animals first."""
    names = sorted(path.name for path in folder.glob("*.json"))
    return [{"cfg": name} for name in sorted(names, key=lambda name: name != "centroid.json")]


def _job(folder: Path, facts: Mapping[str, Any], faults: list[Fault]) -> Job | None:
    config = _inside(folder, facts.get("cfg"), "cfg", faults)
    labels = facts.get("train_labels") or _only_labels(folder)
    labels = _inside(folder, labels, "train_labels", faults)
    if config is None or labels is None:
        return None
    outputs = read_job(config).sections.outputs
    name = outputs.run_name or config.stem
    run = facts.get("run_path") or next(paths_of(outputs, name))
    run = Path(str(run).replace("\\", "/"))
    if run.is_absolute() or leads_outside(run.as_posix()):
        what = f"must be a folder inside of the package, got {run}"
        faults.append(Fault(what, f"{config.name}: outputs.runs_folder"))
        return None
    return Job(config=config, labels=labels, run=run)


def _inside(folder: Path, name: Any, field: str, faults: list[Fault]) -> Path | None:
    """A file of the package."""
    if not isinstance(name, str) or leads_outside(name.replace("\\", "/")):
        faults.append(Fault(f"must be a file of the package, got {name!r}", f"{JOBS}: {field}"))
        return None
    path = folder / name.replace("\\", "/")
    if not path.is_file():
        faults.append(
            Fault(f"must be a file of the package, got {name!r}, which is missing", field)
        )
        return None
    return path


def _only_labels(folder: Path) -> str | None:
    for ending in LABELS:
        names = sorted(path.name for path in folder.glob(f"*{ending}"))
        if len(names) == 1:
            return names[0]
    return None
