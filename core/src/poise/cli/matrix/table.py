"""The results of all environments as one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from poise.cli.matrix.environments import CellResult


def markdown(results: Sequence[CellResult]) -> str:
    """The matrix as a table, followed by what is broken or was not asked, and why."""
    lines = ["| | " + " | ".join(map(_title, results)) + " |", "|---" * (len(results) + 1) + "|"]
    for kind, key in _plugins(results):
        row = [_counted(result, kind, key) for result in results]
        lines.append(f"| {kind} `{key}` | " + " | ".join(row) + " |")
    return "\n".join([*lines, *findings(results)]) + "\n"


def by_plugin(results: Sequence[CellResult]) -> Iterator[tuple[str, list[list[str]]]]:
    """Each plugin, and a row for each environment with what was counted, for a terminal."""
    for kind, key in _plugins(results):
        counts = [_counted(result, kind, key).replace("*", "") for result in results]
        yield f"{kind} {key}", [list(row) for row in zip(map(_title, results), counts, strict=True)]


def findings(results: Sequence[CellResult]) -> list[str]:
    """What is broken, what was not asked and what could not be run, and why, line by line."""
    return [
        *_listed("Broken", _lines(results, "broken")),
        *_listed("Not asked", _lines(results, "skipped")),
        *_listed("Could not be run", _not_run(results)),
    ]


def _title(result: CellResult) -> str:
    on = result.data
    if not on.get("backend_version"):  # it failed, or nothing that was tested needs Keras
        return f"{result.cell.backend}, Keras {result.cell.keras}"
    return f"{on['backend']} {on['backend_version']}, Keras {on['keras']}"


def _plugins(results: Sequence[CellResult]) -> list[tuple[str, str]]:
    plugins = [plugin for result in results for plugin in result.plugins]
    return list(dict.fromkeys((plugin["kind"], plugin["key"]) for plugin in plugins))


def _cases(result: CellResult, kind: str, key: str) -> list[dict[str, Any]]:
    return [
        case
        for plugin in result.plugins
        if (plugin["kind"], plugin["key"]) == (kind, key)
        for case in plugin["cases"]
    ]


def _counted(result: CellResult, kind: str, key: str) -> str:
    if result.error or key in result.failures:
        return "could not be run"
    if key in result.left_out:
        return f"takes Keras {result.left_out[key]}"
    cases = _cases(result, kind, key)
    parts = {
        status: sum(case["status"] == status for case in cases)
        for status in ("broken", "kept", "skipped")
    }
    words = {"broken": "**{} broken**", "kept": "{} kept", "skipped": "{} not asked"}
    return ", ".join(words[status].format(count) for status, count in parts.items() if count)


def _not_run(results: Sequence[CellResult]) -> dict[str, list[str]]:
    """A line for each environment and each key that could not be tested."""
    lines = {f"{result.cell.name}: `{result.error}`": [""] for result in results if result.error}
    for result in results:
        lines |= {
            f"`{key}`, {result.cell.name}: `{why}`": [""] for key, why in result.failures.items()
        }
    return lines


def _lines(results: Sequence[CellResult], status: str) -> dict[str, list[str]]:
    """A line for each finding with a status → the environments where it occurs."""
    lines: dict[str, list[str]] = {}
    for result in results:
        for kind, key in _plugins(results):
            reasons: dict[tuple[str, str], list[str]] = {}
            for case in _cases(result, kind, key):
                if case["status"] == status:
                    where = reasons.setdefault((case["check"], case["found"]), [])
                    where.append(case["configuration"])
            for (check, reason), configurations in reasons.items():
                named = ", ".join(filter(None, configurations))
                what = f"{check.replace('_', ' ')}: `{reason}`"
                if status == "broken":
                    what = f"{kind} `{key}`{f' ({named})' if named else ''}: {what}"
                lines.setdefault(what, []).append(_title(result))
    return lines


def _listed(title: str, lines: Mapping[str, Iterable[str]]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{title}:"
        yield ""
    for what, where in lines.items():
        places = "; ".join(filter(None, dict.fromkeys(where)))
        yield f"- {what}" + (f" ({places})" if places else "")
