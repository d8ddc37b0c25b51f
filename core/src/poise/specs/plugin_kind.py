"""What opens a kind of plugin: all that Poise needs to know to list, show, test and create one."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class PluginKind:
    """A kind of plugin that a distribution opens.

    An entry point in the group ``poise.kinds`` refers to it. The entry point's name is the name
    of the kind, in the singular: ``tracker`` opens the group ``poise.trackers``, whose plugins
    implement the hook ``poise_trackers``.

    Attributes:
        spec: the class of the specs that the hook returns, made with attrs. It has the fields
            ``key``, ``summary`` and ``api``. Fields of these names mean what they mean in a
            ``BackboneSpec``: ``config``, ``paper``, ``differences``, ``examples``.
        api: the version of the contract; a spec with another ``api`` is refused.
        hooks: a module or class with the hook specification, marked with
            ``poise.hookspecs.hookspec``, and with those of any other hooks that such plugins
            may implement.
        summary: one line that says what such plugins do.
        checks: modules with conformance checks of this kind, in the order in which they run.
            Poise imports them only to test.
        subject: object reference, ``package.module:Class``, of the ``poise.testing.Subject``
            that checks get; empty for that class itself.
        builds: whether checks build models, so that ``poise test`` needs a backend of Keras.
        templates: the package with the templates of ``poise new``: ``module.py.in``,
            ``README.md.in``, and any that replaces a template of Poise. Empty if plugins of
            this kind are not created from templates.
        requires: the dependencies of a new plugin, as in its ``pyproject.toml``.
        test_requires: what its tests need beside ``poise[testing]``.
    """

    spec: type
    api: int
    hooks: Any
    summary: str
    checks: tuple[str, ...] = ()
    subject: str = ""
    builds: bool = False
    templates: str = ""
    requires: tuple[str, ...] = ("poise>=0.1",)
    test_requires: tuple[str, ...] = ()

    @property
    def has_config(self) -> bool:
        """Whether plugins have a configuration class."""
        return any(field.name == "config" for field in attrs.fields(self.spec))
