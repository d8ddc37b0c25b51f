"""Whether a run has room: a folder that can be written, space on the disk, memory."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs
import psutil

from poise.errors import Fault
from poise.messages import argument_path, counted
from poise_workflows.frames.selections import Selection
from poise_workflows.journal.reading import Recorded
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.outputs import recorded_beside
from poise_workflows.prediction.predicting import AHEAD
from poise_workflows.prediction.runs import Run, partial_of
from poise_workflows.prediction.steps import frames_of_step
from poise_workflows.results.sleap_files import bytes_of_tables

ANIMALS = 2
"""How many animals a frame is expected to have, where nothing says more or less."""

_RECORD = 512
"""Bytes of a batch in the journal besides its arrays, at most."""

_REMEMBERED = 5
"""How many frames the state of a tracker holds, which each batch has; SLEAP's window."""

_REST = 500_000
"""Bytes of what does not grow with the frames: skeleton, videos, provenance, report."""


class NoRoomError(OptionsError):
    """A folder cannot be written, or its disk has no room for what is to be predicted."""


@attrs.frozen(kw_only=True)
class Need:
    """What a run will write.

    Attributes:
        frames: how many are still to be predicted.
        animals: how many are expected in each.
        journal: bytes.
        result: bytes.
    """

    frames: int
    animals: float
    journal: int
    result: int

    @property
    def total(self) -> int:
        """Bytes of both."""
        return self.journal + self.result


def unfinished(runs: Iterable[Run]) -> list[Run]:
    """The runs that will predict something, or write their result.

    Raises:
        JournalError: a journal is damaged.
    """
    return [run for run in runs if run.overwrite or not _is_finished(run)]


def check_room(runs: Sequence[Run]) -> None:
    """Refuse runs that would stop for lack of room. Nothing is written.

    Args:
        runs: those that are not finished.

    Raises:
        NoRoomError: a folder cannot be written, or the disk is too full.
        OptionsError: memory will not do. Either error lists every fault with the figures.
    """
    of_disk, of_memory = [*_unwritable(runs), *_full(runs)], list(_memory(runs))
    if of_disk:
        raise NoRoomError(dict.fromkeys((*of_disk, *of_memory)))
    if of_memory:
        raise OptionsError(dict.fromkeys(of_memory))


def need_of(run: Run, recorded: Recorded | None) -> Need:
    """What a run will write.

    Args:
        run: the run.
        recorded: what its journal says; ``None`` if there is none.
    """
    done = sum(recorded.progress.values()) if recorded else 0
    animals = recorded.instances / done if recorded and done else float(_expected(run))
    total, parts = len(run.selection), len(run.predictor.pipeline.skeleton.parts)
    tracked = run.predictor.tracking is not None
    return need_of_frames(total, done, animals, parts, step=_step(run), is_tracked=tracked)


def need_of_frames(
    total: int, done: int, animals: float, parts: int, *, step: int, is_tracked: bool
) -> Need:
    """What is written of so many frames.

    Args:
        total: all frames.
        done: how many are in the journal.
        animals: how many are expected in each.
        parts: of an animal.
        step: frames that are appended to the journal at a time.
        is_tracked: whether the journal has a tracker's state with each of them.
    """
    left = total - done
    batches = -(-left // step)
    state = _REMEMBERED * animals * parts * 24 if is_tracked else 0
    return Need(
        frames=left,
        animals=animals,
        journal=int(left * (16 + animals * (12 * parts + 12))) + int(batches * (_RECORD + state)),
        result=bytes_of_tables(total, int(animals * total), parts) + _REST,
    )


def _is_finished(run: Run) -> bool:
    recorded = recorded_beside(run.output, is_needed=True)
    return recorded is not None and recorded.report is not None and run.output.exists()


def _expected(run: Run) -> int:
    pipeline = run.predictor.pipeline
    if pipeline.predictor == "SingleInstancePredictor":
        return 1
    most = run.predictor.options.max_instances or ANIMALS
    return len(pipeline.class_names) or min(most, ANIMALS)


def _existing(folder: Path) -> Path:
    """The folder, or the one in which the run makes it."""
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())


def _unwritable(runs: Iterable[Run]) -> Iterator[Fault]:
    """Try each folder with the longest name that the run will write there."""
    for run in runs:
        folder = _existing(run.output.parent)
        probe = folder / f"{partial_of(run.output).name}.{os.urandom(4).hex()}.part"
        try:
            probe.touch(exist_ok=False)
            probe.unlink()
        except OSError as error:
            what = f"must be in a folder that Poise can write, got {run.output}: {error.strerror}"
            yield Fault(f"{what}; name another output", argument_path("output"))


def _full(runs: Iterable[Run]) -> Iterator[Fault]:
    needs: dict[int, list[Need]] = defaultdict(list)
    folders: dict[int, Path] = {}
    for run in runs:
        folder = _existing(run.output.parent)
        disk = folder.stat().st_dev
        folders[disk] = folder
        needs[disk].append(need_of(run, recorded_beside(run.output)))
    for disk, folder in folders.items():
        free = shutil.disk_usage(folder).free
        if sum(need.total for need in needs[disk]) > free:
            yield Fault(_too_full(folder, needs[disk], free), argument_path("output"))


def _too_full(folder: Path, needs: Sequence[Need], free: int) -> str:
    journal, result = sum(n.journal for n in needs), sum(n.result for n in needs)
    frames = sum(need.frames for need in needs)
    animals = max(need.animals for need in needs)
    each = f"{animals:.3g} {'animal' if animals == 1 else 'animals'} each"
    of_frames = f"{counted(frames, 'frame')} with {each}"
    return (
        f"must have room for {sized(journal + result)}, got {sized(free)} in {folder}: "
        f"{sized(journal)} for the journal and {sized(result)} for the result of {of_frames}; "
        "make room, or name another output"
    )


def _memory(runs: Iterable[Run]) -> Iterator[Fault]:
    available = psutil.virtual_memory().available
    for run in runs:
        batch, need = run.predictor.options.batch_size, bytes_of_frames(run)
        if need > available:
            height, width = run.selection.largest
            what = (
                f"must leave memory for frames of {height} × {width} pixels, got {batch}: batches "
                f"that are read ahead take {sized(need)}, and {sized(available)} are free"
            )
            yield Fault(f"{what}; choose smaller batches", argument_path("batch_size"))


def bytes_of_frames(run: Run) -> int:
    """Memory that frames take, at least: batches that wait, and one as numbers of 4 bytes."""
    size, channels = _largest(run.selection), run.predictor.pipeline.channels
    batch = _step(run) * size * channels
    return batch * (AHEAD + 2) + 4 * batch


def _step(run: Run) -> int:
    predictor = run.predictor
    return frames_of_step(predictor.pipeline, run.selection.largest, predictor.options.batch_size)


def _largest(selection: Selection) -> int:
    height, width = selection.largest
    return height * width


def sized(count: float) -> str:
    """Bytes for people: ``3.2 MB``."""
    for unit in ("kB", "MB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} GB"
