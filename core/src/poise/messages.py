"""Text from files on a terminal, which obeys whatever it is shown."""

from __future__ import annotations


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
