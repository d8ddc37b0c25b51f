"""Run the commands of a page as a shell does."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

from environment import Environment
from pages.comparing import difference
from pages.reading import PageError
from poise import registry
from poise.cli import main

_STATUS = re.compile(r"\s+# exit status (\d+)$")

LEFT_TO_OTHERS = {
    r"(python -m )?tox( .*)?": "runs, among others, the tests that run the pages",
    r"pytest core/tests.*": "runs the tests that the environment `core` runs",
    r"(python -m )?pip install (?!(-e )?\./).*": "installs from an index; or it is the umbrella, "
    "which the environment `all` installs",
}
"""Commands that no page runs → the reason."""

OWN_PROCESS = ("test",)
"""Commands of Poise that interfere with the running pytest."""


class Shell:
    """Runs commands in the working folder.

    Args:
        site: a folder on ``sys.path``, where installed plugins go.
        environment: the environment of this folder. There every command is a separate process,
            and pip really installs.
    """

    def __init__(self, site: Path, environment: Environment | None = None) -> None:
        self._site, self._environment = site, environment

    def session(self, text: str, *, prompt: str) -> None:
        """Run a session: lines with a prompt are commands, the others are their output."""
        commands: list[tuple[str, list[str]]] = []
        for line in text.splitlines():
            if line.startswith(prompt) and line.strip():
                commands.append((line.removeprefix(prompt), []))
            elif commands and commands[-1][0].endswith("\\"):
                command, output = commands[-1]
                commands[-1] = (f"{command[:-1]}{line.removeprefix('> ').strip()}", output)
            elif commands:
                commands[-1][1].append(line)
            elif line.strip():
                raise PageError(f"no command has this output: {line!r}")
        for command, output in commands:
            self._check(command, "\n".join(output))

    def _check(self, command: str, shown: str) -> None:
        expected = 0
        if match := _STATUS.search(command):
            expected = int(match[1])
            command = command[: match.start()]
        printed = ""
        status = 0
        for part in re.split(r"\s+&&\s+", command):
            status, output = self._run(part.strip())
            printed += output
            if status:
                break
        if status != expected:
            raise PageError(f"{command!r} ended with {status} instead of {expected}\n{printed}")
        if shown.strip() and (lines := difference(shown, printed)):
            raise PageError(f"{command!r}: {lines}")

    def _run(self, command: str) -> tuple[int, str]:
        if any(re.fullmatch(pattern, command) for pattern in LEFT_TO_OTHERS):
            return 0, ""
        words = shlex.split(command)
        while "=" in words[0] and words[0].partition("=")[0].isupper():
            name, _, value = words.pop(0).partition("=")
            with _environment(name, value):
                return self._run(shlex.join(words))
        if words[0] == "export":
            name, _, os.environ[name] = words[1].partition("=")
            return 0, ""
        if words[0] == "cd":
            os.chdir(words[1])
            return 0, ""
        if words[:3] == ["python", "-m", "pip"]:
            words = words[2:]
        if self._environment is not None:
            done = self._environment.run(*words)
            _forget(self._site)
            return done.returncode, done.stdout
        if words[:2] == ["pip", "install"]:
            self._install([Path(word) for word in words[2:] if word.startswith("./")])
            return 0, ""
        if words[0] == "poise" and words[1:2] and words[1] not in OWN_PROCESS:
            return _poise(words[1:])
        return self._process(words)

    def _process(self, words: list[str]) -> tuple[int, str]:
        if words[0] == "poise":
            words = ["python", "-m", *words]
        if words[0] == "python":
            words[0] = sys.executable
        environ = {
            **os.environ,
            "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
            "PYTHONPATH": str(self._site),
            "PYTHONIOENCODING": "utf-8",
        }
        done = subprocess.run(
            words,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        return done.returncode, done.stdout

    def _install(self, folders: list[Path]) -> None:
        """Create the modules and metadata that pip creates, without a network."""
        for folder in folders:
            declared = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
            project = declared["project"]
            source = folder / "src" if (folder / "src").is_dir() else folder
            for file in source.rglob("*"):
                if file.suffix in (".py", ".json", ".typed") and "tests" not in file.parts:
                    target = self._site / file.relative_to(source)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(file.read_bytes())
            name, version = project["name"], project.get("version", "0")
            info = self._site / f"{name.replace('-', '_')}-{version}.dist-info"
            info.mkdir(exist_ok=True)
            headers = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            if "description" in project:
                headers += f"Summary: {project['description']}\n"
            (info / "METADATA").write_text(headers, encoding="utf-8")
            lines = [
                f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in names.items())
                for group, names in project.get("entry-points", {}).items()
            ]
            (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        _forget(self._site)


def _forget(site: Path) -> None:
    """Discover the installed plugins again."""
    importlib.invalidate_caches()
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(site)):
            del sys.modules[name]
    registry.reset()


def _poise(arguments: list[str]) -> tuple[int, str]:
    with io.StringIO() as printed:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            status = main(arguments)
        return status, printed.getvalue()


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    registry.reset()  # its policy came from the environment variables
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
        registry.reset()
