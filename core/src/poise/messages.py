"""Parts of messages: lists of names, the nearest name, names there twice, values cut to a length.

This module is cheap to import.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import TypeVar

from poise.processes.interrupts import let_signals_pass

COMPARED = 1_000
"""How many known names an unknown name is compared with. More would take seconds."""

COMPARED_LETTERS = 500_000
"""How many pairs of letters of an unknown name and of known names are compared, at most."""

CUTOFF = 0.6
"""How similar names must be to be near, from 0 to 1."""

SUGGESTED = 10
"""How many unknown names of one list get a suggestion; a message shows no more of them."""


MOST_LINES, MOST_LETTERS = 12, 2_000
"""Of a message. Errors keep the rest: all faults, or a whole report."""

Name = TypeVar("Name", bound=Hashable)

Options = Callable[[str], str | None]
"""Name of an argument → the option that gives it, as ``--skeleton FILE``; ``None`` without one."""

_options: ContextVar[Options | None] = ContextVar("poise_options", default=None)


@contextmanager
def naming_options(option_of: Options) -> Iterator[None]:
    """Name options instead of arguments in messages inside the ``with`` block."""
    token = _options.set(option_of)
    try:
        yield
    finally:
        _options.reset(token)


def argument(name: str, *others: str, value: str = "", option_value: str = "") -> str:
    """How the user passes an argument, for messages that say what to pass.

    Args:
        name: its name in Python.
        others: names of further options that give it on the command line.
        value: what to pass in Python, as source text.
        option_value: what to pass on the command line, instead of the option's kind of value.

    Returns:
        ``skeleton=`` in Python; on the command line ``--skeleton FILE``, if the running command
        has such an option.
    """
    option_of = _options.get()
    options = [option_of(option) for option in (name, *others)] if option_of else []
    if option_value:
        options = [f"{option.split()[0]} {option_value}" for option in options if option]
    return " or ".join(filter(None, options)) or f"{name}={value}"


def argument_path(name: str) -> str:
    """The path of a fault of an argument: its name, or its option on the command line."""
    option_of = _options.get()
    option = option_of(name) if option_of else None
    return option.split()[0] if option else name


def printable(text: str, *, lines: bool = False) -> str:
    """Escape what a terminal must not receive: control characters and the like.

    Line breaks, characters that change the direction of writing and unpaired surrogates are
    escaped too.

    Args:
        text: any text, for example from a file.
        lines: whether to keep line breaks.
    """
    # Every message passes here, so no place that quotes a name must remember it (D19).
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or (lines and character == "\n")
        else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    return repr(character)[1:-1]


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name that ``name`` probably stands for, or ``None``.

    Args:
        name: the unknown name; a value that is not a string has no nearest name.
        known: the valid names.
    """
    if not isinstance(name, str):
        return None

    names = list(_comparable(name, known))
    folded = {candidate.lower(): candidate for candidate in reversed(names)}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=CUTOFF)
    return folded[close[0]] if close else None


def _comparable(name: str, known: Iterable[str]) -> Iterator[str]:
    """The known names that may be near, as many as can be compared in a tenth of a second."""
    left = COMPARED_LETTERS
    for candidate in islice(known, COMPARED):
        # The most letters that two names of these lengths can share.
        most = 2 * min(len(name), len(candidate)) / max(1, len(name) + len(candidate))
        if most >= CUTOFF:
            left -= len(name) * len(candidate)  # what comparing them takes
            if left < 0:
                return
            yield candidate


def suggestion(name: object, known: Iterable[str], *, noun: str = "known") -> str:
    """The end of an error message about an unknown name.

    Returns:
        ``did you mean 'unet'?``, or the known names if none is near, or that there are none.
    """
    names = sorted(map(str, known))
    close = nearest(name, names)
    if close is not None:
        return f"did you mean {close!r}?"
    return f"{noun}: {join_names(names)}" if names else f"{noun}: none"


def suggestions(known: Iterable[str], *, noun: str = "known") -> Callable[[object], str]:
    """Like ``suggestion``, for the unknown names of a list, of which there may be thousands.

    Looking for the nearest name is slow, so only the first few names get a suggestion.

    Args:
        known: the valid names.
        noun: what they are.

    Returns:
        ``hint(name)``: ``; did you mean 'head'?`` and the like, or an empty string.
    """
    names, count = tuple(map(str, known)), 0

    def hint(name: object) -> str:
        nonlocal count
        count += 1
        return f"; {suggestion(name, names, noun=noun)}" if count <= SUGGESTED else ""

    return hint


def repeated(names: Iterable[Name]) -> list[tuple[int, Name]]:
    """The names that came before, each with its index, in time that is linear in their number."""
    every = tuple(names)
    if len(set(every)) == len(every):
        return []
    seen: set[Name] = set()
    again: list[tuple[int, Name]] = []
    for index, name in enumerate(every):
        if name in seen:
            again.append((index, name))
        seen.add(name)
    return again


def join_names(names: Iterable[object], limit: int = 12) -> str:
    """Join names with commas. After ``limit`` names, only count the rest."""
    every = list(names)
    row = ", ".join(printable(str(name)) for name in every[:limit])
    return row if len(every) <= limit else f"{row} and {len(every) - limit} more"


def counted(count: int, noun: str) -> str:
    """``1 frame`` or ``2 frames``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def figure(value: float) -> str:
    """A figure with three digits that count, and no exponent however large it is."""
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"


def short_repr(value: object, limit: int = 60) -> str:
    """The repr of a value, cut so that it does not fill the screen."""
    try:
        text = repr(value)
    except BaseException as error:  # noqa: BLE001 - a broken repr must not hide the message
        let_signals_pass(error)
        text = f"a {type(value).__name__}"
    return shortened(text, limit)


def message_of(error: BaseException) -> str:
    """The message of a third-party validator; attrs' validators pass extra arguments after it."""
    if not isinstance(error, Exception):  # SystemExit, say, whose argument is no message
        return described(error)
    return (_text(error.args[0]) if error.args else "") or type(error).__name__


def shortened(text: str, limit: int = 200) -> str:
    """Cut text so that it does not fill the screen."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def brief(text: str) -> str:
    """A message that fits on a screen: at most ``MOST_LINES`` lines and ``MOST_LETTERS`` letters.

    It is cut in the middle, and so is each line that is too long: a message ends with what to do,
    and a line with the path of a fault.
    """
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        begin, end = lines[: MOST_LINES - 3], lines[-2:]
        more = counted(len(lines) - len(begin) - len(end), "more line")
        lines = [*begin, f"  … and {more}", *end]
    if len(text) <= MOST_LETTERS or sum(map(len, lines)) + len(lines) <= MOST_LETTERS:
        return "\n".join(lines)
    width, left = 0, MOST_LETTERS - len(lines)
    for rank, length in enumerate(sorted(map(len, lines))):
        width = left // (len(lines) - rank)  # what shorter lines leave to the others
        if length > width:
            break
        left -= length
    return "\n".join(_cut_in_the_middle(line, width) for line in lines)


def _cut_in_the_middle(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    end = width // 3
    return f"{line[: width - end - 1]}…{line[len(line) - end :]}"


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, cut so that it does not fill the screen.

    Returns:
        The line, or the name of the exception's class if the message is empty.
    """
    return _first_line(error) or type(error).__name__


def described(error: BaseException) -> str:
    """The class of an exception and its first line, as ``ValueError: no such layer``."""
    return f"{type(error).__name__}: {_first_line(error) or 'no message'}"


def _first_line(error: BaseException) -> str:
    text = _text(error).strip()
    return shortened(text.splitlines()[0]) if text else ""


def _text(value: object) -> str:
    try:
        return str(value)
    except BaseException as error:  # noqa: BLE001 - a plugin's exception may itself be broken
        let_signals_pass(error)
        return ""
