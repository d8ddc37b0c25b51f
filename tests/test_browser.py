"""The built pages, measured in headless Chromium: nothing is wider than its window."""

from __future__ import annotations

import html
import importlib.util
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from browsers import DESK, OPTIONS, PHONE, find_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = """<!doctype html><body><script>
(async () => {
  const measured = [];
  for (const page of PAGES) {
    const frame = document.createElement('iframe');
    frame.style.cssText = 'border:0; height:900px; width:WIDTHpx';
    frame.src = page;
    await new Promise(ready => { frame.onload = ready; document.body.append(frame); });
    const seen = frame.contentDocument;
    const cut = [...seen.querySelectorAll('.poise-network-frame, .highlight-text pre')]
      .filter(box => box.scrollWidth > box.clientWidth)
      .map(box => box.textContent.trim().slice(0, 60));
    const root = seen.documentElement;
    const style = element => frame.contentWindow.getComputedStyle(element);
    const scrolls = element => element !== null && element.tagName !== 'ARTICLE' &&
      (/auto|scroll/.test(style(element).overflowX) || scrolls(element.parentElement));
    const lost = [...seen.querySelectorAll('article *')]
      .filter(item => item.getBoundingClientRect().right > root.clientWidth + 1)
      .filter(item => !scrolls(item) && style(item).visibility === 'visible')
      .map(item => `${item.tagName} ${item.textContent.trim().slice(0, 60)}`);
    measured.push({page, window: root.clientWidth, page_width: root.scrollWidth, cut, lost});
    frame.remove();
  }
  const result = document.createElement('pre');
  result.id = 'result';
  result.textContent = JSON.stringify(measured);
  document.body.append(result);
})();
</script></body>"""
"""Loads every page into a frame of some width, and writes what it measures into itself."""


@pytest.fixture(scope="module")
def browser() -> str:
    """Chromium or a browser that is built from it."""
    return find_browser()


@pytest.fixture(scope="module")
def built(workspace: Path) -> Path:
    """The pages as HTML, in the folder where tox has built them before."""
    missing = [
        name
        for name in ("furo", "myst_parser", "sphinx_click")
        if not importlib.util.find_spec(name)
    ]
    if missing:
        pytest.skip(f"needs what builds the pages: {', '.join(missing)}")
    from sphinx.cmd.build import main

    folder = workspace / "docs" / "_build" / "html"
    assert main(["-W", "-q", "-b", "html", str(workspace / "docs"), str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def address(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages are served to the browser of this machine."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "pages").symlink_to(built)
    for width in (PHONE, DESK):
        pages = [f"pages/{path.relative_to(built).as_posix()}" for path in pages_of(built)]
        text = PAGE.replace("PAGES", json.dumps(pages)).replace("WIDTH", str(width))
        (folder / f"{width}.html").write_text(text, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Silent(SimpleHTTPRequestHandler):
    """A server that logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as its base
        pass


def pages_of(built: Path) -> list[Path]:
    return [path for path in sorted(built.rglob("*.html")) if "_static" not in path.parts]


@pytest.fixture(scope="module", params=[PHONE, DESK])
def width(request: pytest.FixtureRequest) -> int:
    """The width of a window."""
    return int(request.param)


@pytest.fixture(scope="module")
def measured(width: int, browser: str, address: str) -> list[dict[str, Any]]:
    """What the browser measures of every page in a window of this width."""
    command = [browser, *OPTIONS, "--virtual-time-budget=600000", f"{address}/{width}.html"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    match = re.search(r'<pre id="result">(.*?)</pre>', said.stdout, re.DOTALL)
    assert match is not None, said.stderr[-2000:]
    pages: list[dict[str, Any]] = json.loads(html.unescape(match[1]))
    assert len(pages) > 40
    assert {page["window"] for page in pages} == {width}
    return pages


def test_no_page_scrolls_sideways(width: int, measured: list[dict[str, Any]]) -> None:
    assert [page for page in measured if page["page_width"] > width] == []


def test_nothing_of_a_page_is_beyond_its_window(measured: list[dict[str, Any]]) -> None:
    """The theme hides what is, so that the page does not scroll to it."""
    assert {page["page"]: page["lost"][:3] for page in measured if page["lost"]} == {}


def test_no_diagram_is_cut_on_a_desk(width: int, measured: list[dict[str, Any]]) -> None:
    """On a phone a diagram scrolls in a frame of its own."""
    cut = {page["page"]: page["cut"] for page in measured if page["cut"]}

    assert cut == {} or width == PHONE


def test_every_command_is_on_the_page_of_commands(built: Path) -> None:
    from poise.cli._group import IN_PLUGINS, OWN

    page = (built / "reference" / "cli.html").read_text(encoding="utf-8")

    assert {name for name in (*OWN, *IN_PLUGINS) if f'id="poise-{name}"' not in page} == set()
    assert "POISE_MAX_FILE_MB=" in page


def test_pages_of_heads_tell_the_options_of_decoding(built: Path) -> None:
    page = (built / "reference" / "heads" / "multi_instance.html").read_text(encoding="utf-8")

    assert 'id="poise-head-multi-instance-decoding-max-edge-length-ratio"' in page
    assert "see there" not in page
