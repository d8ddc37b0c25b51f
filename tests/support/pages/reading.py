"""From Markdown to blocks."""

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
    """What a page says is not what happens, or it says what nobody can check."""


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        language: one of ``SHOWN``.
        text: what is inside.
        line: number of its first line in the page.
        file: the file that it is, or an empty string.
        changed: whether it takes the place of a file that is there.
        needs: paths in the repository, or below ``shared/``, and where the page has them.
        not_run: why it is not run, or an empty string.
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
        PageError: a block of a language that nobody can check, or a comment that comes
            before no block.
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
        return _known(Block(info, text, line))
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
    return _known(Block(directive["argument"], "".join(lines), line, file, changed))


def _known(block: Block) -> Block:
    if block.language not in SHOWN:
        raise PageError(
            f"line {block.line}: nobody can check a {block.language or 'nameless'} block; "
            f"say one of {', '.join(SHOWN)}"
        )
    return block
