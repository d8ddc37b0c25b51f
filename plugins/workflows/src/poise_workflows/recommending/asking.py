"""What is asked for: bounds, files and numbers, and what is wrong with them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, argument_path, short_repr
from poise.scalars import is_integer, is_number
from poise_workflows.prediction.options import OptionsError
from poise_workflows.recommending.amounts import bytes_of

SUFFIXES = (".json", ".yaml", ".yml")

FASTEST = 1e6
"""Frames a second that nothing reaches: whoever asks for more has mistaken the unit."""


@attrs.frozen(kw_only=True)
class Budget:
    """The bounds.

    Attributes:
        memory: the most bytes that training, and prediction, may take at a time; ``None`` for any.
        fps: the least frames a second of prediction; ``None`` for any.
    """

    memory: int | None
    fps: float | None


@attrs.frozen(kw_only=True)
class Question:
    """What is asked for.

    Attributes:
        budget: the bounds.
        labels: the file of labels.
        batch_size: images of a batch; ``None`` for those of the profile and of ``predict``.
        output: the file to write; ``None`` for none.
        seed: decides every draw.
        limit: how many networks are built at most.
        measured: how many of the best are measured.
    """

    budget: Budget
    labels: Path
    batch_size: int | None
    output: Path | None
    seed: int
    limit: int
    measured: int


def question_of(profile: Any, values: Mapping[str, Any], *, overwrite: bool) -> Question:
    """What is asked for, checked.

    Args:
        profile: as of ``recommend``.
        values: the arguments of ``recommend`` of these names.
        overwrite: whether a file at ``output`` may be kept under another name.

    Raises:
        OptionsError: a value is out of its domain; lists all faults.
    """
    faults = [
        *_faults_of_profile(profile),
        *_faults_of_budget(values["memory"], values["fps"]),
        *_faults_of_labels(values["labels"]),
        *_faults_of_numbers(values),
        *_faults_of_output(values["output"], overwrite=overwrite),
    ]
    if faults:
        raise OptionsError(faults)
    memory, output = values["memory"], values["output"]
    return Question(
        budget=Budget(
            memory=None if memory is None else bytes_of(memory),
            fps=None if values["fps"] is None else float(values["fps"]),
        ),
        labels=Path(values["labels"]),
        batch_size=values["batch_size"],
        output=None if output is None else Path(output),
        seed=values["seed"],
        limit=values["limit"],
        measured=values["measured"],
    )


def _faults_of_profile(profile: Any) -> Iterator[Fault]:
    if not isinstance(profile, str | os.PathLike):
        what = f"must be a file or the name of a profile, got {short_repr(profile)}"
        yield Fault(what, argument_path("profile"))


def _faults_of_budget(memory: Any, fps: Any) -> Iterator[Fault]:
    if memory is None and fps is None:
        what = f"must be a bound, got neither {argument_path('memory')} nor {argument_path('fps')}"
        fix = f"pass {argument('memory', value=repr('4GiB'), option_value='4GiB')}, or "
        fix += argument("fps", value="60", option_value="60")
        yield Fault(f"{what}; {fix}", argument_path("memory"))
    if memory is not None:
        try:
            bytes_of(memory)
        except ValueError as error:
            yield Fault(str(error), argument_path("memory"))
    if fps is not None and not (is_number(fps) and 0 < fps <= FASTEST and math.isfinite(fps)):
        what = f"must be a number of frames a second above 0 and up to {FASTEST:,.0f}"
        yield Fault(f"{what}, got {short_repr(fps)}", argument_path("fps"))


def _faults_of_labels(labels: Any) -> Iterator[Fault]:
    where = argument_path("labels")
    if labels is None:
        what = "must be a file of labels, got none; sizes of animals and of frames are read there"
        yield Fault(what, where)
    elif not isinstance(labels, str | os.PathLike):
        yield Fault(f"must be the path of a file of labels, got {type(labels).__name__}", where)
    elif not Path(labels).exists():
        what = f"must be a file of labels, got {os.fspath(labels)}, which does not exist"
        yield Fault(what, where)


_LEAST = {"batch_size": 1, "seed": 0, "limit": 1, "measured": 0}


def _faults_of_numbers(values: Mapping[str, Any]) -> Iterator[Fault]:
    for name, least in _LEAST.items():
        value = values[name]
        if name == "batch_size" and value is None:
            continue
        if not is_integer(value) or value < least:
            what = f"must be a whole number from {least}, got {short_repr(value)}"
            yield Fault(what, argument_path(name))


def _faults_of_output(output: Any, *, overwrite: bool) -> Iterator[Fault]:
    where = argument_path("output")
    if output is None:
        return
    if not isinstance(output, str | os.PathLike):
        yield Fault(f"must be the path of a new file, got {short_repr(output)}", where)
        return
    path = Path(output)
    if path.suffix.lower() not in SUFFIXES:
        yield Fault(f"must end in .json or .yaml, got {path}", where)
    if path.is_dir():
        yield Fault(f"must be a file, got the folder {path}", where)
    elif not path.parent.is_dir():
        fix = f"make the folder {path.parent}"
        yield Fault(f"must be in a folder that is there, got {path}; {fix}", where)
    elif os.path.lexists(path) and not overwrite:
        fix = f"name another, or pass {argument('overwrite', value='True')} to keep it aside"
        yield Fault(f"must be free, got {path}; {fix}", where)
