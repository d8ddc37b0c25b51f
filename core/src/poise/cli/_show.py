"""``poise show``: describe a plugin."""

from __future__ import annotations

import json
from typing import Any

import click

from poise import registry
from poise.cli import _completion, _output
from poise.cli._apart import apart
from poise.cli._fitting import wrapped
from poise.fields.descriptions import REQUIRED, SectionPage, sections_of
from poise.processes.output import output_to_stderr
from poise.registry.discovery import Candidate, Kind
from poise.specs import HeadSpec

EPILOG = """\b
Examples:
  poise show unet
  poise show multi_instance
  poise show backbone:unet        if a backbone and a head have the same key
  poise show unet --json
"""
WIDTH = 88
"""Columns of prose, at most: longer lines are hard to read."""


@click.command("show", epilog=EPILOG)
@click.argument("key", shell_complete=_completion.keys)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def command(key: str, as_json: bool) -> int:
    """Show a backbone, head or other plugin: its fields with type, default, domain, meaning.

    Also show where SLEAP 1.4 and its documentation differ, the paper, and the distribution that
    provides it. Poise loads only this plugin.
    """
    kind, name = registry.find(key)
    page = apart(lambda: _quiet_page(kind, name))
    if as_json:
        _output.say_json(page)
    else:
        _print(page)
    return 0


def _quiet_page(kind: Kind, key: str) -> dict[str, Any]:
    with output_to_stderr():
        return page_of(kind, key)


def page_of(kind: Kind, key: str) -> dict[str, Any]:
    """The content of ``poise show``, as plain data."""
    plugins = registry.default()
    spec: Any = plugins.spec(kind, key)
    candidate = plugins.claimants(kind, key)[0]
    with registry.Owner.of_key(candidate).named("the configuration class"):
        page = _page(kind, spec, candidate)
        json.dumps(page)  # a default of a plugin's might be no JSON
        return page


def _page(kind: Kind, spec: Any, candidate: Candidate) -> dict[str, Any]:
    cls = getattr(spec, "config", None)  # an encoder has none, and others need only have a key
    return {
        "kind": kind.name,
        "key": candidate.key,
        "summary": spec.summary,
        "config": cls and f"{cls.__module__}.{cls.__qualname__}",
        "distribution": candidate.distribution,
        "version": candidate.version,
        "entry_point": candidate.value,
        "api": spec.api,
        "stage": spec.stage if isinstance(spec, HeadSpec) else None,
        "paper": getattr(spec, "paper", None),
        "sections": [_section_data(section) for section in sections_of(cls)] if cls else [],
        "differences": [
            {
                "name": difference.name,
                "path": difference.path,
                "sleap": difference.sleap,
                "documented": difference.documented,
            }
            for difference in getattr(spec, "differences", ())
        ],
        "examples": sorted(getattr(spec, "examples", ())),
    }


def _section_data(section: SectionPage) -> dict[str, Any]:
    fields = [
        {**field._asdict(), "required": field.default is REQUIRED} for field in section.fields
    ]
    for field in fields:
        if field["required"]:
            field["default"] = None
    return {**section._asdict(), "fields": fields}


def _print(page: dict[str, Any]) -> None:
    _output.heading(f"{page['kind']} {page['key']}")
    if page["summary"]:
        _say(page["summary"], 2)
    _output.say()
    facts = [["class", page["config"]]] if page["config"] else []
    facts += [
        ["distribution", f"{page['distribution']} {page['version']}"],
        ["entry point", page["entry_point"]],
        ["api", str(page["api"])],
    ]
    if page["stage"]:
        facts.append(["stage", page["stage"]])
    if page["paper"]:
        facts.append(["paper", page["paper"]])
    _output.rows(facts, "  ")
    for section in page["sections"]:
        _output.say()
        path = ".".join(part for part in (page["key"], section["path"]) if part)
        _output.heading(f"{path}: {section['name']}")
        if section["summary"]:
            _say(section["summary"], 2)
        for field in section["fields"]:
            _output.say()
            _print_field(field)
    if page["differences"]:
        _output.say()
        _output.heading("Where SLEAP 1.4 and its documentation differ")
        for difference in page["differences"]:
            _output.say()
            _output.say(
                f"  {difference['name']}"
                + (f" @ {difference['path']}" if difference["path"] else "")
            )
            _say(f"sleap-1.4: {difference['sleap']}", 6, 8)
            _say(f"2026: {difference['documented']}", 6, 8)


def _print_field(field: dict[str, Any]) -> None:
    default = "required" if field["required"] else f"default {json.dumps(field['default'])}"
    nested = isinstance(field["default"], dict)
    _output.say(f"  {field['name']}: {field['type']}, {'see below' if nested else default}")
    for domain in field["domain"]:
        _say(domain, 6)
    if field["aliases"]:
        _say(f"in SLEAP's files also {', '.join(field['aliases'])}", 6)
    if field["meaning"]:
        _say(field["meaning"], 6)


def _say(text: str, indent: int, further: int | None = None) -> None:
    width = min(_output.width() or WIDTH, WIDTH)
    line = f"{'':{indent}}{' '.join(text.split())}"
    for part in wrapped(line, width, indent if further is None else further):
        _output.say(part)
