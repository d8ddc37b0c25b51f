"""The directives ``poise-key`` and ``poise-keys``."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import OptionSpec

from poise import registry
from poise.errors import PoiseError
from poise.messages import suggestion
from poise.registry import find
from poise.registry.discovery import KINDS, Kind
from poise.sphinx import facts, writing
from poise.sphinx.pages import name_of, page, summary

_log = logging.getLogger(__name__)


class _OfRegistry(SphinxDirective):
    """Shared by both directives: facts, labels, and errors that Sphinx reports."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # installed plugins may have changed, without any file changing
        try:
            content = self.made()
        except PoiseError as error:
            raise self.error(str(error)) from None
        except OSError as error:
            raise self.error(f"{error.filename}: {error.strerror}") from None
        for node in content:
            for inner in node.findall():
                self.set_source_info(inner)  # for the location in warnings
        return content

    def made(self) -> list[nodes.Node]:
        raise NotImplementedError

    def known_facts(self) -> dict[str, facts.Facts]:
        """The facts in the file of ``poise_facts``."""
        if not self.config.poise_facts:
            return {}
        path = Path(self.env.srcdir, self.config.poise_facts)
        self.env.note_dependency(str(path))
        return facts.read(path)

    def facts_of(self, kind: Kind, key: str) -> facts.Facts | None:
        """The facts of a key, from the file or by measuring now."""
        if kind not in facts.MEASURED:
            return None
        name = f"{kind.name}:{key}"
        if self.config.poise_facts:
            network = self.known_facts().get(name)
            if network is None:
                file = self.config.poise_facts
                _log.warning(
                    "%s has no facts of %s; run: python -m poise.sphinx %s %s",
                    *(file, name, file, name),
                    location=self.get_location(),
                    type="poise",
                    subtype="facts",
                )
            return network
        if importlib.util.find_spec("keras") is None:
            _log.info("no diagram of %s: Keras is not installed, and poise_facts is not set", name)
            return None
        return facts.measure(kind, key)

    def target(self, kind: Kind, key: str) -> nodes.target:
        """The target of ``{ref}`poise-backbone-unet```."""
        name = name_of(kind, key)
        node = nodes.target("", "", ids=[name])
        standard = self.env.domains["std"]
        standard.note_hyperlink_target(name, self.env.docname, name, key)
        return node

    def link(self, kind: Kind, key: str) -> nodes.Node:
        """A link to the page of a key, or its name if there is no such page."""
        return addnodes.pending_xref(
            "",
            nodes.literal(key, key),
            reftype="ref",
            refdomain="std",
            refexplicit=True,
            reftarget=name_of(kind, key),
            refdoc=self.env.docname,
            refwarn=True,
        )


class PoiseKey(_OfRegistry):
    """``.. poise-key:: KEY``, or ``KIND:KEY`` if two kinds have the same key."""

    required_arguments = 1

    def made(self) -> list[nodes.Node]:
        kind, key = find(self.arguments[0])
        return [self.target(kind, key), *page(kind, key, self.facts_of(kind, key))]


class PoiseKeys(_OfRegistry):
    """``.. poise-keys:: backbones``: a table, or, with ``:sections:``, a section for each key."""

    required_arguments = 1
    # As in Sphinx' directives; docutils' type is wider.
    option_spec: ClassVar[OptionSpec] = {  # pyright: ignore[reportIncompatibleVariableOverride]
        "sections": directives.flag
    }

    def made(self) -> list[nodes.Node]:
        kind = _kind(self.arguments[0])
        if "sections" not in self.options:
            networks = self.known_facts() if kind in facts.MEASURED else {}
            return [summary(kind, networks, self.link)]
        return [
            writing.section(key, f"{name_of(kind, key)}-section", self.target(kind, key), *body)
            for key in registry.default().keys(kind)
            for body in [page(kind, key, self.facts_of(kind, key))]
        ]


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if name in (kind.name, f"{kind.name}s"):
            return kind
    names = [f"{kind.name}s" for kind in KINDS]
    raise PoiseError(f"no kind {name!r}; {suggestion(name, names, noun='kinds')}")
