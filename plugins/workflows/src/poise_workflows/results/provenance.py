"""What a result says of its origin: SLEAP's fields, and Poise's own."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

import poise


@attrs.frozen(kw_only=True)
class Origin:
    """Where a result comes from.

    Attributes:
        model_paths: the configurations of the models.
        predictor: the name of SLEAP's class that does the same, such as
            ``BottomUpPredictor``.
        command: the command line, argument by argument; empty for a call in Python.
        data_path: the source, as it was given.
        output_path: the result, as it was asked for.
        options: all options with their values, as JSON.
        started: when the run began; of one that went on, when it began first.
        finished: when it ended.
        details: what only Poise says: models with their checksums, reader, device, report.
    """

    model_paths: Sequence[str]
    predictor: str
    command: Sequence[str]
    data_path: str
    output_path: str
    options: Mapping[str, Any]
    started: datetime
    finished: datetime
    details: Mapping[str, Any] = attrs.field(factory=dict)


def provenance_of(origin: Origin) -> dict[str, Any]:
    """The provenance of a ``.slp`` file, as JSON.

    SLEAP's fields have SLEAP's names. ``sleap_version`` names the program that wrote the file,
    which is Poise. What only Poise says is under ``poise``.
    """
    return {
        "model_paths": list(origin.model_paths),
        "predictor": origin.predictor,
        "sleap_version": f"Poise {poise.__version__}",
        "platform": platform.platform(),
        "command": shlex.join(origin.command),
        "data_path": origin.data_path,
        "output_path": origin.output_path,
        "total_elapsed": (origin.finished - origin.started).total_seconds(),
        "start_timestamp": str(origin.started),
        "finish_timestamp": str(origin.finished),
        "args": dict(origin.options),
        "poise": {"version": poise.__version__, **origin.details},
    }
