"""Whether plugins work: remembered, or judged in a process of their own.

A plugin that hangs, ends the interpreter or prints thereby harms nobody. This module imports
nothing heavy as long as all that is asked for is remembered.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

from poise.registry import remembering
from poise.registry.discovery import Candidate, Policy, Survey, package_of
from poise.registry.kinds import Kinds
from poise.registry.metadata import is_unchanged
from poise.registry.remembering import Known, Verdict

if TYPE_CHECKING:
    from poise.registry.failures import Failure


class Verdicts:
    """The verdicts on the plugins of an environment.

    Args:
        installed: what is installed.
        policy: which plugins may be used.
        opened: the kinds of plugins.
        fresh: judge every plugin again, and ignore the cache.
        of_commands: of commands. They have a cache of their own: they may import much, and no
            listing should look at all of that.
    """

    def __init__(
        self,
        installed: Survey,
        policy: Policy,
        opened: Kinds,
        *,
        fresh: bool = False,
        of_commands: bool = False,
    ) -> None:
        self._installed, self._policy, self._opened = installed, policy, opened
        self._began, self._before = time.time_ns(), remembering.environment()
        self._file = remembering.cache_file("commands" if of_commands else "plugins")
        self._cached = (
            remembering.NOTHING if fresh else remembering.recall(self._before, self._file)
        )
        self._results: dict[Candidate, Verdict | Failure] = {}

    def of(self, candidates: Iterable[Candidate]) -> dict[Candidate, Verdict | Failure]:
        """The verdicts on plugins. Those of which nothing is remembered are judged, together."""
        verdicts = self._cached.verdicts
        candidates = list(candidates)
        # The files of its kind decide, too, whether a plugin works.
        openers = {each: self._opened.opened.get(each.kind) for each in candidates}
        new = {opener for opener in openers.values() if opener and opener not in verdicts}
        waiting = {each for each in candidates if each not in verdicts or openers[each] in new}
        self._judge(new - self._results.keys(), waiting - new - self._results.keys())
        return {each: self._results.get(each) or verdicts[each] for each in candidates}

    def _judge(self, openers: Set[Candidate], others: Set[Candidate]) -> None:
        if not openers and not others:
            return
        from poise.registry.interpreter import Case
        from poise.registry.isolated import Interpreters

        case = Case(self._installed.plugins(), self._policy, self._began)
        answers: dict[Candidate, Any] = {}
        with Interpreters(case) as interpreters:
            for candidates in (openers, others):
                interpreters.broken = self._broken_kinds()
                answers |= interpreters.judge(sorted(candidates))
                self._results |= {each: _result(each, answers[each]) for each in candidates}
        learned = _learned(self._results, answers)
        if learned.verdicts:
            self._remember(learned)

    def _broken_kinds(self) -> dict[str, tuple[str, str]]:
        """Kinds that were judged and cannot be used: name → cause and fix."""
        results = {name: self._results.get(each) for name, each in self._opened.opened.items()}
        return {
            name: (result.cause, result.fix)
            for name, result in results.items()
            if result is not None and not isinstance(result, Verdict)
        }

    def _remember(self, learned: Known) -> None:
        self._cached = remembering.joined(self._cached, learned)
        now, before = remembering.environment(), self._before
        # An import may have added a __pycache__ to a folder of the search path. Unlike an
        # installation in the meantime, that does not invalidate the cache.
        is_same = now[:-1] == before[:-1] and is_unchanged(self._installed.stamps)
        if now == before or is_same:
            remembering.remember(self._cached, now, self._file)


def _result(candidate: Candidate, answer: Any) -> Verdict | Failure:
    from poise.registry.failures import Failure

    if isinstance(answer, Failure):
        return answer
    if "summary" not in answer:
        return Failure(candidate, answer["cause"], answer["fix"])
    in_use = answer.get("cause", ""), answer.get("fix", "")
    return Verdict(answer["summary"], answer["paper"], answer["api"], *in_use)


def _learned(results: Mapping[Candidate, Any], answers: Mapping[Candidate, Any]) -> Known:
    """What the cache may keep of the answers."""
    verdicts: dict[Candidate, Verdict] = {}
    needs: dict[str, set[str]] = {}
    files: dict[str, dict[str, Any]] = {}
    for candidate, answer in answers.items():
        # A plugin that failed may have been the first to import a file of another one.
        for package, stamps in answer["files"].items() if isinstance(answer, dict) else ():
            files.setdefault(package, {}).update(stamps)
        result = results[candidate]
        if isinstance(result, Verdict) and not result.cause:
            verdicts[candidate] = result
            needs.setdefault(package_of(candidate), set()).update(answer["needs"])
    return Known(verdicts, {package: sorted(each) for package, each in needs.items()}, files)
