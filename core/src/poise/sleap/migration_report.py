"""What Poise changed, assumed or left out in a SLEAP file: one note each, with its path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import attrs

from poise.messages import printable

Kind = Literal[
    "aliased",
    "coerced",
    "floored",
    "defaulted",
    "derived",
    "names",
    "unchecked",
    "converted",
    "not_carried_over",
    "version",
    "edition",
]

TITLES: dict[Kind, str] = {
    "aliased": "known by another name",
    "coerced": "written as another type",
    "floored": "floored to a power of two, as SLEAP did",
    "defaulted": "absent, so SLEAP's default",
    "derived": "taken from elsewhere, or decided",
    "names": "not names of the skeleton in the file",
    "unchecked": "needs a plugin that is not installed: kept as written, not checked",
    "converted": "converted, so that it means in this edition what it meant in the other",
    "not_carried_over": "not carried over into the model",
    "version": "depends on the SLEAP version that wrote the file",
    "edition": "where SLEAP 1.4 and its documentation differ for this model",
}
"""Kind of a note → its heading, in the order of the report."""


@attrs.frozen
class Note:
    """One thing that Poise changed, assumed or left out.

    Attributes:
        kind: its kind, a key of ``TITLES``.
        path: dotted path to the value in the file, as in ``model.backbone.unet.filters``;
            empty for the file as a whole.
        what: what Poise did, without a full stop.
    """

    kind: Kind = attrs.field(validator=attrs.validators.in_(TITLES))
    path: str
    what: str

    def under(self, parent: str) -> Note:
        """The same note, with its path prefixed by ``parent``."""
        separator = "" if not self.path or self.path.startswith("[") else "."
        return attrs.evolve(self, path=f"{parent}{separator}{self.path}")

    def __str__(self) -> str:
        text = f"{self.path}: {self.what}" if self.path else self.what
        return printable(text)  # names and values come from the file


def _as_tuple(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(notes)


@attrs.frozen
class MigrationReport:
    """Everything that Poise changed, assumed or left out in a SLEAP file.

    If a report has no entries, the file and the result say exactly the same. ``str(report)``
    is for people, ``as_dict()`` for programs.

    Attributes:
        entries: the notes, in the order of the file where possible.
    """

    entries: tuple[Note, ...] = attrs.field(default=(), converter=_as_tuple)

    def __iter__(self) -> Iterator[Note]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def of(self, kind: Kind) -> tuple[Note, ...]:
        """The notes of one kind, in order.

        Raises:
            KeyError: the kind is unknown.
        """
        if kind not in TITLES:
            raise KeyError(f"unknown kind {kind!r}; kinds: {', '.join(TITLES)}")
        return tuple(note for note in self.entries if note.kind == kind)

    @property
    def by_kind(self) -> dict[Kind, tuple[Note, ...]]:
        """Kind → its notes, without empty kinds, in the order of ``TITLES``."""
        return {kind: notes for kind in TITLES if (notes := self.of(kind))}

    def as_dict(self) -> dict[str, list[dict[str, str]]]:
        """Plain data: kind → list of ``{"path", "what"}``."""
        return {
            kind: [{"path": note.path, "what": note.what} for note in notes]
            for kind, notes in self.by_kind.items()
        }

    def __str__(self) -> str:
        """One heading per kind; the absent fields of a section share a line."""
        if not self.entries:
            return "nothing changed, nothing left out"
        lines: list[str] = []
        for kind, notes in self.by_kind.items():
            lines.append(f"{kind.replace('_', ' ')} ({len(notes)}): {TITLES[kind]}")
            shown = _grouped(notes) if kind == "defaulted" else map(str, notes)
            lines += [f"  {line}" for line in shown]
        return "\n".join(lines)


def _grouped(notes: Iterable[Note]) -> list[str]:
    """One line for all absent fields of a section, because older files lack many."""
    sections: dict[str, list[str]] = {}
    for note in notes:
        section, _, field = printable(note.path).rpartition(".")
        sections.setdefault(section, []).append(f"{field} = {note.what}")
    return [
        f"{section}: {', '.join(fields)}" if section else ", ".join(fields)
        for section, fields in sections.items()
    ]


def shown(value: Any) -> str:
    """A plain value as JSON, for notes.

    Long lists and objects are counted, not written out.
    """
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= 60:
        return text
    if isinstance(value, dict | list):
        noun = "keys" if isinstance(value, dict) else "entries"
        return f"{len(value)} {noun}"
    return f"{text[:57]}…"
