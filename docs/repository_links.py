"""Links to the repository, from the address that the distribution ``poise`` names."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import metadata
from typing import Any


def theme_options(project_urls: Iterable[str]) -> dict[str, Any]:
    """The options of Furo for a link to the repository, and one on each page to edit it.

    Args:
        project_urls: the fields ``Project-URL``, as in ``"Repository, https://…"``.

    Returns:
        No options without such an address.
    """
    urls = dict(url.split(", ", 1) for url in project_urls)
    address = urls.get("Repository", "").rstrip("/")
    if not address:
        return {}
    link = {"name": "Repository", "url": address, "html": "Repository", "class": ""}
    return {
        "source_repository": f"{address}/",
        "source_branch": "main",
        "source_directory": "docs/",
        "footer_icons": [link],
    }


def of_poise() -> dict[str, Any]:
    """The options for the installed distribution ``poise``."""
    return theme_options(metadata("poise").get_all("Project-URL") or ())
