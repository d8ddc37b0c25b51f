"""Read the blocks of a Markdown page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt

SHOWN = ("python", "pycon", "console", "sh", "json", "yaml", "toml", "ini", "output", "text")
"""The languages that blocks may have."""

_DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]+)\}\s*(?P<argument>.*)")
_OPTION = re.compile(r":(?P<name>[\w-]+):\s*(?P<value>.*)")
_HIDDEN = re.compile(r"<!-- (?P<language>python|console)\n(?P<text>.*?)\n?-->", re.DOTALL)
_NEEDS = re.compile(r"<!-- needs (?P<source>\S+) as (?P<name>\S+) -->")
_NOT_RUN = re.compile(r"<!-- not run: (?P<reason>[^>]*?)\s*-->", re.DOTALL)


class PageError(AssertionError):
    """A page differs from what happens, or cannot be checked."""


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        language: one of ``SHOWN``.
        text: its contents.
        line: number of its first line in the page.
        file: the name of the file that it shows, or an empty string.
        changed: whether it replaces an existing file.
        needs: paths in the repository, or below ``shared/``, and where the page has them.
        not_run: the reason not to run it, or an empty string.
    """

    language: str
    text: str
    line: int
    file: str = ""
    changed: bool = False
    needs: tuple[tuple[str, str], ...] = ()
    not_run: str = ""


def read(text: str) -> list[Block]:
    """The blocks of a page in order, hidden ones included.

    Raises:
        PageError: a block of a language that cannot be checked, or a comment that no
            block follows.
    """
    blocks: list[Block] = []
    needs: list[tuple[str, str]] = []
    not_run = ""
    for token in MarkdownIt("commonmark").parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            comment = token.content.strip()
            needs += [(need["source"], need["name"]) for need in _NEEDS.finditer(comment)]
            if match := _NOT_RUN.search(comment):
                not_run = " ".join(match["reason"].split())
                if not not_run:
                    raise PageError(f"line {line}: a block that is not run needs a reason")
            block = _hidden(comment, line)
        elif token.type == "fence":
            block = _shown(token.info.strip(), token.content, line + 1)
        else:
            continue
        if block is not None:
            blocks.append(replace(block, needs=tuple(needs), not_run=not_run))
            needs, not_run = [], ""
    if needs or not_run:
        raise PageError("a comment at the end is about a block, and none follows")
    return blocks


def _hidden(comment: str, line: int) -> Block | None:
    hidden = _HIDDEN.fullmatch(comment)
    return Block(hidden["language"], hidden["text"], line + 1) if hidden else None


def _shown(info: str, text: str, line: int) -> Block | None:
    directive = _DIRECTIVE.fullmatch(info)
    if directive is None:
        return _with_valid_language(Block(info, text, line))
    if directive["name"] not in ("code-block", "code"):
        return None  # a part of the page, not code
    options: dict[str, str] = {}
    lines = text.splitlines(keepends=True)
    while lines and (option := _OPTION.fullmatch(lines[0].strip())):
        options[option["name"]] = option["value"]
        del lines[0]
        line += 1
    if options and lines and not lines[0].strip():
        del lines[0]
        line += 1
    file = options.get("caption", "").strip("`")
    changed = "changed" in options.get("class", "").split()
    return _with_valid_language(Block(directive["argument"], "".join(lines), line, file, changed))


def _with_valid_language(block: Block) -> Block:
    if block.language not in SHOWN:
        raise PageError(
            f"line {block.line}: cannot check a {block.language or 'nameless'} block; "
            f"use one of {', '.join(SHOWN)}"
        )
    return block
