"""The validators of a configuration class, each run by itself, so that no fault hides another."""

from __future__ import annotations

from typing import Any

import attrs

from poise.errors import ConfigError, Fault
from poise.messages import described, message_of
from poise.processes.interrupts import let_signals_pass


def faults_of_validators(cls: Any, values: dict[str, Any], absent: set[str]) -> list[Fault]:
    """Run every validator separately, since attrs stops at the first that raises.

    Args:
        cls: the class to be made.
        values: the fields that Poise could read.
        absent: the fields that take their defaults.
    """
    faults: list[Fault] = []
    seen = _Fields(cls, values)
    for field in attrs.fields(cls):
        if field.name in absent and field.default is not attrs.NOTHING:
            faults += seen.add_default(field)
    for field in attrs.fields(cls):
        if field.validator is None or field.name not in values:
            continue
        # attrs' `and_` stops at the first of several validators, too (D8).
        for validator in getattr(field.validator, "_validators", (field.validator,)):
            try:
                validator(seen, field, values[field.name])
            except _FieldUnknown:
                continue  # the rule reads a field that has a fault already
            except ConfigError as error:
                faults += error.faults
                break
            except BaseException as error:  # noqa: BLE001 - a plugin's validator may raise anything
                let_signals_pass(error)
                faults.append(Fault(message_of(error), field.name))
                break
    return faults


class _FieldUnknown(Exception):
    """A validator reads a field whose value Poise could not read."""


class _Fields:
    """Stands in for the instance in validators, before it exists."""

    def __init__(self, cls: Any, values: dict[str, Any]) -> None:
        self._cls = cls
        self._values = values

    def add_default(self, field: Any) -> list[Fault]:
        """Give a field its default; the faults of a default that cannot be made."""
        try:
            self._values = {**self._values, field.name: self._default_of(field)}
        except _FieldUnknown:
            pass  # the default depends on a field that has a fault
        except BaseException as error:  # noqa: BLE001 - a plugin's default may raise anything
            let_signals_pass(error)
            what = f"the default of {self._cls.__name__} cannot be made: {described(error)}"
            return [Fault(what, field.name)]
        return []

    def _default_of(self, field: Any) -> Any:
        default = field.default
        if not hasattr(default, "factory"):
            return default
        return default.factory(self) if default.takes_self else default.factory()

    def __getattr__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name in attrs.fields_dict(self._cls):
            raise _FieldUnknown(name)
        # Methods and properties of the class, for validators that use them.
        member = getattr(self._cls, name)
        return member.__get__(self) if hasattr(member, "__get__") else member
