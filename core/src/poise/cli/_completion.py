"""Shell completion of keys, from metadata, without loading plugins."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from poise.cli._listing import kind_arguments
from poise.registry.discovery import BACKBONE, ENCODER, HEAD, Candidate, Kind, Policy, scan
from poise.registry.kinds import Kinds


def keys(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Keys of plugins of every kind."""
    return _keys((), incomplete)


def kinds(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of kinds."""
    return _starting(kind_arguments(with_openers=False).values(), incomplete)


def kinds_to_list(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of kinds in the plural."""
    return _starting(kind_arguments(), incomplete)


def sections(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Keys that have a section in configurations: backbones and heads."""
    return _keys((BACKBONE, HEAD), incomplete)


def weights(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of published weights: keys of encoders, else the names in plugins' catalogs."""
    items = _keys((ENCODER,), incomplete)
    if items:
        return items
    from poise.pretrained.catalog import catalog

    return [
        CompletionItem(name, help=published.title)
        for name, published in catalog().entries.items()
        if name.startswith(incomplete)
    ]


def checkpoint(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """A weights file, ``auto`` or ``none``."""
    words = [CompletionItem(word) for word in ("auto", "none") if word.startswith(incomplete)]
    return words if incomplete and words else [*words, CompletionItem(incomplete, type="file")]


def _starting(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _keys(kinds: tuple[Kind, ...], incomplete: str) -> list[CompletionItem]:
    policy, installed = Policy.from_environment(), scan()
    names = {kind.name for kind in kinds or Kinds(installed, policy)}
    candidates: dict[str, dict[str, Candidate]] = {}
    for candidate in installed:
        if candidate.kind in names and not policy.verdict(candidate):
            candidates.setdefault(candidate.key, {}).setdefault(candidate.kind, candidate)
    items = []
    for key, of_kind in candidates.items():
        for kind, candidate in of_kind.items():
            # A key of several kinds needs its kind as a prefix.
            name = key if len(of_kind) == 1 and ":" not in incomplete else f"{kind}:{key}"
            if name.startswith(incomplete):
                items.append(CompletionItem(name, help=f"{kind} of {candidate.distribution}"))
    return sorted(items, key=lambda item: str(item.value))
