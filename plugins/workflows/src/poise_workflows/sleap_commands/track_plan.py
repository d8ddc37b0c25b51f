"""From a command line of ``sleap-track`` to those of Poise that stand for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise_workflows.prediction.options import OptionsError
from poise_workflows.sleap_commands.parsing import ignored_by
from poise_workflows.sleap_commands.track_devices import device_of
from poise_workflows.sleap_commands.track_models import Chosen, choose_models
from poise_workflows.sleap_commands.track_parser import OLD, parser
from poise_workflows.sleap_commands.track_sources import Part, Parts, is_labels, parts_of
from poise_workflows.sleap_commands.track_tracking import Tracking, tracking_of

RENEW = "--renew"
OVERWRITE = "--overwrite"
"""What keeps aside what SLEAP replaced: of `poise predict`, and of `poise track`."""


@attrs.frozen(kw_only=True)
class Plan:
    """What is to be done.

    Attributes:
        commands: command lines of Poise, each without ``poise``.
        folder: that is to be made for the results; ``None`` if none is.
        notes: options that are ignored, a sentence each; for the report, too.
        missing: what was asked for and is not there, a sentence each.
    """

    commands: tuple[tuple[str, ...], ...]
    folder: Path | None = None
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def plan(arguments: Sequence[str]) -> Plan:
    """Plan a command line of SLEAP's ``sleap-track``.

    Raises:
        SystemExit: its parser refuses it.
        OptionsError: it asks for what neither SLEAP nor Poise does.
    """
    grammar = parser()
    options, unknown = grammar.parse_known_args(arguments)
    notes = ignored_by(grammar, unknown)
    tracking = tracking_of(options)
    if not options.models:
        return _retracking(options, tracking, notes)
    models = choose_models(options.models)
    parts = parts_of(options)
    device, said = device_of(options)
    words = [*_decoding(options, models, notes), *_running(options, device)]
    if tracking.tracker and models.heeds("tracking"):
        words += tracking.words()
    elif tracking.tracker:
        notes.append(f"--tracking.* is ignored, as in SLEAP: the models are {models.predictor}")
    commands = [_predicting(part, parts, models, options, words) for part in parts.parts]
    return Plan(
        commands=tuple(commands),
        folder=_folder(options, parts),
        notes=tuple(filter(None, [*notes, *models.notes, *tracking.notes, said, *parts.notes])),
        missing=tuple(parts.missing),
    )


def _predicting(
    part: Part, parts: Parts, models: Chosen, options: Any, words: Sequence[str]
) -> tuple[str, ...]:
    output = options.output or (part.output and str(part.output))
    of_models = [word for model in models.models for word in ("-m", model)]
    to = ["-o", output] if output else []
    return "predict", *part.sources, *of_models, *to, *part.options, *words, RENEW


def _decoding(options: Any, models: Chosen, notes: list[str]) -> list[str]:
    words = []
    for name in ("batch_size", "peak_threshold"):
        value = _old_or_new(options, name)
        if value is not None:
            words += [f"--{name}".replace("_", "-"), f"{value:g}"]
    for name in ("max_instances", "max_edge_length_ratio", "dist_penalty_weight"):
        value = getattr(options, name)
        if value is None:
            continue
        if models.heeds(name):
            words += [f"--{name}".replace("_", "-"), f"{value:g}"]
        else:
            notes.append(f"--{name} is ignored, as in SLEAP: the models are {models.predictor}")
    return words


def _old_or_new(options: Any, name: str) -> Any:
    """The value of an option; its old names win, as in SLEAP.

    Raises:
        OptionsError: the old names have several values.
    """
    old = {key: getattr(options, key) for key in OLD if key.endswith(name) if hasattr(options, key)}
    values = {key: value for key, value in old.items() if value is not None}
    if len(set(values.values())) > 1:
        got = ", ".join(f"--{key} {value:g}" for key, value in values.items())
        raise OptionsError([Fault(f"must have one value, got {got}", f"--{name}")])
    return next(iter(values.values()), getattr(options, name))


def _running(options: Any, device: str) -> list[str]:
    words = [] if device == "auto" else ["--device", device]
    if options.no_empty_frames:
        words.append("--no-empty-frames")
    if options.verbosity:
        words += ["--progress", options.verbosity]
    if options.open_in_gui:
        words.append("--open-in-gui")
    return words


def _folder(options: Any, parts: Parts) -> Path | None:
    """The folder of the results: SLEAP made it for several of them."""
    if not options.output:
        return None
    output = Path(options.output)
    folder = output if parts.count > 1 and not output.suffix else output.parent
    return None if folder.is_dir() else folder


def _retracking(options: Any, tracking: Tracking, notes: Sequence[str]) -> Plan:
    path = options.labels or options.data_path
    if not tracking.tracker:
        what = "must be a model, or a tracker for the animals of a .slp file, got neither"
        fix = "pass -m MODEL to predict, or --tracking.tracker simple to track again"
        raise OptionsError([Fault(f"{what}; {fix}", "--model")])
    if not is_labels(path):
        what = f"must be a model for {path or 'a source'}, got none: only a .slp file is tracked"
        raise OptionsError([Fault(f"{what} again; pass -m MODEL", "--model")])
    output = options.output or f"{path}.{tracking.tracker}.slp"
    shown = ["--progress", options.verbosity] if options.verbosity else []
    words = "track", path, "-o", output, *tracking.words(), *shown, OVERWRITE
    folder = Path(output).parent
    return Plan(
        commands=(words,),
        folder=None if folder.is_dir() else folder,
        notes=(*notes, *tracking.notes),
    )
