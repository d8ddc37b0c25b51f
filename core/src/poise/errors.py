"""Every exception that Poise raises on purpose.

A message says what must be there, what Poise got, what to do next, and where. All faults of a
file arrive at once, in ``faults``. To stay short, the message shows the first few and counts the
rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from poise.messages import brief, printable, shortened

SHOWN_LINES = 10
"""How many lines of faults a message shows before it counts the rest."""


class Fault(NamedTuple):
    """One fault and its path.

    Attributes:
        what: a sentence without a full stop: ``must be X, got Y``, and what to do next.
        path: dotted path to the value, as in ``model.backbone.unet.max_stride``.
            Empty for a fault of the whole document.
    """

    what: str
    path: str = ""

    def under(self, parent: str) -> Fault:
        """The same fault, seen from the enclosing value.

        Args:
            parent: the name (or ``name[index]``) of the enclosing value.
        """
        if not self.path:
            return Fault(self.what, parent)
        separator = "" if self.path.startswith("[") else "."
        return Fault(self.what, f"{parent}{separator}{self.path}")

    def __str__(self) -> str:
        if not self.path:
            return brief(self.what)
        # A fault that quotes a plugin's failure has several lines.
        first, newline, rest = self.what.partition("\n")
        return brief(f"{first} @ {shortened(printable(self.path))}{newline}{rest}")


class PoiseError(Exception):
    """Base of everything that Poise raises on purpose."""

    def __str__(self) -> str:
        # KeyError would show the repr of its argument, with quotes. A message may quote a
        # file, and a terminal obeys control characters.
        return brief(printable(str(self.args[0]), lines=True)) if self.args else ""

    def one_line(self) -> str:
        """The message on one line, for a list of faults."""
        return "; ".join(line.strip() for line in str(self).splitlines())


class FaultsError(PoiseError):
    """An error made of faults.

    Args:
        faults: all of them, in the order in which Poise met them.
        heading: a line above them. Without it, a single fault is the whole message.

    Attributes:
        faults: every fault, including those that the message only counts.
        heading: the line above them, or an empty string.
    """

    def __init__(self, faults: Iterable[Fault], heading: str = "") -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.heading: str = heading
        super().__init__(_message(self.faults, heading))

    def under(self, parent: str) -> FaultsError:
        """The same error, with every path seen from the enclosing value."""
        return type(self)((fault.under(parent) for fault in self.faults), self.heading)

    def with_heading(self, heading: str) -> FaultsError:
        """The same faults under another heading."""
        return type(self)(self.faults, heading)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults, self.heading)


class ConfigError(FaultsError, ValueError):
    """A configuration cannot be read or written, or is invalid."""


class BuildError(FaultsError, ValueError):
    """A configuration is valid, but Poise cannot build the requested model from it."""


class DecodeError(FaultsError, ValueError):
    """Predictions do not match the model, or cannot be decoded as requested."""


class LabelsError(FaultsError, ValueError):
    """Labels have the wrong shape, or lack data that a head's targets need."""


class UnknownKeyError(PoiseError, KeyError):
    """No working plugin provides the requested key."""


class PluginError(PoiseError):
    """An installed plugin does not keep the contract."""


class PluginClashError(PluginError, KeyError):
    """Several distributions claim the requested key."""


class WeightsError(PoiseError, ValueError):
    """Weights do not fit the model, or their file cannot be read.

    Attributes:
        report: a ``poise.LoadReport`` of what was matched and what was not; ``None`` if
            the file could not be read at all.
    """

    def __init__(self, message: str, report: Any = None) -> None:
        self.report = report
        super().__init__(message)


class BundleError(PoiseError, ValueError):
    """A model folder is incomplete, was changed, or was written by an unknown program."""


class DecodeWarning(UserWarning):
    """Decoding found no animals in any image, or scores that no trained model gives."""


class DraftWarning(UserWarning):
    """Poise removed what an interrupted process left beside a folder."""


class PluginNotInstalledWarning(UserWarning):
    """A section of a configuration belongs to a plugin that is not installed."""


def _message(faults: tuple[Fault, ...], heading: str) -> str:
    if len(faults) == 1:
        return f"{heading}: {faults[0]}" if heading else str(faults[0])
    lines = [f"{heading or f'{len(faults)} faults'}:"]
    for index, fault in enumerate(faults):
        indented = [f"  {line}" for line in str(fault).split("\n")]
        if len(lines) - 1 + len(indented) > SHOWN_LINES:
            lines.append(f"  … and {len(faults) - index} more")
            break
        lines += indented
    return "\n".join(lines)
