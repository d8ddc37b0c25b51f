"""The files of a new distribution, from templates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template

import attrs

from poise import registry
from poise.cli.new import names
from poise.errors import Fault, FaultsError
from poise.messages import join_names, short_repr, suggestion
from poise.registry.discovery import Kind
from poise.registry.naming import an
from poise.writing.whole_folders import whole_folder

FILES = {
    ".github/workflows/test.yml": "test.yml",
    ".gitignore": "gitignore",
    "LICENSE": "LICENSE",
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    "src/{module}.py": "module.py",
    "tests/test_{key}.py": "test.py",
    "tox.ini": "tox.ini",
}
"""Path in the distribution → its template. Each kind has its own ``README.md`` and module."""

_AUTHOR = re.compile(r"(?P<name>[^<>]*[^<>\s])(?:\s+<(?P<email>[^<>\s]+@[^<>\s]+)>)?")


@attrs.frozen
class Distribution:
    """A new distribution that is not written yet.

    Attributes:
        key: key of its only plugin.
        folder: its folder, which does not exist yet or is empty.
        files: path in the folder → content.
    """

    key: str
    folder: Path
    files: Mapping[str, str] = attrs.field(repr=False)

    @property
    def module(self) -> str:
        """The path of the plugin's module."""
        return f"src/{names.module_of(self.key)}.py"

    def write(self) -> None:
        """Write every file, or none.

        Raises:
            OSError: the folder was created meanwhile, or cannot be written.
        """
        with whole_folder(self.folder) as draft:
            for path, content in self.files.items():
                file = draft / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content, encoding="utf-8", newline="\n")


def plan(kind: str, key: str, *, author: str | None = None, into: Path) -> Distribution:
    """Fill in the templates for a new plugin.

    Args:
        kind: ``backbone``, ``head``, ``encoder`` or a kind that an installed plugin opens.
        key: its key.
        author: ``Name`` or ``Name <address>``; ``None`` for "the authors of" the distribution.
        into: the folder in which to create the distribution's folder.

    Raises:
        FaultsError: with every reason why it cannot be created.
    """
    plugins = registry.default()
    kind_names = [known_kind.name for known_kind in plugins.kinds]
    wrong_names = names.faults_of(key)
    faults = []
    if kind not in kind_names:
        what = f"no kind {short_repr(kind)}; {suggestion(kind, kind_names, noun='kinds')}"
        faults.append(Fault(what, "KIND"))
    elif not plugins.opened(plugins.kind(kind)).templates:
        faults.append(Fault(f"{kind}s have no templates, so write one by hand", "KIND"))
    faults += wrong_names
    match = _AUTHOR.fullmatch("the authors" if author is None else author)
    if match is None or not match.string.isprintable():
        what = f"must be 'Name' or 'Name <address>', got {short_repr(author)}"
        faults.append(Fault(what, "--author"))
    folder = into / names.distribution_of(key)
    faults += _faults_of_folder(into, None if wrong_names else folder)
    if faults or match is None:
        raise FaultsError(faults, "nothing was written")
    return Distribution(key, folder, _filled(kind, key, match["name"], match["email"]))


def _faults_of_folder(into: Path, folder: Path | None) -> list[Fault]:
    if not into.is_dir():
        return [Fault(f"must be an existing folder, got {into}", "--into")]
    if folder is None:
        return []
    if folder.is_symlink() or folder.is_file():
        return [Fault(f"{folder} already exists and is not overwritten", "NAME")]
    contents = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if contents:
        what = f"{folder} already exists and is not overwritten; it contains {join_names(contents)}"
        return [Fault(what, "NAME")]
    return []


def _filled(kind: str, key: str, author: str, email: str | None) -> dict[str, str]:
    plugins = registry.default()
    own = plugins.opened(plugins.kind(kind))
    distribution, module, config = (
        names.distribution_of(key),
        names.module_of(key),
        names.class_of(key),
    )
    holder = f"{author} of {distribution}" if author == "the authors" else author
    entry = {"name": holder} | ({"email": email} if email else {})
    values = {
        "article": an(kind).partition(" ")[0],
        "author": _toml(entry),
        "config": f"{config}Config",
        "dependencies": _strings(own.requires),
        "distribution": distribution,
        "group": Kind.named(kind).group,
        "holder": holder,
        "key": key,
        "kind": kind,
        "layer": f"{config}Head",
        "module": module,
        "name": config,
        "test_dependencies": _strings(("poise[testing]>=0.1", *own.test_requires)),
        "year": str(datetime.now(tz=UTC).year),
    }
    rendered = {}
    for path, template in FILES.items():
        text = _template(own.templates, f"{template}.in")
        rendered[path.format(key=key, module=module)] = Template(text).substitute(values)
    return rendered


def _template(home: str, name: str) -> str:
    """A template of a kind, or else of every kind."""
    own = files(home) / name
    shared = files("poise.cli.new") / "templates" / name
    return (own if own.is_file() else shared).read_text(encoding="utf-8")


def _strings(values: tuple[str, ...]) -> str:
    return ", ".join(map(_string, values))


def _string(value: str) -> str:
    # JSON's escapes are valid in TOML.
    return json.dumps(value, ensure_ascii=False)


def _toml(table: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{name} = {_string(value)}" for name, value in table.items()) + " }"
