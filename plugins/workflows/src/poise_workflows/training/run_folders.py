"""The folder of a run.

    status.json     how far the run is, for people and for ``poise.read``
    config.json     what is trained, with all that was found in the labels
    request.json    what was asked for
    split.json      which frames train, validate and test
    report.json     what people should know of data, network and device
    log.csv         losses of each epoch
    metrics.json    how good the best weights are on the validation frames, after the last epoch;
                    metrics.test.json and metrics.train.json on the others
    best/           the model with the least validation loss, a model folder of Poise
    last/           the state after the last epoch, from which the run goes on
    report.html     all of it as a page, with pictures
    report/         what the page shows of the epochs before

If asked for, SLEAP's files are beside them (``sleap_files``).

It comes into being by one renaming, and every file in it is replaced by renaming.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import attrs

from poise.errors import Fault
from poise.files import read_text_of
from poise.messages import argument, argument_path, described, join_names
from poise.reading.paths import BEST, STATUS
from poise.sleap.locate import INITIAL, NAMES
from poise.wire.text import write_json
from poise.writing.whole_files import write_text
from poise.writing.whole_folders import whole_folder
from poise_workflows.examples.splitting import Split, split_of
from poise_workflows.journal import claims
from poise_workflows.training.errors import DamagedRunError, RunError
from poise_workflows.training.requests import Request, differences

RUNNING, FINISHED, INTERRUPTED, FAILED = "running", "finished", "interrupted", "failed"
_MOST = 1 << 28
_SLEAPS = {"learning_rate": "lr"}

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Status:
    """How far a run is.

    Attributes:
        state: ``"running"``, ``"finished"``, ``"interrupted"`` or ``"failed"``. A process that was
            killed leaves ``"running"``; its claim tells that it is gone.
        epochs_done: how many epochs are done.
        epochs: how many there are at most.
        best_epoch: the one with the least validation loss, counted from 1; 0 before the first.
        best_loss: that loss; ``None`` before the first.
        reason: why it ended.
        seconds: how long all processes together have trained.
        process: who trains, or trained.
    """

    state: str
    epochs_done: int
    epochs: int
    best_epoch: int = 0
    best_loss: float | None = None
    reason: str = ""
    seconds: float = 0.0
    process: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class RunFolder:
    """A folder that ``poise train`` made."""

    path: Path

    @property
    def config(self) -> Path:
        """What is trained."""
        return self.path / "config.json"

    @property
    def best(self) -> Path:
        """The model folder with the best weights."""
        return self.path / BEST

    @property
    def state(self) -> Path:
        """From where the run goes on."""
        return self.path / "last" / "state.npz"

    @property
    def has_sleap_files(self) -> bool:
        """Whether SLEAP's files are beside Poise's."""
        return (self.path / INITIAL).is_file()

    def status(self) -> Status:
        """How far it is.

        Raises:
            RunError: it is no folder of a run, or damaged.
        """
        return self._read(STATUS, _status_of)

    def request(self) -> Request:
        """What was asked for."""
        return self._read("request.json", lambda facts: Request(**facts))

    def split(self) -> Split:
        """Which frames are in which set."""
        return self._read("split.json", lambda facts: split_of(facts["frames"]))

    def files_of_frames(self) -> Mapping[str, Any] | None:
        """Number of a video → what ``frame_places.files_of`` says; ``None`` of an old run."""
        files: Mapping[str, Any] | None = self._read("split.json", lambda facts: facts.get("files"))
        return files

    def report(self) -> dict[str, Any]:
        """What people should know."""
        return self._read("report.json", lambda facts: {**facts, "notes": list(facts["notes"])})

    def write_status(self, status: Status) -> None:
        """Replace the status, with the time."""
        facts = {
            "program": "poise train",
            **attrs.asdict(status),
            "written": datetime.now().astimezone().isoformat(timespec="seconds"),
        }
        self.write(STATUS, facts)

    def write(self, name: str, data: Any) -> None:
        """Replace a JSON file of the folder."""
        write_text(self.path / name, write_json(data) + "\n")

    def write_log(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Replace the log by one with these rows."""
        write_text(self.path / "log.csv", _log_of(rows))
        if self.has_sleap_files:
            # SLEAP's name of the learning rate is that of Keras 2.
            named = [{_SLEAPS.get(name, name): row[name] for name in row} for row in rows]
            write_text(self.path / "training_log.csv", _log_of(named))

    def _read(self, name: str, made_of: Callable[[Any], T]) -> T:
        """What a file says; whatever is wrong with it is one kind of error."""
        try:
            return made_of(json.loads(read_text_of(self.path / name, _MOST)))
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
            what = f"must be the folder of a run, got {self.path}: {name}: {described(error)}"
            what += "; train into another folder"
            raise DamagedRunError([Fault(what, str(self.path))]) from None


def _log_of(rows: Sequence[Mapping[str, float]]) -> str:
    names = ["epoch", *sorted({name for row in rows for name in row if name != "epoch"})]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _status_of(facts: Mapping[str, Any]) -> Status:
    status = Status(**{key: facts[key] for key in attrs.fields_dict(Status) if key in facts})
    if status.process:
        claims.from_json(status.process)  # of another form: refused here
    return status


def create(
    path: Path,
    *,
    config: Mapping[str, Any],
    request: Request,
    split: Mapping[str, Any],
    report: Mapping[str, Any],
    status: Status,
    write_more: Callable[[Path], object] | None = None,
) -> RunFolder:
    """Make the folder of a run, with everything that it needs to go on.

    Args:
        path: the folder.
        config: what is trained.
        request: what was asked for.
        split: which frames are in which set.
        report: what people should know.
        status: how far it is.
        write_more: writes further files into the folder before it gets its name.

    Raises:
        OSError: the disk does not take it; nothing of that name is there then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(path) as draft:
        folder = RunFolder(draft)
        files = {
            "config.json": config,
            "request.json": request.to_json(),
            "split.json": split,
            "report.json": report,
        }
        for name, data in files.items():
            folder.write(name, data)
        folder.write_status(status)
        if write_more is not None:
            write_more(draft)
    return RunFolder(path)


def set_run_aside(path: Path) -> Path | None:
    """Rename the folder of a run: ``flies`` becomes ``flies.1``, or the next number that is free.

    Returns:
        Its new path; ``None`` if there is nothing.

    Raises:
        RunError: something else is there, or a process trains there.
    """
    if _is_free(path):
        return None
    if is_run(path):
        with suppress(DamagedRunError):
            refuse_a_second_process(RunFolder(path))
    elif not any((path / name).is_file() for name in NAMES):
        what = f"must be the folder of a run, or a model of SLEAP, to be kept aside, got {path}"
        raise RunError([Fault(f"{what}; name another folder", argument_path("run"))])
    names = (path.with_name(f"{path.name}.{number}") for number in count(1))
    return path.rename(next(name for name in names if not name.exists()))


def _is_free(path: Path) -> bool:
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def is_run(path: Path) -> bool:
    """Whether there is a folder of a run."""
    return (path / STATUS).is_file() and (path / "request.json").is_file()


def devices_of_run(path: Path) -> int:
    """Over how many devices a run splits batches; 1 if that cannot be read."""
    try:
        return RunFolder(path).request().devices
    except (RunError, TypeError):
        return 1


def refuse_others(path: Path, request: Request) -> RunFolder | None:
    """The run that was asked for before, if the folder has it.

    Raises:
        RunError: something else is there, or another run.
    """
    if _is_free(path):
        return None
    fix = f"name another folder, or pass {argument('overwrite', value='True')} to keep it aside"
    if not is_run(path):
        got = "a file" if path.is_file() else "a folder with other files"
        what = f"must be a new folder or the folder of a run, got {got}: {path}; {fix}"
        raise RunError([Fault(what, argument_path("run"))])
    folder = RunFolder(path)
    lines = differences(folder.request(), request)
    if lines:
        what = f"must be asked for as before, got other {join_names(lines, 6)}; {fix}"
        raise RunError([Fault(what, argument_path("run"))])
    return folder


def goes_on(path: Path, request: Request) -> bool:
    """Whether a folder is free for a run, or has this very run."""
    if _is_free(path):
        return True
    if not is_run(path):
        return False
    try:
        return not differences(RunFolder(path).request(), request)
    except (RunError, TypeError):
        return False


def is_unfinished(path: Path, request: Request) -> bool:
    """Whether a folder has this very run, which no process trains and which is not finished."""
    if not is_run(path) or not goes_on(path, request):
        return False
    try:
        refuse_a_second_process(RunFolder(path))
        return RunFolder(path).status().state != FINISHED
    except RunError:
        return False


def refuse_a_second_process(folder: RunFolder) -> None:
    """A run is trained by one process.

    Raises:
        RunError: another one still runs.
    """
    status = folder.status()
    if status.state != RUNNING or not status.process:
        return
    claim = claims.from_json(status.process)
    if claims.is_alive(claim) and not claims.is_own(claim):
        what = f"must be trained by one process, got {claim}, which trains it now"
        raise RunError([Fault(f"{what}; wait, or stop it", str(folder.path))])
