"""The output of ``poise list``. Imports no click, and rich only on a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from poise.cli import _output
from poise.registry.discovery import KINDS, OPENERS, Policy, scan, survey
from poise.registry.kinds import Kinds
from poise.registry.listing import DISABLED, Row, rows
from poise.settings import STRICT

CORE = {f"{kind.name}s": kind.name for kind in (*KINDS, OPENERS)}
"""Argument → name of the kind, of those that are always there."""


def kind_arguments(*, with_openers: bool = True) -> dict[str, str]:
    """Argument → name of the kind, of every kind that is installed."""
    kinds = [*Kinds(scan(), Policy.from_environment()), *([OPENERS] if with_openers else [])]
    return {f"{kind.name}s": kind.name for kind in kinds}


class Options(NamedTuple):
    """The options of ``poise list``.

    Attributes:
        kind: the kind to list, as ``backbones``; all plugins if empty.
        as_json: print JSON for programs.
        long: also print entry point, api, paper and the distribution's summary.
        fresh: load every plugin again.
    """

    kind: str = ""
    as_json: bool = False
    long: bool = False
    fresh: bool = False


_FLAGS = {"--json": "as_json", "-l": "long", "--long": "long", "--fresh": "fresh"}


def options_of(arguments: Sequence[str]) -> Options | None:
    """The options of a plain ``poise list``; ``None`` if click is needed to parse it."""
    if not arguments or arguments[0] != "list":
        return None
    kind, flags = "", set()
    for argument in arguments[1:]:
        if argument in _FLAGS:
            flags.add(_FLAGS[argument])
        elif not kind and (argument in CORE or argument in kind_arguments()):
            kind = argument
        else:
            return None
    return Options(kind, "as_json" in flags, "long" in flags, "fresh" in flags)


def show(options: Options) -> int:
    """Print the listing; 1 if a plugin that is shown failed, else 0.

    With ``POISE_STRICT`` every plugin must work, even if it is not shown.
    """
    policy = Policy.from_environment()
    kinds = [options.kind.removesuffix("s")] if options.kind else []
    installed = survey()
    all_rows = rows(
        [] if policy.strict else kinds, fresh=options.fresh, policy=policy, installed=installed
    )
    shown = [row for row in all_rows if not kinds or row.kind in kinds]
    if options.as_json:
        _show_json(shown, installed.summaries if options.long else None)
    elif shown:
        _show_table(shown, installed.summaries if options.long else None)
        _show_faults(shown)
    else:
        _output.say(f"no {options.kind or 'plugins'} installed")
    failed = [row for row in all_rows if row.failed]
    if policy.strict and failed:
        _output.complain(f"{STRICT} is set, and {len(failed)} of {len(all_rows)} plugins failed")
    return 1 if failed else 0


def _show_json(shown: Sequence[Row], summaries: Mapping[str, str] | None) -> None:
    lines = []
    for row in shown:
        data: dict[str, Any] = row._asdict()
        if summaries is not None:
            data["distribution_summary"] = summaries[row.distribution]
        lines.append(json.dumps(data))
    _output.say("[\n" + ",\n".join(lines) + "\n]" if lines else "[]")


def _show_table(shown: Sequence[Row], summaries: Mapping[str, str] | None) -> None:
    header = ["KIND", "KEY", "DISTRIBUTION", "VERSION", "STATE"]
    cells = [[row.kind, row.key, row.distribution, row.version, row.state] for row in shown]
    if summaries is not None:
        header += ["API", "ENTRY POINT"]
        for line, row in zip(cells, shown, strict=True):
            line += ["" if row.api is None else str(row.api), row.entry_point]
    header.append("SUMMARY")
    for line, row in zip(cells, shown, strict=True):
        line.append(f"({row.cause})" if row.state == DISABLED else row.summary)
    _output.table(
        header,
        cells,
        drop=["VERSION", "API", "DISTRIBUTION", "ENTRY POINT", "SUMMARY"],
        prose="SUMMARY",
        elsewhere="-l has them" if summaries is None else "see below",
    )
    if summaries is not None:
        _show_details(shown, summaries)


def _show_details(shown: Sequence[Row], summaries: Mapping[str, str]) -> None:
    narrow = _output.width() is not None
    for row in shown:
        lines = {"distribution": summaries[row.distribution], "paper": row.paper}
        if narrow:  # the table may have no room for these
            provider = f"{row.distribution} {row.version}"
            what = lines["distribution"]
            lines["distribution"] = f"{provider}: {what}" if what else provider
            lines = {"summary": row.summary, "entry point": row.entry_point, **lines}
        if any(lines.values()):
            _output.say()
            _output.say(f"{row.kind} {row.key}")
            for name, text in lines.items():
                if text:
                    _output.say(f"  {name}: {text}")


def _show_faults(shown: Sequence[Row]) -> None:
    printed = set()
    for row in shown:
        if not row.failed:
            continue
        claims = [
            f"{other.distribution} {other.version}"
            for other in shown
            if (other.kind, other.key, other.state) == (row.kind, row.key, row.state)
        ]
        about = f"{row.state}: {row.kind} {row.key} ({', '.join(claims)}): {row.cause}"
        if about not in printed:
            printed.add(about)
            _output.say()
            _output.say(about)
            _output.say(f"  fix: {row.fix}")
