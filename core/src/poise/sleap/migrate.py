"""What SLEAP took without a word, on plain data: other names, other types, absent fields.

This is done before the strict reader sees the data, and every step leaves a note. What
would change the meaning (``"false"`` for true or false, 4.9 for an integer, a string for a
list) is left as it is, for the strict reader to refuse with its path.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import attrs

from poise.errors import Fault
from poise.fields import Domain, aliases_of, domains_of, inverted_aliases_of, is_integer
from poise.messages import listed, nearest
from poise.sleap.migration_report import Kind, Note, shown
from poise.sleap.objects import joined
from poise.wire.structure import unstructure

_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_DECIMAL = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")


class Migration:
    """Collects what reading one file changes, assumes or leaves out.

    Attributes:
        notes: what the report will say.
        faults: what cannot be read either way.
        extra: dotted path → value of every key that no class has a field for.
    """

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.faults: list[Fault] = []
        self.extra: dict[str, Any] = {}

    def note(self, kind: Kind, path: str, what: str) -> None:
        """Add a note."""
        self.notes.append(Note(kind, path, what))

    def fault(self, path: str, what: str) -> None:
        """Add a fault."""
        self.faults.append(Fault(what, path))

    def leave_out(self, path: str, value: Any, why: str) -> None:
        """Keep a value in ``extra``, and note that nothing will read it."""
        self.extra[path] = value
        self.note("not_carried_over", path, f"{shown(value)}; {why}")

    def section(self, data: Any, cls: type, path: str) -> Any:
        """Plain data that the strict reader of ``cls`` will take, or refuse for good reason.

        Args:
            data: what the file has for an instance of ``cls``.
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
        """Name in the file, name of the field, and value; other names are noted or refused."""
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
                self.leave_out(where, value, f"{cls.__name__} has no such field{hint}")
                continue
            if taken.setdefault(real, name) != name:
                what = f"another name for {real!r}, which {taken[real]!r} gives already"
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
        wanted = _without_none(field.type)
        if attrs.has(wanted):
            return self.section(value, wanted, path)
        if get_origin(wanted) in (tuple, list) and isinstance(value, list):
            of = get_args(wanted)[0]
            return [self._number(one, of, f"{path}[{i}]") for i, one in enumerate(value)]
        value = self._number(value, wanted, path)
        domains = [domain for domain in domains_of(field) if isinstance(domain, Domain)]
        if any(domain.floors_to_power_of_two for domain in domains):
            return self._floored(value, path)
        return value

    def _number(self, value: Any, wanted: Any, path: str) -> Any:
        number = value
        if wanted is int and isinstance(value, str) and _INTEGER.fullmatch(value):
            number = int(value) if len(value) < 20 else value
        elif wanted is int and type(value) is float and value.is_integer():
            number = int(value)
        elif wanted is float and isinstance(value, str) and _is_decimal(value):
            number = float(value) if math.isfinite(float(value)) else value
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
    # The pattern takes a long time to find that a very long text does not fit.
    return len(text) <= 400 and _DECIMAL.fullmatch(text) is not None


def _without_none(annotation: Any) -> Any:
    """The type that a field has when it is not null."""
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
    plain = [f"{name} = {shown(one)}" for name, one in inside.items() if not isinstance(one, dict)]
    return f"all of its defaults ({listed(plain)})"
