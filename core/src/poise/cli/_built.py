"""What ``poise build`` says of a model that it built. Imports Keras."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import attrs

from poise.building.record import BuildRecord, record_of
from poise.cli import _output
from poise.cli._preparing import lines_of
from poise.cli._summary import output_rows, part_rows, print_summary
from poise.reading import Built, Reading
from poise.sleap import MigrationReport
from poise.wire.structure import unstructure


@attrs.frozen(kw_only=True)
class Told:
    """A built model and where it comes from.

    Attributes:
        file: what the user named.
        reading: what was read there.
        built: the model.
        size_from: where the size of images comes from, in brackets; empty if the user gave it.
        saved: the folder that the model was saved in.
    """

    file: Path
    reading: Reading
    built: Built
    size_from: str
    saved: Path | None

    @property
    def record(self) -> BuildRecord:
        """How the model was built."""
        record = record_of(self.built.model)
        assert record is not None
        return record

    @property
    def migration(self) -> MigrationReport:
        """What reading changed, assumed or left out, as far as it is still so."""
        edition, read = self.record.config.edition, self.reading
        return MigrationReport(
            note for note in read.report if note.kind != "edition" or edition == read.config.edition
        )

    def say(self, verbose: bool) -> None:
        """Write it for people."""
        record, report = self.record, self.built.report
        shown = " × ".join("any" if size is None else str(size) for size in record.image)
        _output.heading(f"{self.file}: {self.built.model.name}, edition {record.config.edition}")
        facts = [
            ["read from", str(self.reading.source)],
            ["image", f"{shown}{self.size_from}"],
            ["weights", str(report).splitlines()[0] if report else "none, freshly initialized"],
        ]
        facts += [["report", text] for text in _output.counted_notes(self._count(), verbose)]
        _output.rows(facts, "  ")
        print_summary(self.built.model)
        _print_section("Images are prepared with", lines_of(record.job.prepared()))
        if verbose:
            _print_section("Decided", record.resolution.notes)
            _print_section("Reading", str(self.migration).splitlines() if self.migration else ())
        if report is not None and (verbose or report.not_finite):
            _print_section("Weights", dedent("\n".join(self._further())).splitlines())
        if self.saved is not None:
            _output.say()
            _output.say(f"saved in {self.saved}")

    def _count(self) -> int:
        return len(self.record.resolution.notes) + len(self.migration) + len(self._further())

    def _further(self) -> list[str]:
        """What is said of the weights beside how many matched."""
        return str(self.built.report or "").splitlines()[1:]

    def as_data(self) -> dict[str, Any]:
        """The same for programs."""
        record, model = self.record, self.built.model
        return {
            "file": str(self.file),
            "source": str(self.reading.source),
            "model": model.name,
            "edition": record.config.edition,
            "image": list(record.image),
            "weights": None if self.built.weights is None else str(self.built.weights),
            "parameters": model.count_params(),
            "parts": _as_objects(
                ["part", "layers", "with_weights", "stride", "parameters"], part_rows(model)
            ),
            "outputs": _as_objects(
                ["output", "layer", "shape", "stride", "channels", "loss", "weight"],
                output_rows(model),
            ),
            "prepared": unstructure(record.job.prepared()),
            "notes": list(record.resolution.notes),
            "report": self.migration.as_dict(),
            "weights_report": str(self.built.report or ""),
            "saved": None if self.saved is None else str(self.saved),
        }


def _as_objects(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def _print_section(title: str, lines: Sequence[str]) -> None:
    if lines:
        _output.say()
        _output.heading(title)
        for line in lines:
            _output.say(f"  {line}")
