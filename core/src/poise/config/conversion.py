"""Convert the numbers of a configuration to the units of another edition.

A field may have another unit in each edition. Its plugin says so in a ``Difference`` with
``convert``; this module knows no field by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from poise import editions, registry
from poise.config.model import ModelConfig
from poise.config.one_of import BackboneConfig, HeadsConfig, UninstalledSection
from poise.editions import Difference, Edition
from poise.errors import ConfigError, PluginError
from poise.messages import described
from poise.processes.interrupts import let_signals_pass

if TYPE_CHECKING:
    from poise.job.sections import JobRecord


@attrs.frozen
class Change:
    """A value that was converted.

    Attributes:
        path: dotted path of its field, as in ``model.heads.centroid.sigma``.
        before: the value in the unit of the edition that it was written for.
        after: the value in the unit of the other edition.
        difference: why it was converted.
    """

    path: str
    before: Any
    after: Any
    difference: Difference


@attrs.frozen
class Converted:
    """A configuration in another edition.

    Attributes:
        config: the configuration.
        changes: the values that were converted.
        uneven: path and difference of what no value evens out.
        unread: paths of sections whose plugin is not installed; their values are as they were.
    """

    config: ModelConfig
    changes: tuple[Change, ...]
    uneven: tuple[tuple[str, Difference], ...]
    unread: tuple[str, ...]


def converted(config: ModelConfig, edition: Edition, job: JobRecord | None = None) -> Converted:
    """Convert a configuration from the edition of its numbers to another one.

    The result is not checked against the domains of that edition.

    Raises:
        PluginError: a plugin cannot convert its section.
        ConfigError: a converted value is outside its domain.
    """
    changes: list[Change] = []
    uneven: list[tuple[str, Difference]] = []
    unread: list[str] = []
    sections: dict[str, Any] = {}
    if config.units != edition:
        for name, container in (("backbone", config.backbone), ("heads", config.heads)):
            key, section = container.which_oneof_attrib_name(), container.which_oneof()
            if key is None:
                continue
            where = f"model.{name}.{key}"
            if isinstance(section, UninstalledSection):
                unread.append(where)
                continue
            for difference in _differences(container, key):
                after = _called(difference, section, edition, job, where)
                if after is not None:
                    changes += _changes(section, after, where, difference)
                    section = after
                elif affects(difference, section, where):
                    uneven.append((f"{where}.{difference.path}".rstrip("."), difference))
            sections[name] = section
    moved = attrs.evolve(config, **sections, edition=edition, units=edition)
    return Converted(moved, tuple(changes), tuple(uneven), tuple(unread))


def _differences(container: BackboneConfig | HeadsConfig, key: str) -> tuple[Difference, ...]:
    return registry.default().spec_of_section(container.kind, key).differences


def affects(difference: Difference, section: Any, where: str) -> bool:
    """Whether a difference affects a model of this section.

    Args:
        difference: of the section's spec.
        section: the configuration of a backbone or head.
        where: its dotted path, for an error.

    Raises:
        PluginError: ``touches`` of the plugin fails.
    """
    try:
        return bool(difference.touches(section))
    except BaseException as error:  # a plugin may raise anything
        let_signals_pass(error)
        what = f"touches of {difference.name!r} failed: {described(error)}"
        raise PluginError(f"{what} @ {where}") from error


def _called(
    difference: Difference, section: Any, edition: Edition, job: JobRecord | None, where: str
) -> Any:
    """What a plugin makes of a section; ``None`` if it cannot even out the difference."""
    if difference.convert is None:
        return None
    try:
        with editions.edition(editions.SLEAP):  # whose domains are the wider ones
            after = difference.convert(section, edition, job)
    except ConfigError as error:
        raise error.under(where) from None
    except BaseException as error:  # a plugin may raise anything
        let_signals_pass(error)
        what = f"convert of {difference.name!r} failed: {described(error)}"
        raise PluginError(f"{what} @ {where}") from error
    if after is not None and type(after) is not type(section):
        raise PluginError(
            f"convert of {difference.name!r} must return a {type(section).__name__} or None, "
            f"got {type(after).__name__} @ {where}"
        )
    return after


def _changes(before: Any, after: Any, path: str, difference: Difference) -> Iterator[Change]:
    for field in attrs.fields(type(before)):
        old, new, where = getattr(before, field.name), getattr(after, field.name), field.name
        if attrs.has(type(old)) and type(old) is type(new):
            yield from _changes(old, new, f"{path}.{where}", difference)
        elif old != new:
            yield Change(f"{path}.{where}", old, new, difference)
