"""The documented configuration classes, found in the plugins that define them."""

from __future__ import annotations

from poise import registry
from poise.discovery import KINDS
from poise.errors import PluginError
from poise.wire.documented import CLASS_NAMES


def find(name: str) -> type | None:
    """The class that SLEAP documents as ``name``, loading the plugin that has it.

    Args:
        name: such as ``UNetConfig``.

    Returns:
        The class, or ``None`` if SLEAP documents no such name.

    Raises:
        UnknownKeyError: its plugin is not installed; says which distribution has it.
        PluginError: its plugin is broken, or does not have the class.
    """
    section = CLASS_NAMES.get(name)
    if section is None:
        return None
    kind = next(kind for kind in KINDS if kind.name == section.kind)
    plugin = registry.default().plugin(kind, section.key)
    found: type | None = getattr(plugin, name, None)
    if found is None:
        raise PluginError(
            f"the plugin of {kind.name} {section.key!r} has no class {name}, "
            f"which {section.distribution} is documented to have"
        )
    return found


def installed() -> list[str]:
    """The documented names whose plugins are installed, going by metadata alone."""
    keys = {kind.name: registry.default().keys(kind) for kind in KINDS}
    return [name for name, section in CLASS_NAMES.items() if section.key in keys[section.kind]]
