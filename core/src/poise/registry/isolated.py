"""Have plugins judged in interpreters of their own, and name each that ends or blocks one.

One interpreter judges plugins one after the other. When a plugin ends it, or takes longer than
the limit, that plugin is the culprit and another interpreter goes on with the rest. While all
interpreters are busy with slow plugins, further ones start.
"""

from __future__ import annotations

import contextlib
import json
import queue
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from poise.registry.discovery import COMMANDS, Candidate
from poise.registry.failures import Failure
from poise.registry.interpreter import Case, Interpreter

LIMIT = 10.0
"""Seconds that loading a plugin, and trying its functions, may take."""

OF_COMMANDS = 60.0
"""The same for a command: it may import Keras at once, which no plugin may."""

START_LIMIT = 60.0
"""Seconds that starting an interpreter may take."""

PATIENCE = 1.0
"""Seconds without an answer after which another interpreter starts."""

MOST = 8
"""Interpreters at a time."""

_TICK = 0.1


class Interpreters:
    """The interpreters, and the plugins that wait for one.

    Args:
        case: what is installed.
        limit: seconds that loading a plugin may take.
        of_commands: the same for a command.

    Attributes:
        broken: kinds that cannot be used: name → cause and fix.
    """

    def __init__(self, case: Case, limit: float = LIMIT, of_commands: float = OF_COMMANDS) -> None:
        self.broken: dict[str, tuple[str, str]] = {}
        self._waiting: deque[tuple[Candidate, bool]] = deque()
        self._case, self._limit, self._of_commands = case, limit, of_commands
        self._heard: queue.SimpleQueue[tuple[Interpreter, str]] = queue.SimpleQueue()
        self._interpreters: list[Interpreter] = []
        self._doubtful: list[Candidate] = []
        self._results: dict[Candidate, Failure | dict[str, Any]] = {}
        self._latest = time.monotonic()

    def __enter__(self) -> Interpreters:
        return self

    def __exit__(self, *error: object) -> None:
        for interpreter in self._interpreters:
            interpreter.end()

    def judge(self, candidates: Iterable[Candidate]) -> dict[Candidate, Failure | dict[str, Any]]:
        """Judge plugins.

        Returns:
            Plugin → its failure, or the answer of ``judge.Judge``.

        Raises:
            OSError: the system starts no interpreter.
        """
        self._results = {}
        self._work_off(candidates)
        # What an earlier plugin did may be the reason why one failed. So those that failed are
        # judged again, without those that worked.
        again, self._doubtful = self._doubtful, []
        if again:
            for interpreter in list(self._interpreters):
                self._dismiss(interpreter)
            self._work_off(again)
            self._doubtful = []
        return self._results

    def _work_off(self, candidates: Iterable[Candidate]) -> None:
        self._waiting.extend((candidate, False) for candidate in candidates)
        while self._waiting or any(each.candidate for each in self._interpreters):
            self._assign()
            with contextlib.suppress(queue.Empty):
                self._hear(*self._heard.get(timeout=_TICK))
                continue
            for interpreter in list(self._interpreters):
                self._look_at(interpreter)

    def _assign(self) -> None:
        for interpreter in [each for each in self._interpreters if each.is_ready]:
            if self._waiting and interpreter.candidate is None:
                if self._waiting[0][1] and interpreter.answered:  # to be judged alone
                    self._dismiss(interpreter)
                else:
                    interpreter.ask(self._waiting.popleft()[0], self.broken)
        if self._waiting and self._needs_another():
            self._latest = time.monotonic()
            self._interpreters.append(Interpreter(self._case, self._heard))

    def _needs_another(self) -> bool:
        number = len(self._interpreters)
        if any(not each.is_ready or each.candidate is None for each in self._interpreters):
            return False
        is_stuck = time.monotonic() - self._latest > PATIENCE
        return number == 0 or (is_stuck and number < MOST)

    def _hear(self, interpreter: Interpreter, line: str) -> None:
        if interpreter not in self._interpreters:
            return
        self._latest = time.monotonic()
        candidate = interpreter.candidate
        if not interpreter.is_ready and line == "ready\n":
            interpreter.is_ready = True
        elif candidate is not None and (answer := _parsed(line)) is not None:
            interpreter.candidate = None
            self._results[candidate] = answer
            if "cause" in answer and interpreter.answered:
                self._doubtful.append(candidate)
            interpreter.answered += 1
            if answer["is_spoiled"]:
                self._dismiss(interpreter)
        else:
            self._end_of(interpreter)

    def _look_at(self, interpreter: Interpreter) -> None:
        """End an interpreter that takes too long, or that ended without a word."""
        took = time.monotonic() - interpreter.since
        if interpreter.has_ended():
            self._end_of(interpreter)
        elif interpreter.candidate is not None:
            is_command = interpreter.candidate.kind == COMMANDS.name
            limit = self._of_commands if is_command else self._limit
            if took > limit:
                self._blame(interpreter, f"did not finish within {limit:g} seconds")
        elif not interpreter.is_ready and took > START_LIMIT:
            self._dismiss(interpreter)
            self._give_up(f"did not start within {START_LIMIT:g} seconds")

    def _end_of(self, interpreter: Interpreter) -> None:
        how = interpreter.how_it_ended()
        if interpreter.candidate is not None:
            if interpreter.answered:
                # A thread of an earlier plugin may have ended it. Alone, it shows.
                self._waiting.appendleft((interpreter.candidate, True))
                self._dismiss(interpreter)
            else:
                self._blame(interpreter, f"ended the interpreter ({how})")
            return
        started = interpreter.is_ready
        self._dismiss(interpreter)
        if not started:
            self._give_up(f"ended before it began ({how})")

    def _blame(self, interpreter: Interpreter, what: str) -> None:
        failure = interpreter.failure(what)
        self._results[failure.candidate] = failure
        self._dismiss(interpreter)

    def _dismiss(self, interpreter: Interpreter) -> None:
        self._interpreters.remove(interpreter)
        interpreter.end()

    def _give_up(self, what: str) -> None:
        """No interpreter starts: nobody can say anything of the rest."""
        for candidate, _ in self._waiting:
            cause = f"the interpreter that loads plugins {what}"
            self._results[candidate] = Failure(candidate, cause, "see what poise doctor reports")
        self._waiting.clear()


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(line)
        return answer if "is_spoiled" in answer else None
    except (ValueError, TypeError, RecursionError):
        return None
