"""What a browser would find in ``report.html``."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

INLINE = {"b", "strong", "code", "a"}


class ReportPage(HTMLParser):
    """A page, read without a browser."""

    def __init__(self, run: Path) -> None:
        super().__init__()
        self.text = (run / "report.html").read_text(encoding="utf-8")
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_endtag(self, tag: str) -> None:
        self.words += "" if tag in INLINE else "\n"

    @property
    def epochs(self) -> list[int]:
        """Which epochs have pictures."""
        return [int(epoch) for epoch in re.findall(r'<label for="epoch-(\d+)">', self.text)]

    @property
    def points(self) -> list[int]:
        """How many points each curve has."""
        lines = [value for name, value in self.attributes if name == "points"]
        return [len(line.split()) for line in lines]

    @property
    def without_pictures(self) -> str:
        """The page without the letters of its pictures, which are those of chance."""
        return re.sub(r"data:image/[^\"]+", "", self.text)

    @property
    def fetched(self) -> list[str]:
        """What a browser would ask somebody for."""
        names = ("href", "src", "srcset", "xlink:href")
        places = [value for name, value in self.attributes if name in names]
        return [place for place in places if not place.startswith(("data:", "#"))]
