"""Import only plugins that another process has judged. For the command line.

A plugin that ends its interpreter would otherwise end the command, perhaps with exit status 0.
Judging takes a moment, but only once: verdicts on plugins that work are remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from poise.processes.output import output_to_stderr
from poise.registry import trail
from poise.registry.discovery import COMMANDS, Candidate, Policy, survey
from poise.registry.failures import Failure
from poise.registry.kinds import Kinds
from poise.registry.verdicts import Verdicts

T = TypeVar("T")


class Loader(Protocol):
    """How a program loads what entry points name: plugins, kinds and commands."""

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """Do in advance what can be done for several plugins together."""

    def load(self, candidate: Candidate, by: Callable[[], T]) -> T | Failure:
        """Load a plugin, or say why it is not loaded.

        Args:
            candidate: its entry point.
            by: imports it into this process.
        """
        raise NotImplementedError


class Direct:
    """Imports plugins into this process at once. For programs that use Poise as a library."""

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """There is nothing to do."""

    def load(self, candidate: Candidate, by: Callable[[], T]) -> T | Failure:
        """Load a plugin."""
        return by()


class Judged:
    """Imports a plugin if it worked in another process; its output goes to standard error.

    Attributes:
        refused: plugins that are not loaded any more → why.
    """

    def __init__(self) -> None:
        self.refused: dict[Candidate, Failure] = {}
        self._verdicts: dict[bool, Verdicts] = {}

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """Judge those plugins of which nothing is remembered, in one process."""
        self._of(candidates)

    def load(self, candidate: Candidate, by: Callable[[], T]) -> T | Failure:
        """Load a plugin, or return the failure with which another process met."""
        result = self.refused.get(candidate) or self._of([candidate])[candidate]
        if isinstance(result, Failure):
            return result
        with output_to_stderr(), trail.stepping(candidate, "loading it"):
            return by()

    def refuse(self, failure: Failure) -> None:
        """Do not load a plugin any more."""
        self.refused[failure.candidate] = failure

    def _of(self, candidates: Iterable[Candidate]) -> dict[Candidate, object]:
        candidates = list(candidates)
        are_commands = any(each.kind == COMMANDS.name for each in candidates)
        if are_commands not in self._verdicts:
            installed, policy = survey(), Policy.from_environment()
            opened = Kinds(installed.plugins(), policy)
            self._verdicts[are_commands] = Verdicts(
                installed, policy, opened, of_commands=are_commands
            )
        return {**self._verdicts[are_commands].of(candidates)}
