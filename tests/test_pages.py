"""Every code block of every page does what the page says."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from environment import Environment
from pages import Page, read

ROOT = Path(__file__).resolve().parent.parent

NOT_RUN: dict[str, str] = {}
"""Pages whose code is not run, and why. It should stay empty."""

OWN_ENVIRONMENT = ("docs/first-plugin.md",)
"""Pages whose plugins pip installs in a separate environment."""

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "core/*.md", "plugins/*/*.md")
    for path in ROOT.glob(pattern)
    if "_build" not in path.parts
)


@pytest.fixture
def real_files(workspace: Path) -> Path | None:
    """The folder of real SLEAP files, or ``None``; without it, pages still run."""
    named = os.environ.get("POISE_SHARED")
    folders = [Path(named)] if named else [workspace / "shared", workspace.parent / "shared"]
    return next((folder.resolve() for folder in folders if (folder / "sleap").is_dir()), None)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_does_what_the_page_says(
    page: str, workspace: Path, real_files: Path | None, tmp_path: Path
) -> None:
    blocks = read((workspace / page).read_text(encoding="utf-8"))
    if page in NOT_RUN:
        assert blocks, f"{page} has no code that NOT_RUN could excuse"
        pytest.skip(NOT_RUN[page])

    own = Environment(tmp_path / "environment") if page in OWN_ENVIRONMENT else None
    with Page(page, tmp_path, workspace, real_files, own) as running:
        running.run(blocks)

    if running.left_out:
        pytest.skip(f"all but what needs real SLEAP files ran: {', '.join(running.left_out)}")


def test_there_are_pages_to_run() -> None:
    assert {"README.md", "docs/index.md", "plugins/unet/README.md"} <= set(PAGES)
    assert {*NOT_RUN, *OWN_ENVIRONMENT} <= set(PAGES)


def test_blocks_that_are_not_run_are_few_and_say_why(workspace: Path) -> None:
    blocks = [block for page in PAGES for block in read((workspace / page).read_text("utf-8"))]
    left_out = [block for block in blocks if block.not_run]

    assert len(left_out) < len(blocks) / 10
    assert not [block for block in left_out if not re.search(r"\w+ \w+ \w+", block.not_run)]
