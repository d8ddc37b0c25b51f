"""Which options of an evaluation are refused, all faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from poise.editions import EDITIONS
from poise.errors import Fault
from poise.messages import argument_path, join_names, short_repr
from poise_workflows.evaluation.errors import EvaluationError
from poise_workflows.evaluation.metric_files import SUFFIXES

DEFAULTS: Mapping[str, Any] = {
    "user_labels_only": True,
    "oks_stddev": 0.025,
    "oks_scale": None,
    "match_threshold": 0.0,
}
"""What decides which animals match, as of ``evaluate``."""


def check_options(edition: str, options: Mapping[str, Any], output: Path | None) -> None:
    """Refuse options that are out of their domain.

    Args:
        edition: of the metrics.
        options: those of ``DEFAULTS``.
        output: where the metrics go.

    Raises:
        EvaluationError: something is; lists every fault.
    """
    faults = [*_option_faults(edition, options), *_output_faults(output)]
    if faults:
        raise EvaluationError(faults)


def _option_faults(edition: str, options: Mapping[str, Any]) -> Iterator[Fault]:
    if edition not in EDITIONS:
        what = f"must be one of {join_names(EDITIONS)}, got {short_repr(edition)}"
        yield Fault(what, argument_path("edition"))
    for name in ("user_labels_only", "including_training_frames"):
        if not isinstance(options.get(name, False), bool):
            what = f"must be True or False, got {short_repr(options[name])}"
            yield Fault(what, argument_path(name))
    for name in ("oks_stddev", "oks_scale"):
        value = options[name]
        if not (name == "oks_scale" and value is None) and not _is_number(value, above=0):
            yield Fault(f"must be a number above 0, got {short_repr(value)}", argument_path(name))
    value = options["match_threshold"]
    if not (_is_number(value) and 0 <= value < 1):
        what = f"must be a number from 0 to below 1, got {short_repr(value)}"
        yield Fault(what, argument_path("match_threshold"))


def _is_number(value: Any, above: float = float("-inf")) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and above < value < float("inf")


def _output_faults(output: Path | None) -> Iterator[Fault]:
    if output is None:
        return
    where = argument_path("output")
    if output.suffix not in SUFFIXES:
        yield Fault(f"must end in {' or '.join(SUFFIXES)}, got {output}", where)
    if not output.parent.is_dir():
        fix = f"make the folder {output.parent}"
        yield Fault(f"must be in a folder that is there, got {output}; {fix}", where)
