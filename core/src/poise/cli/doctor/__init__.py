"""``poise doctor``: check what is installed and configured, and report each problem.

- ``plugins``: every plugin, loaded in a fresh interpreter (``probe``), so a plugin that hangs,
  ends the program or imports Keras is detected and does no harm;
- ``installation``: versions, backends, environment variables and caches, only from metadata and
  files;
- ``gpus``: those that the driver shows and the backend cannot use;
- ``cleaning``: what killed processes left is removed, or gets its name back;
- ``pasting``: the same for an issue report, without names of people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from poise.cli.doctor.gpus import note_on_gpus
from poise.cli.doctor.installation import Installation, examine_installation
from poise.cli.doctor.plugins import TIMEOUT, Plugin, examine_plugins
from poise.cli.doctor.problems import Problem
from poise.errors import ConfigError
from poise.registry.discovery import Policy
from poise.settings import PREFER

__all__ = ["Examination", "Installation", "Plugin", "Problem", "examine"]


@attrs.frozen
class Examination:
    """The results.

    Attributes:
        plugins: every installed plugin, by kind and key.
        installation: versions, backends, environment variables and caches.
        problems: what is broken; empty if all is well.
        notes: harmless facts that are worth knowing.
    """

    plugins: tuple[Plugin, ...]
    installation: Installation
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def examine(
    environ: Mapping[str, str], *, timeout: float = TIMEOUT, own_commands: Collection[str] = ()
) -> Examination:
    """Check everything. This imports neither Keras nor a plugin into this interpreter.

    Args:
        environ: the environment variables.
        timeout: seconds that loading one module may take.
        own_commands: names of Poise's commands, which plugins cannot use.
    """
    problems: list[Problem] = []
    try:
        policy = Policy.from_environment(environ)
    except ConfigError as error:
        problems.append(
            Problem(
                f"the environment variable {PREFER} {error.faults[0].what}",
                f"set {PREFER}=key=distribution, several separated by commas; "
                "the rest of this report ignores it",
            )
        )
        policy = Policy.from_environment({**environ, PREFER.name: ""})
    plugins, notes = examine_plugins(policy, timeout, own_commands)
    installation, wrong, more = examine_installation(
        environ, [plugin.candidate for plugin in plugins]
    )
    on_gpus = note_on_gpus(installation.backend, timeout)
    more += [on_gpus] if on_gpus else []
    # A fault of several keys of a plugin is reported once.
    problems += dict.fromkeys(problem for plugin in plugins if (problem := plugin.problem()))
    return Examination(tuple(plugins), installation, (*problems, *wrong), (*notes, *more))
