"""Tell the files that SLEAP wrote from all others, by what they carry (D64)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise.config.data import EDITION, has_form_of_sleap, is_edition
from poise.errors import ConfigError, Fault
from poise.messages import suggestion
from poise.sleap.locate import Located

TEXTS = ("name", "description", "sleap_version", "filename")
SECTIONS = ("data", "model", "optimization", "outputs")
JOB = (*SECTIONS, *TEXTS)
"""The keys of a training job."""

MISPLACED = "unknown key; the edition of a model is set in its section, as model.edition"


def is_of_sleap(data: Any) -> bool:
    """Whether SLEAP wrote a file, by what it carries.

    SLEAP writes a job with its sections. A model alone is in its form if it has every key of
    SLEAP's one-of objects, and no edition, which only Poise writes.

    Args:
        data: plain data of the file.
    """
    if not isinstance(data, Mapping) or any(key in data for key in JOB if key != "model"):
        return isinstance(data, Mapping)
    model = data.get("model", data)
    return has_form_of_sleap(model) and EDITION not in model


def model_of(located: Located, data: Mapping[str, Any]) -> Any:
    """The model object of a file that SLEAP did not write.

    Raises:
        ConfigError: beside ``model`` the file has other keys.
    """
    if "model" not in data:
        return data
    faults = [
        Fault(MISPLACED if is_edition(key) else f"unknown key; {suggestion(key, JOB)}", str(key))
        for key in data
        if key != "model"
    ]
    if faults:
        raise ConfigError(faults, str(located.path))
    return data["model"]
