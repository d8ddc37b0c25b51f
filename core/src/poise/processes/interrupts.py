"""Tell the user's own interrupts from exceptions that only look like them.

Poise turns whatever a plugin raises into an error that names the plugin, except what the user
or the system asked for: Ctrl-C, and what the program's handlers of signals raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import Any


def let_signals_pass(error: BaseException) -> None:
    """Raise an exception again if a signal caused it, and not the code that it ended."""
    if from_signal(error):
        raise error


def from_signal(error: BaseException) -> bool:
    """Whether a signal caused an exception: Ctrl-C, or a handler of the program's.

    A ``raise`` statement of a plugin's is no signal, even if it raises ``KeyboardInterrupt``. An
    exception that took the place of one that a signal caused counts as caused by it, too.
    """
    import signal  # every listing imports this module

    handlers = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()}
    return any(_is_from(each, handlers) for each in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, and those whose handling it ended."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__context__


def _is_from(error: BaseException, handlers: set[CodeType | None]) -> bool:
    import traceback

    frames = traceback.walk_tb(error.__traceback__)
    if any(frame.f_code in handlers for frame, _ in frames):
        return True
    return isinstance(error, KeyboardInterrupt) and not _is_raised(error)


def _is_raised(error: BaseException) -> bool:
    """Whether the innermost code of a traceback executed a ``raise`` statement."""
    from opcode import opmap

    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return (
        last is not None and last.tb_frame.f_code.co_code[last.tb_lasti] == opmap["RAISE_VARARGS"]
    )


def _code_of(handler: Any) -> CodeType | None:
    function = getattr(handler, "__func__", handler)
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None
