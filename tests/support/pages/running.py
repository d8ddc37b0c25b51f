"""Run the blocks of a page."""

from __future__ import annotations

import ast
import configparser
import contextlib
import doctest
import io
import json
import os
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType, TracebackType

import poise
from environment import Environment
from pages.commands import Shell
from pages.comparing import difference
from pages.reading import Block, PageError
from poise import registry
from poise.wire.text import read_yaml

_PRINTS = re.compile(r"""print\(.*\) +# (?P<text>[(\[{'"\d].*)""")
_DOCTEST = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Page:
    """A page that runs in a separate folder.

    Args:
        name: of the page, for messages.
        folder: an empty folder; the working folder of the page is created in it.
        root: of the repository.
        shared: the folder of real files, if there is one.
        environment: where commands run and plugins are installed, if the page has a separate
            environment; its Python blocks see the packages installed there.

    Attributes:
        left_out: the blocks that need a missing file, each in words.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        root: Path,
        shared: Path | None = None,
        environment: Environment | None = None,
    ) -> None:
        self.left_out: list[str] = []
        self._name, self._folder = name, folder / "work"
        self._root, self._shared = root, shared
        self._site = folder / "site" if environment is None else environment.site
        self._module = ModuleType("a_page")
        self._shell = Shell(self._site, environment)
        self._printed: str | None = None
        self._left_out = False

    def __enter__(self) -> Page:
        self._folder.mkdir()
        self._site.mkdir(exist_ok=True)
        self._before = (Path.cwd(), dict(os.environ), list(sys.path), set(sys.modules))
        os.chdir(self._folder)
        os.environ["POISE_CACHE_DIR"] = str(self._site.parent / "cache")
        sys.modules["a_page"] = self._module  # classes look up their module
        sys.path.insert(0, str(self._site))
        registry.reset()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        folder, environ, path, modules = self._before
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if name == "a_page" or file.startswith(str(self._site.parent)):
                del sys.modules[name]
        registry.reset()

    def run(self, blocks: list[Block]) -> None:
        """Run blocks in order.

        Raises:
            PageError: with page and line, and the shown and the actual output.
        """
        for block in blocks:
            follows = block.language == "output" and self._printed is None and self._left_out
            self._left_out = bool(block.not_run or follows) or not self._has_what_it_needs(block)
            if self._left_out:
                self._printed = None
                continue
            try:
                self._run(block)
            except Exception as error:  # noqa: BLE001 - a page may do anything
                problem = error if isinstance(error, PageError) else None
                what = str(problem or f"{type(error).__name__}: {error}")
                where = f"{self._name}, {block.language} block at line {block.line}"
                raise PageError(f"{where}: {what}") from (None if problem else error)

    def _has_what_it_needs(self, block: Block) -> bool:
        for source, name in block.needs:
            if source.startswith("shared/"):
                if self._shared is None:
                    self.left_out.append(f"{block.language} block at line {block.line}")
                    return False
                target = self._shared / source.removeprefix("shared/")
            else:
                target = self._root / source
            if not target.exists():
                raise PageError(f"{self._name}, line {block.line}: there is no {source}")
            link = self._folder / name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists():
                link.symlink_to(target)
        return True

    def _run(self, block: Block) -> None:
        if block.language == "output":
            if self._printed is None:
                raise PageError("an output follows a python block")
            _compare(block.text, self._printed)
        self._printed = None
        if block.file:
            self._file(block)
        elif block.language == "python":
            self._printed = self._python(block)
        elif block.language == "pycon":
            self._session(block)
        elif block.language in ("console", "sh"):
            self._shell.session(block.text, prompt="$ " if block.language == "console" else "")
        else:
            _parse(block)

    def _file(self, block: Block) -> None:
        path = (Path.cwd() / block.file).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise PageError(f"{block.file} is outside of the page's folder")
        if path.exists() and not block.changed:
            _compare(block.text, path.read_text(encoding="utf-8"))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")

    def _python(self, block: Block) -> str:
        # Lines are counted as in the page, for tracebacks.
        text = "\n" * (block.line - 1) + block.text
        lines, printed = text.splitlines(), io.StringIO()
        for statement in ast.parse(text, self._name).body:
            before = printed.tell()
            code = compile(ast.Module([statement], []), self._name, "exec")
            with contextlib.redirect_stdout(printed):
                exec(code, self._module.__dict__)
            if promised := _PRINTS.fullmatch(lines[(statement.end_lineno or 0) - 1]):
                _compare(promised["text"], printed.getvalue()[before:])
        return printed.getvalue()

    def _session(self, block: Block) -> None:
        text = block.text.replace("…", "...")
        parser = doctest.DocTestParser()
        test = parser.get_doctest(text, self._module.__dict__, self._name, self._name, 0)
        test.globs = self._module.__dict__  # doctest copied the namespace
        report = io.StringIO()
        runner = doctest.DocTestRunner(verbose=False, optionflags=_DOCTEST)
        runner.run(test, out=report.write, clear_globs=False)
        if runner.failures:
            raise PageError(report.getvalue())


def _compare(shown: str, actual: str) -> None:
    if lines := difference(shown, actual):
        raise PageError(lines)


def _parse(block: Block) -> None:
    data: object = None
    if block.language == "json":
        data = json.loads(block.text)
    elif block.language == "yaml":
        data = read_yaml(block.text)
    elif block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "ini":
        configparser.ConfigParser(interpolation=None).read_string(block.text)
    if isinstance(data, dict) and {"backbone", "heads"} & set(data):
        poise.ModelConfig.from_data(data)
