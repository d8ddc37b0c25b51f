"""The registry: which plugins are installed, which may be used, and the spec of a key.

- ``discovery``: entry points and the policy, from metadata alone;
- ``claims``: which plugin provides a key under the policy;
- ``kinds``: which kinds of plugins there are; ``opening`` loads those that are opened;
- ``importing``: load one plugin; any error becomes a ``Failure`` (``failures``); ``judging``:
  whether its spec keeps the contract, ``declaring`` what it declares; ``guarding``: the one
  guarded call into any function of a spec, ``returning`` what such functions must return;
  ``trying`` calls those that need no Keras, ``trail`` tells in which of them a process died;
- ``lookup``: ``Registry``; ``mapping``: its specs by key; ``config_classes``: configuration
  classes by name; ``registering``: what a program adds without a distribution;
- ``in_force``: the registry of a context or of the process;
- ``naming``: the kind and key that a user means;
- ``listing``: the rows of ``poise list``; ``remembering`` caches which plugins work;
- ``documented``: the names that SLEAP documents, and the order of its keys.

Names are imported on first use, so a listing imports only what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise.registry.discovery import Policy as Policy
    from poise.registry.failures import Failure as Failure
    from poise.registry.guarding import Owner as Owner
    from poise.registry.guarding import guarded_methods as guarded_methods
    from poise.registry.guarding import origin_of as origin_of
    from poise.registry.in_force import default as default
    from poise.registry.in_force import register as register
    from poise.registry.in_force import reset as reset
    from poise.registry.in_force import using as using
    from poise.registry.lookup import Registry as Registry
    from poise.registry.mapping import Specs as Specs
    from poise.registry.naming import find as find

_HOMES = {
    "Failure": "failures",
    "Owner": "guarding",
    "Policy": "discovery",
    "Registry": "lookup",
    "Specs": "mapping",
    "default": "in_force",
    "find": "naming",
    "guarded_methods": "guarding",
    "origin_of": "guarding",
    "register": "in_force",
    "reset": "in_force",
    "using": "in_force",
}

if not TYPE_CHECKING:  # with __getattr__, a type checker would accept any name

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(import_module(f"poise.registry.{_HOMES[name]}"), name)
        raise AttributeError(f"module 'poise.registry' has no attribute {name!r}")
