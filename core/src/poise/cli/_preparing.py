"""How images are prepared for a model, as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise.sleap.migration_report import shown


def lines_of(prepared: Mapping[str, Any]) -> list[str]:
    """Lines of ``JobRecord.prepared()``: dotted path in the job, and value."""
    return [f"{path} = {shown(value)}" for path, value in prepared.items()]
