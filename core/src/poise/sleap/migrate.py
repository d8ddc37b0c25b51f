"""Convert what SLEAP accepted silently in plain data: other names and types, absent fields.

The conversion precedes the strict reader, and every step leaves a note. Values whose meaning
would change (``"false"`` for true or false, 4.9 for an integer, a string for a list) stay as
they are; the strict reader refuses them with their path.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Union, get_args, get_origin

import attrs

from poise.errors import Fault
from poise.fields import Domain, aliases_of, domains_of, inverted_aliases_of, is_integer
from poise.messages import join_names, nearest
from poise.sleap.migration_report import Kind, Note, shown
from poise.sleap.objects import joined, member
from poise.wire.digits import decimal
from poise.wire.plain import Refused
from poise.wire.structure import unstructure

_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_DECIMAL = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")


class Migration:
    """Collects what reading one file changes, assumes or leaves out.

    Attributes:
        notes: the notes of the report.
        faults: values that cannot be read.
        extra: dotted path → value of every key without a field in any class.
    """

    def __init__(self, *, keep_unknown: bool = True) -> None:
        self._keep_unknown = keep_unknown
        self.notes: list[Note] = []
        self.faults: list[Fault] = []
        self.extra: dict[str, Any] = {}

    @contextmanager
    def refusing_unknown(self) -> Iterator[None]:
        """While the block runs, a key that no version of SLEAP has is a fault."""
        before, self._keep_unknown = self._keep_unknown, False
        try:
            yield
        finally:
            self._keep_unknown = before

    def note(self, kind: Kind, path: str, what: str) -> None:
        """Add a note."""
        self.notes.append(Note(kind, path, what))

    def fault(self, path: str, what: str) -> None:
        """Add a fault."""
        self.faults.append(Fault(what, path))

    def leave_out(self, path: str, value: Any, why: str) -> None:
        """Keep a value in ``extra``, and note that Poise does not use it.

        It is a fault instead where SLEAP alone would not have written the key.
        """
        if value is not None and not self._keep_unknown:
            self.fault(path, why)
            return
        self.extra[path] = value
        self.note("not_carried_over", path, f"{shown(value)}; {why}")

    def section(self, data: Any, cls: type, path: str) -> Any:
        """Plain data for the strict reader of ``cls``, which reads it or reports its faults.

        Args:
            data: the file's data for an instance of ``cls``.
            cls: a configuration class made with attrs.
            path: dotted path of ``data`` in the file.
        """
        if not isinstance(data, Mapping):
            return data
        attrs.resolve_types(cls)
        fields = {field.name: field for field in attrs.fields(cls) if field.init}
        read: dict[str, Any] = {}
        for name, real, value in self._with_real_names(data, fields, cls, path):
            read[real] = self._value(value, fields[real], joined(path, name))
        for name, field in fields.items():
            if name not in read and field.default is not attrs.NOTHING:
                self.note("defaulted", joined(path, name), _default_in_words(field))
        return read

    def _with_real_names(
        self, data: Mapping[str, Any], fields: Mapping[str, Any], cls: type, path: str
    ) -> list[tuple[str, str, Any]]:
        """Name in the file, name of the field, and value; notes or refuses other names."""
        same = {name: real for real, field in fields.items() for name in aliases_of(field)}
        opposite = {
            name: real for real, field in fields.items() for name in inverted_aliases_of(field)
        }
        read: list[tuple[str, str, Any]] = []
        taken = {name: name for name in data if name in fields}
        for name, value in data.items():
            real = name if name in fields else same.get(name) or opposite.get(name)
            where = joined(path, name)
            if real is None:
                close = nearest(name, fields)
                hint = f"; did you mean {close!r}?" if close else ""
                self.leave_out(member(path, name), value, f"{cls.__name__} has no such field{hint}")
                continue
            if taken.setdefault(real, name) != name:
                what = f"another name for {real!r}, which {taken[real]!r} already sets"
                self.fault(where, what)
                continue
            if name in opposite:
                if not isinstance(value, bool):
                    self.fault(where, f"must be true or false, got {shown(value)}")
                    continue
                value = not value
                self.note("aliased", where, f"read as {real!r} = {shown(value)}, its opposite")
            elif name in same:
                self.note("aliased", where, f"read as {real!r}; SLEAP 1.4 did not read this name")
            read.append((name, real, value))
        return read

    def _value(self, value: Any, field: Any, path: str) -> Any:
        field_type = _without_none(field.type)
        if attrs.has(field_type):
            return self.section(value, field_type, path)
        if get_origin(field_type) in (tuple, list) and isinstance(value, list):
            of = get_args(field_type)[0]
            return [self._number(item, of, f"{path}[{i}]") for i, item in enumerate(value)]
        value = self._number(value, field_type, path)
        domains = [domain for domain in domains_of(field) if isinstance(domain, Domain)]
        if any(domain.floors_to_power_of_two for domain in domains):
            return self._floored(value, path)
        return value

    def _number(self, value: Any, target: Any, path: str) -> Any:
        number = value
        if target is int and isinstance(value, str) and _INTEGER.fullmatch(value):
            number = int(value) if len(value) < 20 else value
        elif target is int and type(value) is float and value.is_integer():
            number = int(value)
        elif target is float and isinstance(value, str) and _is_decimal(value):
            read = decimal(value.strip())
            number = value if isinstance(read, Refused) else read
        if type(number) is not type(value):
            self.note("coerced", path, f"{shown(value)} read as {shown(number)}")
        return number

    def _floored(self, value: Any, path: str) -> Any:
        if not is_integer(value) or value < 1 or value & (value - 1) == 0:
            return value
        floored = 1 << (value.bit_length() - 1)
        self.note("floored", path, f"{value} read as {floored}")
        return floored


def _is_decimal(text: str) -> bool:
    # The pattern takes a long time to reject a very long text.
    return len(text) <= 400 and _DECIMAL.fullmatch(text) is not None


def _without_none(annotation: Any) -> Any:
    """The type of a field when it is not null."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    members = [member for member in get_args(annotation) if member is not type(None)]
    return members[0] if len(members) == 1 else annotation


def _default_in_words(field: Any) -> str:
    default = field.default
    value = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
    if not attrs.has(type(value)):
        return shown(unstructure(value))
    inside = unstructure(value)
    plain = [
        f"{name} = {shown(content)}"
        for name, content in inside.items()
        if not isinstance(content, dict)
    ]
    return f"all of its defaults ({join_names(plain)})"
