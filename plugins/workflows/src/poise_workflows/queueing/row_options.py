"""Which options of ``poise predict`` may differ from video to video, and texts that mean them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import click

from poise.errors import Fault
from poise.messages import short_repr
from poise_workflows.tracking.texts import Texts

OF_A_VIDEO = (
    *("frames", "only_labeled", "only_suggested", "video_index", "dataset", "input_format"),
    *("color_matrix", "batch_size", "peak_threshold", "refinement", "max_instances"),
    *("max_edge_length_ratio", "dist_penalty_weight", "precision", "runtime", "track"),
    *("no_empty_frames", "format", "merge", "render", "strict", "allow_unreadable"),
)
"""Options that a list may give a video, by a column; and ``tracking.NAME`` of its tracker."""

TRACKING, PREFIX = "tracking", "tracking."

MAP = "map"
"""The option that is about a machine: workers on another one may have other path maps."""


@cache
def options_of_predict() -> Mapping[str, click.Option]:
    """The options of the command that a list may give, by their names."""
    from poise_workflows.prediction.command import command

    named = {option.name: option for option in command.params if isinstance(option, click.Option)}
    return {name: named[name] for name in OF_A_VIDEO}


def defaults() -> dict[str, Any]:
    """The options of a video of which nobody says anything."""
    values = {name: option.default for name, option in options_of_predict().items()}
    plain = {name: _default(values[name], options_of_predict()[name]) for name in values}
    return {**plain, TRACKING: None, MAP: None}


def _default(value: Any, option: click.Option) -> Any:
    """The default as a plain value: click has one of its own for none."""
    if option.is_flag:
        return value is True
    return value if isinstance(value, str | int | float) else None


def column_of(heading: str) -> str:
    """The option that a heading names: ``--batch-size``, ``batch size`` are ``batch_size``."""
    plain = heading.strip().lower().removeprefix("--")
    return plain.replace("-", "_").replace(" ", "_")


def value_of_text(name: str, text: str) -> Any:
    """The value of an option that a cell of a list has.

    Raises:
        ValueError: it means none; the message is the end of a fault.
    """
    option = options_of_predict()[name]
    kind = click.BOOL if option.is_flag else option.type
    try:
        return kind.convert(text, None, None)
    except click.BadParameter as error:
        raise ValueError(f"got {short_repr(text)}: {error.message.rstrip('.')}") from None


def options_of_cells(
    cells: Mapping[str, str], base: Mapping[str, Any], where: str, faults: list[Fault]
) -> dict[str, Any]:
    """The options that the cells of a line give, with what they leave to the others.

    Args:
        cells: column → text; those of options only. Empty ones give none.
        base: the options of all videos.
        where: the line, for faults.
        faults: gets what is wrong.
    """
    options: dict[str, Any] = {}
    of_tracker = {
        name.removeprefix(PREFIX): text for name, text in cells.items() if name.startswith(PREFIX)
    }
    for name, text in cells.items():
        if text and not name.startswith(PREFIX):
            try:
                options[name] = value_of_text(name, text)
            except ValueError as error:
                faults.append(Fault(f"must be a value of {name}, {error}", where))
    if any(of_tracker.values()):
        said = {name: text for name, text in of_tracker.items() if text}
        options[TRACKING] = {**_as_texts(base.get(TRACKING) or {}), **said}
    return options


def _as_texts(tracking: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in tracking.items()}


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "none" if value is None else str(value)


def for_predict(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a plan, which is JSON, as ``predict`` takes them."""
    tracking = options.get(TRACKING)
    if tracking and all(isinstance(value, str) for value in tracking.values()):
        return {**options, TRACKING: Texts(tracking)}
    return dict(options)


def plain(value: Any) -> Any:
    """A value of an option as JSON has it: numbers of frames as a list, paths as texts."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    return [plain(item) for item in value]
