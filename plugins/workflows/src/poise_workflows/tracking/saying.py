"""What a command says of tracks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from poise.messages import counted


def lines_of_tracks(report: Mapping[str, Any]) -> Iterator[str]:
    """Lines of a report: how many tracks there are, and how many animals have none."""
    if not report.get("tracking"):  # an old journal says nothing of it
        return
    yield f"  {'tracks':<10}{report['tracks']}"
    if report["untracked"]:
        yield f"  {'untracked':<10}{counted(report['untracked'], 'animal')} in the file"
