"""What is installed, what is chosen, and what is wrong with it: ``poise doctor``.

- ``plugins``: every plugin, each loaded in an interpreter of its own (``probe``), so that one
  that hangs, ends the program, or brings Keras along is found out and harms nobody;
- ``installation``: versions, backends, variables and caches, from metadata and files alone;
- ``pasting``: the same for an issue report, without names of people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from poise.cli.doctor.installation import Installation, examine_installation
from poise.cli.doctor.plugins import TIMEOUT, Plugin, examine_plugins
from poise.cli.doctor.problems import Problem
from poise.errors import ConfigError
from poise.registry.discovery import Policy
from poise.settings import PREFER

__all__ = ["Examination", "Installation", "Plugin", "Problem", "examine"]


@attrs.frozen
class Examination:
    """All that was found.

    Attributes:
        plugins: every installed plugin, by kind and key.
        installation: versions, backends, variables and caches.
        problems: what is broken; nothing if all is well.
        notes: what is worth knowing, and harms nobody.
    """

    plugins: tuple[Plugin, ...]
    installation: Installation
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def examine(
    environ: Mapping[str, str], *, timeout: float = TIMEOUT, own_commands: Collection[str] = ()
) -> Examination:
    """Look at everything. Neither Keras nor a plugin is imported into this interpreter.

    Args:
        environ: the environment variables.
        timeout: seconds that loading one module may take.
        own_commands: names of commands that no plugin's command can have.
    """
    problems: list[Problem] = []
    try:
        policy = Policy.from_environment(environ)
    except ConfigError as error:
        problems.append(
            Problem(
                f"the variable {PREFER} {error.faults[0].what}",
                f"write {PREFER}=key=distribution, several with commas between them; "
                "what follows is without it",
            )
        )
        policy = Policy.from_environment({**environ, PREFER.name: ""})
    plugins, notes = examine_plugins(policy, timeout, own_commands)
    installation, wrong, more = examine_installation(
        environ, [plugin.candidate for plugin in plugins]
    )
    # The same fault of several keys of a plugin is said once.
    problems += dict.fromkeys(problem for plugin in plugins if (problem := plugin.problem()))
    return Examination(tuple(plugins), installation, (*problems, *wrong), (*notes, *more))
