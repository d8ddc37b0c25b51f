"""From the text of a SLEAP file to plain data, with notes on keys that appear twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from poise.errors import ConfigError, Fault
from poise.sleap.authorship import SECTIONS, TEXTS
from poise.sleap.locate import Located
from poise.sleap.migration_report import Note
from poise.wire.plain import UNIQUE, settle_repeated
from poise.wire.text import read_json

_DEFAULTED = ("data.preprocessing", "data.instance_cropping")
"""Sections that prepare images; without them a job has SLEAP's defaults."""

_OF_SKELETON = ("data", "data.labels", "data.labels.skeletons")
"""Without one of them a job has no skeleton."""


def is_job(data: Mapping[str, Any]) -> bool:
    """Whether the plain data of a file is a training job, not a model section alone."""
    return any(key in data for key in SECTIONS)


def parsed(located: Located) -> tuple[Located, Any]:
    """A located file, with notes on keys that appear twice, and its plain data.

    Raises:
        ConfigError: the text is not valid JSON, or a key that describes the model appears
            twice; the heading is the file's name.
    """
    twice: list[str] = []

    def settle(data: Any) -> None:
        if isinstance(data, dict) and is_job(data):
            twice.extend(settle_repeated(data, _builds_nothing))

    try:
        data = read_json(located.content, comments=True, settle=settle)
    except ConfigError as error:
        raise ConfigError(map(with_way_out, error.faults), str(located.path)) from None
    what = "appears twice; the last value is read"
    notes = [Note("not_carried_over", path, what) for path in twice]
    return attrs.evolve(located, notes=(*located.notes, *notes)), data


def with_way_out(fault: Fault) -> Fault:
    """The same fault; if building does not need the value, with what to do to read the rest."""
    key = fault.path.partition("[")[0]
    section = key.partition(".")[0]
    if section == "model" or section not in (*SECTIONS, *TEXTS):
        return fault
    if fault.what.startswith(UNIQUE):  # deleting one of the two is enough
        return fault
    is_default = key == "data" or key.startswith(_DEFAULTED)
    purpose = "to take SLEAP's default" if is_default else "to leave it out"
    if key in _OF_SKELETON:
        purpose += ", and name the parts yourself if the head does not"
    way_out = f"building does not need it: delete {key} from the file {purpose}"
    first, newline, rest = fault.what.partition("\n")
    return Fault(f"{first}; {way_out}{newline}{rest}", fault.path)


def _builds_nothing(path: str) -> bool:
    """Whether no value at this path of a job describes the model or its images."""
    section, _, field = path.partition(".")
    if section == "data":
        inside, _, name = field.partition(".")
        return inside == "labels" and bool(name) and not name.startswith("skeletons")
    return section != "model"
