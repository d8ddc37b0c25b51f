"""Words that messages are made of: names in a row, the nearest name, values cut to a length.

Everything here is cheap to import and knows nothing of Poise.
"""

from __future__ import annotations

from collections.abc import Iterable

COMPARED = 1_000
"""How many names an unknown name is compared with; more would take seconds."""


def printable(text: str, *, lines: bool = False) -> str:
    """Text from a file as a terminal may be shown it: control characters as escapes.

    So are line breaks, characters that turn the direction of writing, and halves of
    characters.

    Args:
        text: whatever is to be shown.
        lines: whether it may have several lines.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or (lines and one == "\n") else _escaped(one) for one in text
    )


def _escaped(character: str) -> str:
    return repr(character)[1:-1]


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be, or ``None``.

    Args:
        name: what was found; anything but a string has no nearest name.
        known: the names that would do.
    """
    if not isinstance(name, str):
        return None
    import difflib  # only where something is wrong

    names = list(known)[:COMPARED]
    folded = {candidate.lower(): candidate for candidate in reversed(names)}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def suggestion(name: object, known: Iterable[str], *, noun: str = "known") -> str:
    """The end of an error message about an unknown name.

    Returns:
        ``did you mean 'unet'?``, else the known names, else that there are none.
    """
    names = sorted(map(str, known))
    close = nearest(name, names)
    if close is not None:
        return f"did you mean {close!r}?"
    return f"{noun}: {listed(names)}" if names else f"{noun}: none"


def listed(names: Iterable[object], limit: int = 12) -> str:
    """Names in a row, cut after ``limit`` with a count of the rest."""
    every = [printable(str(name)) for name in names]
    row = ", ".join(every[:limit])
    return row if len(every) <= limit else f"{row} and {len(every) - limit} more"


def shown(value: object, limit: int = 60) -> str:
    """A value as a message shows it: its repr, cut where it would fill the screen."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a message about a value must not fail on the value
        text = f"a {type(value).__name__}"
    return shortened(text, limit)


def told(error: Exception) -> str:
    """What a validator that is none of ours says; attrs' add more arguments than the message."""
    return str(error.args[0]) if error.args else type(error).__name__


def shortened(text: str, limit: int = 200) -> str:
    """Text, cut where it would fill the screen."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def first_line(error: BaseException) -> str:
    """The first line of what an exception says, cut where it would fill the screen.

    Returns:
        The line, or the name of the exception's class where it says nothing.
    """
    return _first_line(error) or type(error).__name__


def described(error: BaseException) -> str:
    """The class of an exception and its first line, as ``ValueError: no such layer``."""
    return f"{type(error).__name__}: {_first_line(error) or 'no message'}"


def _first_line(error: BaseException) -> str:
    try:
        text = str(error).strip()
    except Exception:  # noqa: BLE001 - a plugin's exception may be broken as well
        return ""
    return shortened(text.splitlines()[0]) if text else ""
