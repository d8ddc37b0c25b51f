"""The browser that measures pages, and the windows that it measures them in."""

from __future__ import annotations

import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""Chromium and what is built from it."""

PHONE, DESK = 390, 1280
"""Widths of a window in CSS pixels."""

OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
    *("--window-size=1400,1000", "--dump-dom"),
)
"""With them, a browser writes what became of a page to standard output."""


def find_browser() -> str:
    """The path of a browser; skips a test where there is none."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip(f"needs a browser, one of {', '.join(BROWSERS)}, on the PATH")
