"""Call functions of plugins in a process of its own, so that none of them ends the command.

A function may work with the default configuration, with which it was tried before, and end the
process with another one, or never return. Poise then says whose function it was, and does the
same work again without that plugin, for all others.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from poise import errors
from poise.errors import Fault, FaultsError, PluginError, PoiseError
from poise.processes.interrupts import from_signal
from poise.registry import in_force, trail
from poise.registry.failures import Failure
from poise.registry.interpreter import how_it_ended
from poise.registry.isolated import LIMIT
from poise.registry.loaders import Judged

T = TypeVar("T")

_TICK = 0.1
_HEAD = 8
"""Bytes that say how long an answer is."""


class _Ended(NamedTuple):
    """A process that gave no answer.

    Attributes:
        how: what it did, as ``ended the interpreter (exit status 0)``.
        step: in which code of a plugin it did that; ``None`` if in none.
    """

    how: str
    step: trail.Step | None


def apart(work: Callable[[], T]) -> T:
    """What a function returns that calls functions of plugins, or raises what it raises.

    Only a program that owns its process does the work in another one, and only where the system
    can fork. Each function of a plugin that is called has ten seconds.

    Args:
        work: the function. What it returns must be JSON; tuples come back as lists.

    Raises:
        PluginError: the other process ended, in code of no plugin that could be left out.
    """
    loader = in_force.loader()
    if not isinstance(loader, Judged) or not hasattr(os, "fork"):
        return work()
    while True:
        outcome = _outcome(work)
        if not isinstance(outcome, _Ended):
            is_returned, value = outcome
            if is_returned:
                result: T = value
                return result
            raise value
        step = outcome.step
        if step is None or step.candidate in loader.refused:
            raise PluginError(f"what it called {outcome.how}")
        name = step.candidate.distribution
        fix = f"upgrade {name}, or report it to the authors of {name}"
        loader.refuse(Failure(step.candidate, f"{step.what} {outcome.how}", fix))


def _outcome(work: Callable[[], Any]) -> tuple[bool, Any] | _Ended:
    """Whether the work returned, and its value or exception."""
    path = trail.new_file()
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside idle threads
        process = os.fork()
    if not process:
        os.close(reader)
        _work(work, path, writer)
    os.close(writer)
    try:
        return _heard(process, reader, path)
    finally:
        os.close(reader)
        with suppress(OSError):  # it has ended, unless the user ended this one
            os.kill(process, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(process, 0)
        trail.remove_file(path)


def _work(work: Callable[[], Any], path: str, writer: int) -> None:
    """Do the work in the other process, and end it."""
    own, leave, status = os.getpid(), os._exit, 1
    trail.follow(path)
    try:
        answer = _answer(work)
        sys.stderr.flush()
        if os.getpid() == own:  # else a plugin forked
            with os.fdopen(writer, "wb") as stream:
                stream.write(len(answer).to_bytes(_HEAD, "big") + answer)
        status = 0
    except KeyboardInterrupt:  # this process's parent gets it, too
        status = 130
    finally:
        leave(status)


def _answer(work: Callable[[], Any]) -> bytes:
    """What the work returns or raises, as JSON: reading it runs no code of a plugin."""
    try:
        return json.dumps({"returned": work()}).encode()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and from_signal(error):
            raise
        return json.dumps({"raised": _described(error)}).encode()


def _described(error: BaseException) -> dict[str, Any]:
    # The nearest class of Poise: a plugin may raise one of its own.
    classes = [cls for cls in type(error).__mro__ if vars(errors).get(cls.__name__) is cls]
    name = classes[0].__name__ if classes else ""
    if isinstance(error, FaultsError):
        return {"class": name, "faults": list(error.faults), "heading": error.heading}
    if isinstance(error, PoiseError):
        return {"class": name, "message": str(error.args[0]) if error.args else ""}
    if isinstance(error, OSError):
        path = None if error.filename is None else os.fsdecode(error.filename)
        return {"system": [error.errno, error.strerror, path]}
    # A mistake of Poise's own: where it is, only the other process knows.
    return {"bug": "".join(traceback.format_exception(error))}


def _rebuilt(described: dict[str, Any]) -> Exception:
    if "bug" in described:
        return RuntimeError(f"in the process that calls plugins:\n{described['bug']}")
    if "system" in described:
        number, reason, path = described["system"]
        return OSError(number, reason, path)
    cls: Callable[..., Exception] = getattr(errors, described["class"])
    if "faults" in described:
        return cls([Fault(*fault) for fault in described["faults"]], described["heading"])
    return cls(described["message"])


def _heard(process: int, reader: int, path: str) -> tuple[bool, Any] | _Ended:
    """Wait for the answer of a process, for its end, or for a function that takes too long."""
    data = b""
    while not _is_whole(data):
        if select.select([reader], [], [], _TICK)[0]:
            part = os.read(reader, 1 << 20)
            data += part
            if not part:
                return _end_of(process, path)
        elif (step := trail.overdue(path, LIMIT)) is not None:
            return _Ended(f"did not finish within {LIMIT:g} seconds", step)
        elif _has_ended(process) and not select.select([reader], [], [], 0)[0]:
            return _end_of(process, path)  # although a process that a plugin started has the pipe
    answer = json.loads(data[_HEAD:])
    if "raised" in answer:
        return False, _rebuilt(answer["raised"])
    return True, answer["returned"]


def _has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _is_whole(data: bytes) -> bool:
    return len(data) >= _HEAD and len(data) >= _HEAD + int.from_bytes(data[:_HEAD], "big")


def _end_of(process: int, path: str) -> _Ended:
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    entered = trail.steps(path)
    how = f"ended the interpreter ({how_it_ended(status)})"
    return _Ended(how, entered[-1] if entered else None)
