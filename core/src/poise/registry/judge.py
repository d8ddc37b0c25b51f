"""Runs in an interpreter of its own: judge plugins, one after the other.

It reads lines of JSON from standard input: first what is installed, then a plugin each. It
answers each plugin by a line of JSON. Output of plugins goes to standard error, and there is
nothing on their standard input.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

import importlib_metadata  # noqa: F401 - loading plugins needs it, and it adds a finder

from poise.messages import join_names
from poise.processes.locks import ForkSafeLock
from poise.registry import trail
from poise.registry.discovery import COMMANDS, Candidate, Policy, package_of
from poise.registry.failures import Broken, Failure, failure_of
from poise.registry.importing import load_specs
from poise.registry.kinds import Kinds
from poise.registry.opening import Opened
from poise.registry.plugin_commands import load_command
from poise.registry.shared import Shared
from poise.registry.tracing import Trace
from poise.registry.trying import failure_in_use
from poise.specs import PluginKind

Answer = dict[str, Any]


class Judge:
    """Loads plugins and says what it saw.

    Args:
        installed: every entry point.
        policy: which plugins may be used.
        trace: the imports, from the start of the interpreter.
    """

    def __init__(self, installed: list[Candidate], policy: Policy, trace: Trace) -> None:
        self._opened = Opened(Kinds(installed, policy), ForkSafeLock())
        self._trace = trace
        self._common = trace.new_files()
        self._shared = Shared()
        self._is_spoiled = False

    def judge(self, candidate: Candidate, broken: dict[str, list[str]]) -> Answer:
        """Load a plugin, and try its functions.

        Args:
            candidate: the plugin.
            broken: kinds that cannot be used: name → cause and fix.
        """
        for name, (cause, fix) in broken.items():
            self._opened.refuse(name, cause, fix)
        answer = self._verdict(candidate)
        replaced = self._shared.replaced()
        if replaced and candidate.kind != COMMANDS.name:  # which runs alone
            answer = _failed(_replacing(replaced, candidate))
        files = self._trace.new_files()
        answer["needs"] = self._trace.needs(package_of(candidate), files)
        answer["files"] = {**self._common, **files}
        self._common = {}
        answer["is_spoiled"] = bool(replaced) or self._shared.is_changed()
        return answer

    def _verdict(self, candidate: Candidate) -> Answer:
        try:
            if candidate.kind == COMMANDS.name:
                load_command(candidate)
                return _described(None)
            loaded = load_specs(candidate, self._opened)
            if isinstance(loaded.result, Failure):
                return _failed(loaded.result)
            # Registering costs more, the more plugins there are; another key registers it again.
            if self._opened.manager.is_registered(loaded.plugin):
                self._opened.manager.unregister(loaded.plugin)
            return {**_described(loaded.result), **_in_use(candidate, loaded.result)}
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
            return _failed(failure_of(error, candidate))


def _described(spec: Any) -> Answer:
    """What a listing shows of a spec: of a kind and an observer, less."""
    if spec is None:
        return {"summary": "", "paper": None, "api": None}
    paper = None if isinstance(spec, PluginKind) else getattr(spec, "paper", None)
    try:
        summary = " ".join(str(spec.summary).split())
        paper = None if paper is None else str(paper)
    except BaseException as error:  # a plugin may raise anything
        what = f"its summary and paper must be text, got a {type(error).__name__}"
        raise Broken(what, "give them as str") from error
    return {"summary": summary, "paper": paper, "api": int(spec.api)}


def _in_use(candidate: Candidate, spec: Any) -> Answer:
    """Cause and fix if the plugin fails where it is used."""
    if spec is None or isinstance(spec, PluginKind):
        return {}
    cause = failure_in_use(candidate, spec)
    name = candidate.distribution
    fix = f"upgrade {name}, or report it to the authors of {name}"
    return {"cause": cause, "fix": fix} if cause else {}


def _failed(failure: Failure) -> Answer:
    return {"cause": failure.cause, "fix": failure.fix}


def _replacing(names: list[str], candidate: Candidate) -> Failure:
    return Failure(
        candidate,
        f"importing it replaces {join_names(names, limit=4)}, which every plugin relies on",
        f"report it to the authors of {candidate.distribution}, or uninstall it",
    )


def serve(trace: Trace, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until there are none, then end the interpreter."""
    own = os.getpid()
    dumps, loads, leave, flush = json.dumps, json.loads, os._exit, sys.stdout.flush
    first = loads(requests.readline())
    policy = Policy(frozenset(first["allowed"]), frozenset(first["disabled"]), first["preferred"])
    trail.follow(first["trail"])
    judge = Judge([Candidate(*fields) for fields in first["installed"]], policy, trace)
    answers.write("ready\n")
    answers.flush()
    for line in requests:
        request = loads(line)
        answer = dumps(judge.judge(Candidate(*request["candidate"]), request["broken"]))
        if os.getpid() != own:
            leave(0)  # the plugin forked: only the parent answers
        flush()
        answers.write(f"{answer}\n")
        answers.flush()
    leave(0)  # threads that a plugin left running would keep it alive


def run(began: int) -> None:
    """Take over this interpreter.

    Args:
        began: time in nanoseconds when the caller looked at what is installed.
    """
    trace = Trace(began)
    trace.start()
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    serve(trace, requests, answers)
