"""From a command line of ``sleap-export`` to that of ``poise export`` which stands for it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import attrs

from poise.errors import Fault
from poise_workflows.pipelines.members import Member
from poise_workflows.prediction.options import OptionsError
from poise_workflows.sleap_commands.export_frames import labels_of
from poise_workflows.sleap_commands.export_sizes import frames_of
from poise_workflows.sleap_commands.track_models import TOP_DOWN, Chosen, choose_models

STAGES = ("image", "centroid", "crop")
"""The order in which a frame passes the models."""

ALWAYS = ("--format", "frozen_graph", "--points")
"""What SLEAP's exports are, in options of Poise."""


@attrs.frozen(kw_only=True)
class ExportPlan:
    """What is to be done.

    Attributes:
        command: the command line of Poise, without ``poise``.
        notes: what is ignored, a sentence each.
    """

    command: tuple[str, ...]
    notes: tuple[str, ...] = ()


def plan(options: Any) -> ExportPlan:
    """Plan an export.

    Args:
        options: what the parser read.

    Raises:
        OptionsError: it asks for what neither SLEAP nor Poise does.
    """
    faults = list(_faults(options))
    if faults:
        raise OptionsError(faults)
    chosen = choose_models(options.models)
    notes = [*chosen.notes]
    words = ["export", *chosen.models, *ALWAYS]
    words += [*_limit(options.max_instances, chosen, notes), *_image(chosen), *_frames(chosen)]
    return ExportPlan(command=(*words, "-o", options.export_path, "--renew"), notes=tuple(notes))


def _faults(options: Any) -> Iterator[Fault]:
    if not options.models:
        yield Fault("must name a model folder, got none; pass -m MODEL", "--model")
    if options.ragged:
        why = "the arrays of Poise's graph have fixed shapes, with NaN where there is no animal"
        yield Fault(f"must be left out, got -r; {why}", "--ragged")
    if options.max_instances is not None and options.max_instances < 1:
        what = "must be a whole number from 1"
        yield Fault(f"{what}, got {options.max_instances}", "--max_instances")


def _limit(value: int | None, chosen: Chosen, notes: list[str]) -> list[str]:
    """How many animals a frame may have; of SLEAP's graphs, only those of top-down have a limit."""
    if value is None:
        return []
    if chosen.predictor and TOP_DOWN not in chosen.predictor:
        why = f"as in SLEAP: the models are {chosen.predictor}"
    elif chosen.members and {member.stage for member in chosen.members} == {"crop"}:
        why = "a crop has one animal"
    else:
        return ["--max-instances", str(value)]
    notes.append(f"--max_instances is ignored, {why}")
    return []


def _image(chosen: Chosen) -> list[str]:
    """The size of the frames, where Poise does not know it and SLEAP's files do.

    Raises:
        OptionsError: they do not know it either.
    """
    if not chosen.members:
        return []
    first = _first(chosen)
    if first.stage == "crop" or None not in first.reading.image[:2]:
        return []  # that of its crops, or of its images
    size = frames_of(first.reading)
    if size is not None:
        return ["--image", ",".join(map(str, size))]
    what = "must be a folder whose best_model.h5 has the size of the frames"
    call = shlex.join(["poise", "export", *chosen.models, *ALWAYS])
    fix = f"run {call} --image HEIGHT,WIDTH -o OUT"
    raise OptionsError([Fault(f"{what}, got {first.path}; {fix}", "--model")])


def _frames(chosen: Chosen) -> list[str]:
    """Labels of the training, whose frames prove more than made-up ones.

    Not for crops: of a frame, the proof would take the middle.
    """
    if not chosen.members or _first(chosen).stage == "crop":
        return []
    labels = labels_of(_first(chosen).path)
    return [] if labels is None else ["--frames", str(labels)]


def _first(chosen: Chosen) -> Member:
    """The model that sees the frames."""
    return min(chosen.members, key=lambda member: STAGES.index(member.stage))
