"""The configuration classes that SLEAP documents, imported from the plugins that define them."""

from __future__ import annotations

from poise.errors import PluginError, UnknownKeyError
from poise.registry import in_force
from poise.registry.documented import CLASS_NAMES, Section
from poise.registry.metadata import canonical


def find(name: str) -> type | None:
    """The class that SLEAP documents as ``name``; loads the plugin that defines it.

    The class belongs to a distribution. It does not depend on the registry in force, nor on
    the distribution that ``POISE_PREFER`` chooses for its key.

    Args:
        name: a class name, as ``UNetConfig``.

    Returns:
        The class, or ``None`` if SLEAP documents no such name.

    Raises:
        UnknownKeyError: its distribution is not installed, or is disabled.
        PluginError: its plugin is broken, or does not define the class.
    """
    section = CLASS_NAMES.get(name)
    if section is None:
        return None
    config: type | None = getattr(_plugin(section), name, None)
    if config is None:
        raise PluginError(
            f"the plugin of {section.kind} {section.key!r} must define the class {name}, "
            f"which SLEAP documents, got none; upgrade {section.distribution}"
        )
    return config


def _plugin(section: Section) -> object:
    """The plugin object of a section, from the distribution that provides it."""
    installed = in_force.installed()
    for candidate in installed.candidates:
        if _provides(candidate.distribution, candidate.kind, candidate.key, section):
            verdict = installed.policy.verdict(candidate)
            if verdict:
                what = f"no {section.kind} {section.key!r}: {candidate} has it, but is {verdict}"
                raise UnknownKeyError(what)
            installed.refuse_failures_if_strict()
            return installed.plugin_of(candidate)
    raise UnknownKeyError(
        f"no {section.kind} {section.key!r} is installed: {section.distribution} provides it "
        f"(pip install {section.distribution})"
    )


def _provides(distribution: str, kind: str, key: str, section: Section) -> bool:
    named = (canonical(distribution), kind, key)
    return named == (section.distribution, section.kind, section.key)


def installed() -> list[str]:
    """The documented names whose plugins are installed and allowed, from metadata alone."""
    registry = in_force.installed()
    allowed = [
        candidate for candidate in registry.candidates if not registry.policy.verdict(candidate)
    ]
    return [
        name
        for name, section in CLASS_NAMES.items()
        if any(
            _provides(candidate.distribution, candidate.kind, candidate.key, section)
            for candidate in allowed
        )
    ]
