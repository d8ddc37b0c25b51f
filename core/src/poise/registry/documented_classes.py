"""The configuration classes that SLEAP documents, imported from the plugins that define them."""

from __future__ import annotations

from poise.errors import PluginError, UnknownKeyError
from poise.registry import lookup
from poise.registry.discovery import KINDS, canonical
from poise.registry.documented import CLASS_NAMES, Section


def find(name: str) -> type | None:
    """The class that SLEAP documents as ``name``, loading the plugin that has it.

    The class belongs to a distribution: it is the same whatever registry is in force, and
    whichever distribution ``POISE_PREFER`` gives its key to.

    Args:
        name: such as ``UNetConfig``.

    Returns:
        The class, or ``None`` if SLEAP documents no such name.

    Raises:
        UnknownKeyError: its distribution is not installed, or must not be used.
        PluginError: its plugin is broken, or does not have the class.
    """
    section = CLASS_NAMES.get(name)
    if section is None:
        return None
    config: type | None = getattr(_plugin(section), name, None)
    if config is None:
        raise PluginError(
            f"the plugin of {section.kind} {section.key!r} has no class {name}, "
            f"which {section.distribution} is documented to have"
        )
    return config


def _plugin(section: Section) -> object:
    """The plugin object of the distribution that is documented to provide a section."""
    installed = lookup.installed()
    for candidate in installed.candidates:
        if _provides(candidate.distribution, candidate.kind, candidate.key, section):
            if installed.policy.verdict(candidate):
                break
            return installed.plugin_of(candidate)
    kind = next(kind for kind in KINDS if kind.name == section.kind)
    raise UnknownKeyError(installed.unknown(kind, section.key))


def _provides(distribution: str, kind: str, key: str, section: Section) -> bool:
    named = (canonical(distribution), kind, key)
    return named == (section.distribution, section.kind, section.key)


def installed() -> list[str]:
    """The documented names whose plugins are installed and allowed, by metadata alone."""
    every = lookup.installed()
    allowed = [one for one in every.candidates if not every.policy.verdict(one)]
    return [
        name
        for name, section in CLASS_NAMES.items()
        if any(_provides(one.distribution, one.kind, one.key, section) for one in allowed)
    ]
