"""``report.html`` in headless Chromium: no request, no error, no overflow, enough contrast."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from browsers import DESK, OPTIONS, PHONE, find_browser
from small_trainings import JOB, write_job, write_labels

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MEASURE = """<!doctype html><head><link rel="icon" href="data:,"></head><body><script>
(async () => {
  const frame = document.createElement('iframe');
  frame.style.cssText = 'border:0; height:900px; width:WIDTHpx';
  frame.src = 'report.html';
  await new Promise(ready => { frame.onload = ready; document.body.append(frame); });
  const seen = frame.contentDocument, root = seen.documentElement;
  const style = element => frame.contentWindow.getComputedStyle(element);
  seen.querySelectorAll('details').forEach(each => { each.open = true; });
  const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = (top, below) => {
    const part = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => top[i] * part + below[i] * (1 - part));
  };
  const ground = element => {
    if (element === null) return [255, 255, 255];
    return over(parse(style(element).backgroundColor), ground(element.parentElement));
  };
  const light = color => {
    const [r, g, b] = color.map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [low, high] = [light(one), light(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const faint = [];
  let texts = 0;
  for (const element of seen.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.getClientRects().length === 0 || element.tagName === 'title') continue;
    texts += 1;
    const color = style(element)[element.tagName === 'text' ? 'fill' : 'color'];
    const below = ground(element);
    const ratio = contrast(over(parse(color), below), below);
    if (ratio < 4.5) faint.push(`${element.tagName} ${element.textContent.slice(0, 30)} ${ratio}`);
  }
  const scrolls = element => element !== null &&
    (/auto|scroll/.test(style(element).overflowX) || scrolls(element.parentElement));
  const lost = [...seen.body.querySelectorAll('*')]
    .filter(item => item.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(item))
    .map(item => `${item.tagName} ${item.textContent.trim().slice(0, 40)}`);
  const shown = () => [...new Set([...seen.querySelectorAll('.of')]
    .filter(each => style(each).display !== 'none').map(each => each.className))];
  const first = shown();
  seen.querySelector('label[for=epoch-1]').click();
  const chosen = shown();
  const small = [...seen.querySelectorAll('svg.chart text')]
    .filter(text => text.getBoundingClientRect().height < 9).length;
  const result = document.createElement('pre');
  result.id = 'result';
  result.textContent = JSON.stringify({width: root.clientWidth, page: root.scrollWidth, faint,
    texts, lost, first, chosen, small, ground: style(seen.body).backgroundColor});
  document.body.append(result);
})();
</script></body>"""
"""Loads the page into a frame of some width, and writes what it measures into itself."""


@pytest.fixture(scope="module")
def browser() -> str:
    """Chromium or a browser that is built from it."""
    return find_browser()


@pytest.fixture(scope="module")
def run(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a model of identities, with a part and a video of long names."""
    import poise_workflows

    folder = tmp_path_factory.mktemp("trained")
    labels = write_labels(folder / ("flies-" + "x" * 80), frames=20, animals=2, tracks=2)
    head = {"confmaps": {"output_stride": 2}, "class_maps": {"output_stride": 2}}
    model = {**JOB["model"], "heads": {"multi_class_bottomup": head}}
    job = write_job(folder / "job.json", model=model)
    values = {"optimization.epochs": 4}
    return poise_workflows.train(job, labels, folder / "run", values=values, validation=0.5).folder


class Recording(SimpleHTTPRequestHandler):
    """A server that keeps what it is asked for."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as its base
        pass


@pytest.fixture(scope="module")
def address(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served to the browser of this machine."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(run / "report.html", folder)
    for width in (PHONE, DESK):
        text = MEASURE.replace("WIDTH", str(width))
        (folder / f"{width}.html").write_text(text, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Recording, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


def browsed(browser: str, address: str, page: str, *options: str) -> str:
    """What becomes of a page, which has said nothing on the console.

    Whoever is asked by whatever name, it is the server of this test.
    """
    Recording.asked.clear()
    quiet = "--disable-background-networking", "--disable-features=NetworkTimeServiceQuerying"
    names = f"--host-resolver-rules=MAP * {address}"
    words = [browser, *OPTIONS, *quiet, names, "--enable-logging=stderr", *options]
    words += ["--virtual-time-budget=60000", f"http://{address}/{page}"]
    said = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in said.stderr.splitlines() if "CONSOLE" in line] == []
    return said.stdout


def test_a_report_asks_for_nothing_not_even_an_icon(browser: str, address: str) -> None:
    browsed(browser, address, "report.html")

    assert Recording.asked == ["/report.html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_report_is_read_in_every_window_without_a_request_or_an_error(
    width: int, scheme: str, browser: str, address: str
) -> None:
    # 0 is dark and 1 is light.
    dark_or_light = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"

    seen = browsed(browser, address, f"{width}.html", dark_or_light)

    match = re.search(r'<pre id="result">(.*?)</pre>', seen, re.DOTALL)
    assert match is not None
    measured = json.loads(html.unescape(match[1]))
    assert Recording.asked == [f"/{width}.html", "/report.html"]
    assert (measured["width"], measured["page"]) == (width, width)
    assert measured["lost"] == []
    assert measured["texts"] > 200
    assert measured["faint"] == []
    assert measured["small"] == 0
    assert measured["ground"] == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
    assert (measured["first"], measured["chosen"]) == (["of e4"], ["of e1"])
