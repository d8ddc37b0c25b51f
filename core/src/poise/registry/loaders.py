"""Import only plugins that another process has judged. For the command line.

A plugin that ends its interpreter would otherwise end the command, perhaps with exit status 0.
Judging takes a moment, but only once: verdicts on plugins that work are remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from poise.processes.output import output_to_stderr
from poise.registry.discovery import Candidate, Policy, survey
from poise.registry.failures import Failure
from poise.registry.importing import Loaded, load_specs
from poise.registry.kinds import Kinds
from poise.registry.opening import Opened
from poise.registry.verdicts import Verdicts


class Loader(Protocol):
    """How a registry loads the plugins of entry points."""

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """Do in advance what can be done for several plugins together."""

    def load(self, candidate: Candidate, opened: Opened) -> Loaded:
        """Load a plugin. See ``importing.load_specs``."""
        raise NotImplementedError


class Direct:
    """Imports plugins into this process at once. For programs that use Poise as a library."""

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """There is nothing to do."""

    def load(self, candidate: Candidate, opened: Opened) -> Loaded:
        """Load a plugin."""
        return load_specs(candidate, opened)


class Judged:
    """Imports a plugin if it worked in another process; its output goes to standard error."""

    def __init__(self) -> None:
        self._verdicts: Verdicts | None = None

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """Judge those plugins of which nothing is remembered, in one process."""
        self._of(candidates)

    def load(self, candidate: Candidate, opened: Opened) -> Loaded:
        """Load a plugin, or return the failure with which another process met."""
        result = self._of([candidate])[candidate]
        if isinstance(result, Failure):
            return Loaded(result, None)
        with output_to_stderr():
            return load_specs(candidate, opened)

    def _of(self, candidates: Iterable[Candidate]) -> dict[Candidate, object]:
        if self._verdicts is None:
            installed, policy = survey(), Policy.from_environment()
            self._verdicts = Verdicts(installed, policy, Kinds(installed.plugins(), policy))
        return {**self._verdicts.of(candidates)}
