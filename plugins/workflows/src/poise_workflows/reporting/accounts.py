"""What the files of a run say, for its page. One that is missing or damaged leaves a gap."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from poise.errors import PoiseError
from poise.files import read_text_of
from poise.messages import first_line
from poise_workflows.evaluation.errors import EvaluationError
from poise_workflows.evaluation.metric_files import read_metrics
from poise_workflows.reporting.figures import Metrics
from poise_workflows.reporting.record_files import read_kept
from poise_workflows.reporting.records import Kept

METRICS = "metrics.json"
_MOST = 1 << 28


@attrs.frozen(kw_only=True)
class Account:
    """All that a page tells.

    Attributes:
        name: of the run.
        rows: what was logged of each epoch; ``epoch`` is counted from 0.
        status: how far the run is.
        report: what people should know of data, network and device.
        split: which frames are in which set.
        config: what is trained.
        request: what was asked for.
        kept: pictures and errors of epochs.
        metrics: what was measured at the end; ``None`` if nothing was.
        metrics_note: why they cannot be read; empty if they can, or are not there.
    """

    name: str
    rows: Sequence[Mapping[str, float]]
    status: Mapping[str, Any]
    report: Mapping[str, Any]
    split: Mapping[str, Any]
    config: Mapping[str, Any]
    request: Mapping[str, Any]
    kept: Kept
    metrics: Metrics | None
    metrics_note: str

    @property
    def best(self) -> tuple[int, float | None]:
        """The epoch with the least validation loss, counted from 1, and that loss."""
        losses = [
            (row["val_loss"], int(row["epoch"]) + 1)
            for row in self.rows
            if row.get("val_loss", float("nan")) == row.get("val_loss")
        ]
        return (min(losses)[1], min(losses)[0]) if losses else (0, None)


def read_account(
    run: Path, rows: Sequence[Mapping[str, float]] | None = None, kept: Kept | None = None
) -> Account:
    """Read what a page tells of a run.

    Args:
        run: its folder.
        rows: the log; by default that of the folder, which lacks an epoch that is not kept yet.
        kept: pictures and errors; by default those of the folder.
    """
    log = _log_of(run / "log.csv") if rows is None else rows
    metrics, note = _metrics(run / METRICS)
    return Account(
        name=run.absolute().name,
        rows=log,
        status=_json(run / "status.json"),
        report=_json(run / "report.json"),
        split=_json(run / "split.json"),
        config=_json(run / "config.json"),
        request=_json(run / "request.json"),
        kept=read_kept(run, len(log)) if kept is None else kept,
        metrics=metrics,
        metrics_note=note,
    )


def _json(path: Path) -> Mapping[str, Any]:
    with suppress(OSError, ValueError, RecursionError, PoiseError):
        data = json.loads(read_text_of(path, _MOST))
        if isinstance(data, Mapping):
            return data
    return {}


def _log_of(path: Path) -> list[dict[str, float]]:
    try:
        text = read_text_of(path, _MOST).decode("utf-8")
        rows = csv.DictReader(io.StringIO(text))
        return [{name: float(value) for name, value in row.items() if value} for row in rows]
    except (OSError, ValueError, TypeError, PoiseError):
        return []


def _metrics(path: Path) -> tuple[Metrics | None, str]:
    if not path.is_file():
        return None, ""
    try:
        figures = read_metrics(path)
    except EvaluationError as error:
        return None, f"They cannot be shown: {first_line(error)}"
    said = _json(path)
    return (
        Metrics(
            figures=figures,
            meanings={name: str(each.get("meaning", "")) for name, each in said["metrics"].items()},
            parts=said.get("parts") or {},
            animals=said.get("animals") or {},
            notes=said.get("notes") or (),
        ),
        "",
    )
