"""Tell the files that SLEAP wrote from all others, by what they carry (D64)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise.config.data import EDITION, has_form_of_sleap, is_edition
from poise.errors import ConfigError, Fault
from poise.messages import suggestion
from poise.sleap.locate import Located
from poise.sleap.migration_report import Note, shown
from poise.wire.structure import json_repr

KEPT_TEXTS = ("name", "description", "filename")
"""The texts of a job that say nothing about its model; ``sections`` keeps them."""

TEXTS = ("name", "description", "sleap_version", "filename")
SECTIONS = ("data", "model", "optimization", "outputs")
JOB = (*SECTIONS, *TEXTS)
"""The keys of a training job."""

_WRITTEN_BY_SLEAP = ("data", "optimization", "outputs", "sleap_version")
"""The keys of a training job that nobody writes around a model alone."""

MISPLACED = "unknown key; the edition of a model is set in its section, as model.edition"


def is_of_sleap(data: Any) -> bool:
    """Whether SLEAP wrote a file, by what it carries.

    SLEAP writes a job with its sections and its version; a name or a description may be of
    anyone. A model alone is in its form if it has every key of SLEAP's one-of objects, and no
    edition, which only Poise writes.

    Args:
        data: plain data of the file.
    """
    if not isinstance(data, Mapping):
        return False
    if any(key in data for key in _WRITTEN_BY_SLEAP):
        return True
    model = data.get("model", data)
    return has_form_of_sleap(model) and EDITION not in model


def model_of(located: Located, data: Mapping[str, Any]) -> Any:
    """The model object of a file that SLEAP did not write.

    Raises:
        ConfigError: beside ``model`` the file has other keys than texts.
    """
    if "model" not in data:
        return data
    faults = [
        Fault(MISPLACED if is_edition(key) else f"unknown key; {suggestion(key, JOB)}", str(key))
        for key in data
        if key != "model" and key not in KEPT_TEXTS
    ]
    faults += [
        Fault(f"must be a string, got {json_repr(data[key])}", key)
        for key in KEPT_TEXTS
        if not isinstance(data.get(key), str | None)
    ]
    if faults:
        raise ConfigError(faults, str(located.path))
    return data["model"]


def text_notes(texts: Mapping[str, Any]) -> list[Note]:
    """A note on every text of a file that a model does not have."""
    return [
        Note("not_carried_over", key, f"{shown(texts[key])}; kept in sections.{key}")
        for key in KEPT_TEXTS
        if texts.get(key)
    ]
