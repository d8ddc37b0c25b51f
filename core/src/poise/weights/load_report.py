"""The report of one load of weights: it accounts for every array and every weight."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import attrs

from poise.messages import join_names, printable, shortened
from poise.weights.records import Shape

SHOWN = 6
"""How many items a line of the report names before it counts the rest."""


class Mismatch(NamedTuple):
    """A weight whose name matches but whose shape differs.

    Attributes:
        name: ``layer/role`` in the model.
        file: shape in the file.
        model: shape in the model.
    """

    name: str
    file: Shape
    model: Shape

    def __str__(self) -> str:
        return f"{self.name} {self.file} for {self.model}"


@attrs.frozen(kw_only=True)
class LoadReport:
    """Which arrays of a file matched which weights of a model.

    Names are ``layer/role``, preceded by the names of nested models.

    Attributes:
        source: path of the file.
        format: its layout, with the Keras version if the file states it.
        total: number of weights in the model.
        matched: weights of the model that the file has, in the right shape.
        missing: weights of the model that the file lacks.
        unexpected: weights of the file that the model lacks.
        mismatched: weights whose shapes differ, with both shapes.
        renamed: pairs ``(name in the file, name in the model)`` whose names differ only by
            convention, such as ``…Head_0`` in files before SLEAP 1.2.1.
        ignored: number of arrays that belong to no layer, by purpose.
        unlisted: arrays that lie in the file, but in no list of it, by their paths in the file,
            and links, which are not followed. Keras does not read them either.
        replaced: Lambda layers of the saved model, which are never run.
        not_finite: matched weights with NaN or infinite values.
        changed: matched weights of which the model's type cannot hold all numbers, and how many
            have become infinite, 0 or another number, as in
            ``conv/kernel (float64 to float32: 1 too large, 8 rounded)``.
        notes: anything else about the file, as sentences.
    """

    source: str
    format: str
    total: int
    matched: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    mismatched: tuple[Mismatch, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    ignored: Mapping[str, int] = attrs.field(factory=dict)
    unlisted: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    not_finite: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no weight is missing, unexpected or of another shape."""
        return not (self.missing or self.unexpected or self.mismatched)

    def warn_of_values(self, stacklevel: int = 3) -> None:
        """Warn of weights that are not finite, where the caller gets the model alone.

        Args:
            stacklevel: the frame that the warning names, as ``warnings.warn`` counts it.

        Warns:
            RuntimeWarning: lists the weights with NaN or infinite values.
        """
        if self.not_finite:
            names = join_names(map(shortened, self.not_finite), SHOWN)
            message = f"{self.source}: weights must be finite, got NaN or infinity in {names}"
            warnings.warn(printable(message), RuntimeWarning, stacklevel=stacklevel)

    def as_dict(self) -> dict[str, Any]:
        """The whole report as data that JSON can hold, with complete lists."""
        return {"ok": self.ok} | attrs.asdict(self, value_serializer=_plain)

    def __str__(self) -> str:
        met = self.total - len(self.missing) - len(self.mismatched)
        lines = [
            f"{self.source} ({self.format}): {met} of the model's {self.total} weights matched"
        ]
        lines += _line("missing in the file", self.missing)
        lines += _line("not in the model", self.unexpected)
        lines += _line("wrong shape (file for model)", self.mismatched)
        lines += _line("renamed", [f"{old} → {new}" for old, new in self.renamed])
        if self.ignored:
            counts = ", ".join(f"{count} of the {what}" for what, count in self.ignored.items())
            lines.append(f"  ignored: {counts}")
        lines += _line("in the file, but in no list of it", self.unlisted)
        lines += _line("Lambda layers, never run", self.replaced)
        lines += _line("NaN or infinite values", self.not_finite)
        lines += _line("changed by the model's types", self.changed)
        lines += [f"  {note}" for note in self.notes[:2]]
        if len(self.notes) > 2:
            lines.append(f"  … and {len(self.notes) - 2} more notes")
        return "\n".join(map(printable, lines))  # names come from the file


def _line(heading: str, items: Iterable[object]) -> list[str]:
    texts = [shortened(str(item)) for item in items]
    return [f"  {heading}: {len(texts)}: {join_names(texts, SHOWN)}"] if texts else []


def _plain(instance: Any, attribute: Any, value: Any) -> Any:
    if isinstance(value, Mismatch):
        return {"name": value.name, "file": list(value.file), "model": list(value.model)}
    if isinstance(value, tuple):
        return [_plain(None, None, item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
