"""Commands of plugins are judged apart, like plugins: none of them ends another, or itself well."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from core.tests.cli.test_group import GREET, install_commands
from core.tests.registry.test_isolated import judged

from poise.registry import plugin_commands
from poise.registry.discovery import COMMANDS, Candidate, scan
from poise.registry.failures import Failure
from poise.registry.loaders import Direct

ENDINGS = {
    "import os; os._exit(0)": "loading it ended the interpreter (exit status 0)",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": (
        "loading it ended the interpreter (SIGKILL)"
    ),
    "import ctypes; ctypes.string_at(0)": "loading it ended the interpreter (SIGSEGV)",
    "raise KeyboardInterrupt": "KeyboardInterrupt: no message",
    "raise SystemExit(0)": "loading poise_bad ended the program (sys.exit(0))",
}
"""Source of a command's module → the cause that is shown."""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
@pytest.mark.parametrize("code", ENDINGS)
def test_a_command_that_ends_its_interpreter_is_named(installed: Any, code: str) -> None:
    install_commands(installed, "poise-bad", code, "bad")

    done = installed.poise("bad", "--help")

    assert done.stdout == ""
    assert done.stderr.startswith(
        f"poise: command 'bad' of poise-bad 1.0 cannot be loaded: {ENDINGS[code]}\n  fix: "
    )
    assert done.returncode == 1


def test_it_ends_no_other_command(installed: Any) -> None:
    install_commands(installed, "poise-bad", "import os; os._exit(0)", "bad")
    install_commands(installed, "poise-greet", GREET, "greet")
    installed.install_backbone("tiny")

    assert "bad " in installed.poise("--help").stdout
    rows = json.loads(installed.poise("list", "--json").stdout)
    assert [row["key"] for row in rows] == ["tiny"]
    done = installed.poise("greet")
    assert (done.stdout, done.returncode) == ("hello you\n", 3)


def test_what_its_module_prints_is_not_in_its_output(installed: Any) -> None:
    loud = "import os\nos.write(1, b'loud\\n')\nprint('aloud')\n"
    install_commands(installed, "poise-greet", loud + GREET, "greet")

    for _ in range(2):  # judged, and remembered
        done = installed.poise("greet")

        assert (done.stdout, done.returncode) == ("hello you\n", 3)
        assert "loud\n" in done.stderr
        assert "aloud\n" in done.stderr


def test_a_command_that_hangs_is_named(site: Any) -> None:
    site.install(
        "poise-slow",
        {"poise_slow.py": "import time; time.sleep(1000)"},
        {"poise.commands": {"slow": "poise_slow:slow"}},
    )

    causes = judged(limit=0.1, of_commands=4, plugins=scan([COMMANDS]))

    assert causes == {"slow": "loading it did not finish within 4 seconds"}


def test_a_command_that_works_is_judged_once(installed: Any, tmp_path: Path) -> None:
    log = tmp_path / "log"
    counting = f"open({str(log)!r}, 'a').write('.')\n"
    install_commands(installed, "poise-greet", counting + GREET, "greet")

    for _ in range(3):
        installed.poise("greet")

    assert log.read_text() == "." * 4


def test_what_commands_import_is_no_concern_of_a_listing(installed: Any) -> None:
    install_commands(installed, "poise-greet", GREET, "greet")
    installed.install_backbone("tiny")
    installed.poise("greet")
    installed.poise("list")

    (of_plugins,) = installed.cache.glob("plugins-*.json")
    (of_commands,) = installed.cache.glob("commands-*.json")
    assert "poise_greet" in json.loads(of_commands.read_text())["files"]
    assert "poise_greet" not in of_plugins.read_text()


def test_in_python_a_command_is_imported_at_once(site: Any) -> None:
    site.install(
        "poise-odd", {"poise_odd.py": "command = 3"}, {"poise.commands": {"odd": "poise_odd:no"}}
    )
    (candidate,) = scan([COMMANDS])
    assert isinstance(candidate, Candidate)

    failure = plugin_commands.command_of(candidate, Direct())

    assert isinstance(failure, Failure)
    assert failure.cause == "AttributeError: module 'poise_odd' has no attribute 'no'"
