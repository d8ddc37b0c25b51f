"""Processes that take turns, and what each costs in processor time, as Linux tells it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any


class Process:
    """A process that runs when it is its turn.

    Args:
        words: the command.
        log: where its standard output goes.
    """

    TURN = 0.5
    """Seconds. Others use the machine, too: what they cost falls on all processes alike."""

    def __init__(self, words: Sequence[str], log: Path) -> None:
        self.log = log
        with log.open("w") as stream:
            self.process = subprocess.Popen(words, stdout=stream, stdin=subprocess.PIPE)
        self.status: int | None = None
        self.used: Any = None
        self._send(signal.SIGSTOP)

    def _send(self, number: int) -> None:
        if not self.has_ended():
            os.kill(self.process.pid, number)

    def has_ended(self) -> bool:
        """Whether it has ended; then its costs are known."""
        if self.status is None:
            process, status, used = os.wait4(self.process.pid, os.WNOHANG)
            if process:
                self.status, self.used = os.waitstatus_to_exitcode(status), used
                self.process.returncode = self.status
        return self.status is not None

    def lines(self) -> list[str]:
        """What it has said."""
        return self.log.read_text().splitlines()

    def seconds(self) -> float:
        """Processor time up to now, in user and system mode."""
        if self.has_ended():
            return float(self.used.ru_utime + self.used.ru_stime)
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def run_until(self, is_enough: Callable[[], Any], turn: float = TURN) -> None:
        """Run for a turn, or shorter."""
        self._send(signal.SIGCONT)
        end = time.monotonic() + turn
        while time.monotonic() < end and not self.has_ended() and not is_enough():
            time.sleep(0.005)
        self._send(signal.SIGSTOP)

    def end(self) -> None:
        """Ask it to end, and wait."""
        self._send(signal.SIGTERM)
        while not self.has_ended():
            self.run_until(lambda: False)


def start(*processes: Process) -> list[float]:
    """Let processes run in turn until each has said something; what each has cost up to then."""
    while not all(process.lines() for process in processes):
        for process in processes:
            if not process.lines():
                process.run_until(process.lines)
            if process.has_ended() and not process.lines():
                sys.exit(f"{process.process.args}: ended with {process.status}")
    return [process.seconds() for process in processes]


class Asked:
    """A process that works for as long as it is asked to, and only then.

    A process that is stopped in the middle of a call would count the pause. This one ends its turn
    between two calls.

    Args:
        words: the command; it calls ``turns``.
        log: where its standard output goes.
    """

    def __init__(self, words: Sequence[str], log: Path) -> None:
        self.words, self.log = words, log
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        """What it says next; that it has ended is an error."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        with self.log.open("a") as stream:
            stream.write(line)
        if not line:
            sys.exit(f"{self.words}: ended with {self.process.wait()}")
        return line

    def ask(self, words: object) -> str:
        """Ask it for something, and wait for its answer."""
        assert self.process.stdin is not None
        print(words, file=self.process.stdin, flush=True)
        return self.line()

    def end(self) -> str:
        """What it has found; it ends then."""
        answer = self.ask("end")
        self.process.communicate()
        return answer


def turns() -> Iterator[float]:
    """Seconds to work for, each time that another process asks, until it has asked enough."""
    print("ready", flush=True)
    while (line := sys.stdin.readline().strip()) not in ("", "end"):
        yield float(line)
        print("done", flush=True)
