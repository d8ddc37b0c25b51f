"""What ``poise predict`` says of its sources, and of what is wrong."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from poise.cli.commands import complain, say
from poise.errors import FaultsError
from poise.messages import counted
from poise_workflows.tracking.saying import lines_of_tracks

if TYPE_CHECKING:
    from poise_workflows.prediction.runs import Prediction


def listed(error: FaultsError) -> str:
    """The heading of an error, and each of its faults."""
    faults = "\n".join(f"  {line}" for fault in error.faults for line in str(fault).splitlines())
    return f"{error.heading or 'cannot predict'}:\n{faults}"


def show(result: Prediction, told: Container[str], *, is_json: bool) -> None:
    """Say what became of a source.

    Args:
        result: what became of it.
        told: notes that were said before its first frame was predicted.
        is_json: whether standard output is for programs.
    """
    report = result.report
    if not is_json:
        say(f"{'finished before' if result.was_finished else 'predicted'}  {result.output}")
        frames, animals = counted(report["frames"], "frame"), counted(report["instances"], "animal")
        say(f"  {frames}, {animals}, {report['empty']} empty")
        for file in result.files:
            say(f"  {'and':<10}{file}")
        for reason, count in report["missing"].items():
            say(f"  empty     {counted(count, 'frame')}: {reason}")
        for line in lines_of_tracks(report):
            say(line)
        for limit, count in report.get("dropped", {}).items():  # an old journal has none
            say(f"  dropped   {counted(count, 'animal')}: {limit}")
        for note in (note for note in _notes(report) if note not in told):
            say(f"  note      {note}")
    for remark in result.remarks:
        complain(remark)
    if result.failed:
        complain(f"{result.output}: {result.failed}")


def _notes(report: Any) -> list[str]:
    notes = list(report["notes"])
    if report["promised"]:
        frames = counted(report["promised"], "frame")
        notes.append(f"the container promises {frames} after the last one that it has")
    return notes
