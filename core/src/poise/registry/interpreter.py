"""One interpreter that judges plugins, and what it was doing when it ended."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from poise.registry import trail
from poise.registry.discovery import Candidate, Policy
from poise.registry.failures import Failure

_CODE = """
import json, sys
sys.path[:] = json.loads({path!r})
from poise.registry.judge import run
run({began})
"""


class Case(NamedTuple):
    """What interpreters must know.

    Attributes:
        installed: every entry point.
        policy: which plugins may be used.
        began: time in nanoseconds when these entry points were read.
    """

    installed: Iterable[Candidate]
    policy: Policy
    began: int


def how_it_ended(status: int) -> str:
    """The name of the signal, or the exit status, that ended a process."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


class Interpreter:
    """An interpreter that judges plugins.

    Args:
        case: what it must know.
        heard: gets each line that it answers, and an empty one when it has ended.

    Attributes:
        candidate: the plugin that it is judging.
        answered: how many plugins it has judged.
        is_ready: whether it takes plugins.
        since: when it began with the plugin, or was started.
    """

    def __init__(self, case: Case, heard: queue.SimpleQueue[tuple[Interpreter, str]]) -> None:
        code = _CODE.format(path=json.dumps(sys.path), began=case.began)
        site = ["-S"] if sys.flags.no_site else []
        # In a session of its own a Ctrl-C does not reach it, and its children end with it.
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and code from this file
            [sys.executable, *site, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self.candidate: Candidate | None = None
        self.answered = 0
        self.is_ready = False
        self.since: float = time.monotonic()
        self._heard = heard
        self._trail = trail.new_file()
        threading.Thread(target=self._listen, daemon=True).start()
        policy = case.policy
        self._send(
            installed=list(case.installed),
            allowed=list(policy.allowed),
            disabled=list(policy.disabled),
            preferred=dict(policy.preferred),
            trail=self._trail,
        )

    def ask(self, candidate: Candidate, broken: Mapping[str, tuple[str, str]]) -> None:
        """Have a plugin judged.

        Args:
            candidate: the plugin.
            broken: kinds that cannot be used: name → cause and fix.
        """
        self.candidate, self.since = candidate, time.monotonic()
        self._send(candidate=candidate, broken=broken)

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def how_it_ended(self) -> str:
        """The exit status or signal that ended it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return how_it_ended(self._process.poll() or 0)

    def failure(self, what: str) -> Failure:
        """The failure of the plugin that it was judging: it, or a plugin that it called, did what.

        Args:
            what: for example ``did not finish within 10 seconds``.
        """
        assert self.candidate is not None
        entered = trail.steps(self._trail)
        doing = entered[-1].what if entered else "loading it"
        name = (entered[-1].candidate if entered else self.candidate).distribution
        fix = f"upgrade {name}, or report it to the authors of {name}"
        return Failure(self.candidate, f"{doing} {what}", fix)

    def end(self) -> None:
        """End it, and what plugins started in it."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        trail.remove_file(self._trail)
        with contextlib.suppress(OSError):  # a request that it never read
            self._stdin.close()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _send(self, **request: Any) -> None:
        with contextlib.suppress(OSError):  # it has ended, which is noticed elsewhere
            self._stdin.write(f"{json.dumps(request)}\n")
            self._stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError), self._process.stdout as lines:
            for line in lines:
                self._heard.put((self, line))
        self._heard.put((self, ""))
