"""The environment variables that Poise reads, as a table in Markdown."""

from __future__ import annotations

from poise.settings import OTHERS, SETTINGS

MARK = "<!-- environment variables -->"
"""Where the table is in ``reference/cli.md``; it is put there when Sphinx reads the page."""


def table() -> str:
    """A row for each variable."""
    rows = [
        f"| `{setting.name}={setting.form}` | {setting.meaning} |" for setting in SETTINGS + OTHERS
    ]
    return "\n".join(["| environment variable | what it does |", "|---|---|", *rows, ""])
