"""The rule for the texts of errors, applied to every PoiseError raised in the tests' process.

Where a value is wrong, an error says ``must be X, got Y``. Older wordings are refused.
Errors in processes that a test starts are not seen.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator, Iterator
from functools import cache
from typing import Any

import pytest

from poise.errors import FaultsError, PoiseError

TEMPLATE = "write 'must be X, got Y'"

QUOTES = re.compile(
    # The quote may be cut off with "…". A quote that closes nothing, as in "plugin's", is text.
    r"(?<!\w)'(?:\\.|[^'\\\n])*?(?:'(?!\w)|…)"
    r'|"(?:\\.|[^"\\\n])*?(?:"|…)'
    r"|`[^`\n]*`"
)

FOREIGN = re.compile(
    # Each introduces a message of Python, of Keras, of h5py, of a parser or of a plugin. What
    # follows other words, as after "cannot be used: " or "is not the model: ", is Poise's own.
    r"\b(?:\w+(?:Error|Exception)"
    r"|cannot be (?:built|imported|listed|loaded|read|resolved|unpacked|written)"
    r"|not (?:JSON|YAML)|damaged (?:HDF5|archive)|truncated file): [^\n]*"
)

OLD = {
    r"\b(?:is|are) due\b": "due",
    r"\bwould (?:do|fit)\b": "would",
    r", found\b|\bfound (?:an?|the|nothing|none|\d+)\b": "found",
    r"\bgave\b": "gave",
    r"(?<!there )\bis no(?:ne)?\b(?! longer)": "is no",
}
"""Wordings that the template replaced, as regular expressions, and how a fault names each."""

DEMAND = re.compile(
    # A value that must not be there needs no "got": naming it says what it is. What is missing
    # has no value: "must have the key 'id'".
    r"\bmust (?!not\b|have the key\b)(\w+)"
)


@cache
def faults_of_wording(text: str) -> list[str]:
    """What is wrong with the text of an error; an empty list if it keeps to the template.

    Quoted values and messages that come from elsewhere are left out. Each line is checked by
    itself: an error with a cause and a fix has several.

    Args:
        text: the text of one fault, or of an error without faults.
    """
    faults = []
    for line in FOREIGN.sub("", QUOTES.sub("''", text)).splitlines():
        faults += [f"{name!r}: {TEMPLATE}" for old, name in OLD.items() if re.search(old, line)]
        faults += [f"'must {verb}' without ', got': {TEMPLATE}" for verb in _without_got(line)]
    return faults


def _without_got(line: str) -> Iterator[str]:
    """The verb of each demand of a line that does not say, before the next one, what it got."""
    for demand, verb in zip(DEMAND.split(line)[2::2], DEMAND.findall(line), strict=True):
        # attrs' own validators end in "(got Y)", and Poise passes their messages on.
        if not re.search(r", got |\(got ", demand):
            yield verb


class WordingPlugin:
    """A pytest plugin that fails a test that provokes an error with a badly worded text.

    Errors that a test makes up itself, or that a plugin of a test makes up, are not checked.

    Args:
        packages: the top-level packages whose errors are checked.
    """

    def __init__(self, packages: set[str]) -> None:
        self.packages = packages
        self.texts: set[str] = set()
        self.made_up: set[str] = set()
        self.restore: Callable[[], None] = lambda: None

    def pytest_sessionstart(self) -> None:
        """Record the texts of errors from now on."""
        original = PoiseError.__init__

        def recording(error: PoiseError, *arguments: Any) -> None:
            original(error, *arguments)
            own = _package_of_caller() in self.packages
            (self.texts if own else self.made_up).update(_texts(error))

        def restore() -> None:
            PoiseError.__init__ = original

        PoiseError.__init__ = recording
        self.restore = restore

    def pytest_sessionfinish(self) -> None:
        """Leave errors as they were."""
        self.restore()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Check the errors that the test and its fixtures provoked."""
        try:
            result = yield
        finally:  # a test after a failed teardown is not blamed for this one's errors
            texts = self.texts - self.made_up  # a made-up fault also arrives in Poise's own errors
            self.texts.clear()
            self.made_up.clear()
        complaints = [
            f"{fault}\n  in: {text}" for text in sorted(texts) for fault in faults_of_wording(text)
        ]
        if complaints:
            pytest.fail("\n".join(complaints), pytrace=False)
        return result


def _texts(error: PoiseError) -> Iterator[str]:
    if isinstance(error, FaultsError):
        yield error.heading
        yield from (fault.what for fault in error.faults)
    else:
        yield from map(str, error.args[:1])


def _package_of_caller() -> str:
    """The top-level package of the code that creates the error."""
    frame = sys._getframe(2)
    # The classes of errors call each other, and copy errors under another path.
    while frame.f_globals.get("__name__") == "poise.errors" and frame.f_back is not None:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
