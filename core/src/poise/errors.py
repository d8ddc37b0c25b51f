"""Every exception that Poise raises on purpose.

An error says what was asked, what was found, what would do, and where. All faults of a
file arrive at once, in ``faults``; the message shows the first few and counts the rest,
so that it is never longer than a screen's corner.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from poise.messages import printable, shortened

SHOWN_LINES = 10
"""How many lines of faults a message spells out before it counts the rest."""


class Fault(NamedTuple):
    """One thing that is wrong, and where.

    Attributes:
        what: a sentence without a full stop: what was found, and what would do.
        path: dotted path to the value, as in ``model.backbone.unet.max_stride``.
            Empty for a fault of the whole.
    """

    what: str
    path: str = ""

    def under(self, parent: str) -> Fault:
        """The same fault seen from one level further out.

        Args:
            parent: the name (or ``name[index]``) of the enclosing value.
        """
        if not self.path:
            return Fault(self.what, parent)
        separator = "" if self.path.startswith("[") else "."
        return Fault(self.what, f"{parent}{separator}{self.path}")

    def __str__(self) -> str:
        if not self.path:
            return self.what
        # A fault that quotes a plugin's failure has lines below its first.
        first, newline, rest = self.what.partition("\n")
        return f"{first} @ {shortened(printable(self.path))}{newline}{rest}"


class PoiseError(Exception):
    """Base of everything that Poise raises on purpose."""

    def __str__(self) -> str:
        # KeyError would show the repr of its argument, quotes and all. What a message quotes
        # may be from a file, and a terminal obeys control characters.
        return printable(str(self.args[0]), lines=True) if self.args else ""

    def one_line(self) -> str:
        """The message in one line, for a list of faults."""
        return "; ".join(line.strip() for line in str(self).splitlines())


class FaultsError(PoiseError):
    """An error made of faults.

    Args:
        faults: all of them, in the order in which they were found.
        heading: a line above them; without it a single fault is the whole message.

    Attributes:
        faults: every fault, also those that the message only counts.
        heading: the line above them, or an empty string.
    """

    def __init__(self, faults: Iterable[Fault], heading: str = "") -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.heading: str = heading
        super().__init__(_message(self.faults, heading))

    def under(self, parent: str) -> FaultsError:
        """The same error with every path seen from one level further out."""
        return type(self)((fault.under(parent) for fault in self.faults), self.heading)

    def with_heading(self, heading: str) -> FaultsError:
        """The same faults under another heading."""
        return type(self)(self.faults, heading)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults, self.heading)


class ConfigError(FaultsError, ValueError):
    """A configuration cannot be read, written or meant."""


class BuildError(FaultsError, ValueError):
    """A configuration is fine by itself, but no model can be made of it as asked."""


class DecodeError(FaultsError, ValueError):
    """Predictions are not those of the model, or cannot be decoded as asked."""


class LabelsError(FaultsError, ValueError):
    """Labels have the wrong shape, or lack what a head's targets need."""


class UnknownKeyError(PoiseError, KeyError):
    """A key was asked for that no working plugin provides."""


class PluginError(PoiseError):
    """An installed plugin does not keep the contract."""


class PluginClashError(PluginError, KeyError):
    """Several distributions claim the key that was asked for."""


class WeightsError(PoiseError, ValueError):
    """Weights do not fit the model, or their file cannot be read.

    Attributes:
        report: what was matched and what was not, a ``poise.LoadReport``; ``None``
            where the file could not be read at all.
    """

    def __init__(self, message: str, report: Any = None) -> None:
        self.report = report
        super().__init__(message)


class BundleError(PoiseError, ValueError):
    """A model folder is incomplete, changed, or was written by something unknown."""


class PluginNotInstalledWarning(UserWarning):
    """A section of a configuration belongs to a plugin that is not installed."""


def _message(faults: tuple[Fault, ...], heading: str) -> str:
    if len(faults) == 1:
        return f"{heading}: {faults[0]}" if heading else str(faults[0])
    lines = [f"{heading or f'{len(faults)} faults'}:"]
    for index, fault in enumerate(faults):
        own = [f"  {line}" for line in str(fault).split("\n")]
        if len(lines) - 1 + len(own) > SHOWN_LINES:
            lines.append(f"  … and {len(faults) - index} more")
            break
        lines += own
    return "\n".join(lines)
