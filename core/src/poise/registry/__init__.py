"""The registry: what is installed, which of it may be used, and the spec of a key.

- ``discovery``: entry points and the policy, from metadata alone;
- ``claims``: who provides a key, given the policy;
- ``importing``: one plugin is loaded, and whatever fails becomes a ``Failure``;
- ``lookup``: ``Registry``, and the registry in force; ``mapping``: its specs by key;
- ``naming``: which kind and key a user means;
- ``listing``: the rows of ``poise list``, with what ``remembering`` keeps of plugins that work;
- ``documented``: the names and the order of keys that SLEAP documents.

Names are imported when they are first used: a listing pays for none that it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise.registry.discovery import Policy as Policy
    from poise.registry.importing import Failure as Failure
    from poise.registry.lookup import Registry as Registry
    from poise.registry.lookup import default as default
    from poise.registry.lookup import reset as reset
    from poise.registry.mapping import Specs as Specs
    from poise.registry.naming import find as find

_HOMES = {
    "Failure": "importing",
    "Policy": "discovery",
    "Registry": "lookup",
    "Specs": "mapping",
    "default": "lookup",
    "find": "naming",
    "reset": "lookup",
}

if not TYPE_CHECKING:  # with it, no name would be unknown to a type checker

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(import_module(f"poise.registry.{_HOMES[name]}"), name)
        raise AttributeError(f"module 'poise.registry' has no attribute {name!r}")
