"""The command as a whole: help, versions, plugin commands, mistakes."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from poise import ConfigError, Fault, PoiseError
from poise.cli.commands import complain_of_faults

GREET = """
import click


@click.command("greet", help="Say hello.")
@click.option("--name", default="you")
def greet(name):
    click.echo(f"hello {name}")
    return 3
"""


def install_commands(installed: Any, name: str, source: str, *commands: str) -> None:
    module = name.replace("-", "_")
    values = {command: f"{module}:{command.replace('-', '_')}" for command in commands}
    installed.install(name, {f"{module}.py": source}, {"poise.commands": values})


def test_help_lists_commands_with_examples(installed: Any) -> None:
    done = installed.poise("--help")

    assert done.returncode == 0
    for words in ("list ", "show ", "check ", "build ", "Examples:", "poise show unet"):
        assert words in done.stdout


@pytest.mark.parametrize("command", ["list", "show", "schema", "check", "build", "doctor"])
def test_every_command_has_a_help_page_with_examples(installed: Any, command: str) -> None:
    done = installed.poise(command, "--help")
    assert done.returncode == 0
    assert f"Usage: poise {command}" in done.stdout
    assert f"  poise {command}" in done.stdout.partition("Examples:")[2]


def test_help_imports_no_command_and_no_plugin(installed: Any) -> None:
    install_commands(installed, "poise-greet", GREET, "greet")

    imported = installed.modules_after_poise("--help")

    assert "poise.cli._group" in imported
    own = {"poise.cli._show", "poise.cli._check", "poise.cli._build", "poise.registry.lookup"}
    assert imported & (own | {"poise_greet", "rich"}) == set()


def test_a_command_imports_no_other_command_and_no_command_of_a_plugin(installed: Any) -> None:
    install_commands(installed, "poise-greet", GREET, "greet")
    installed.install_backbone("tiny")

    imported = installed.modules_after_poise("show", "tiny")

    assert "poise.cli._show" in imported
    assert imported & {"poise.cli._check", "poise.cli._build", "poise_greet"} == set()


def test_a_plugins_command_is_listed_by_origin_and_runs(installed: Any) -> None:
    install_commands(installed, "poise-greet", GREET, "greet")

    assert re.search(r"greet +from poise-greet 1\.0\n", installed.poise("--help").stdout)
    done = installed.poise("greet", "--name", "Ada")
    assert (done.stdout, done.returncode) == ("hello Ada\n", 3)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import does_not_exist", "ModuleNotFoundError: No module named 'does_not_exist'"),
        ("1 +", "SyntaxError: invalid syntax"),
        ("raise SystemExit(5)", "loading poise_bad ended the program (sys.exit(5))"),
        ("", "AttributeError: module 'poise_bad' has no attribute 'bad'"),
    ],
)
def test_a_broken_command_says_so_and_breaks_no_other(
    installed: Any, source: str, message: str
) -> None:
    install_commands(installed, "poise-bad", source, "bad")
    install_commands(installed, "poise-greet", GREET, "greet")

    done = installed.poise("bad", "--whatever", "file")

    assert done.stderr.startswith("poise: command 'bad' of poise-bad 1.0 cannot be loaded: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert installed.poise("greet").stdout == "hello you\n"
    assert installed.poise("--help").returncode == 0


def test_a_command_that_is_not_a_click_command_is_refused(installed: Any) -> None:
    install_commands(installed, "poise-bad", "def bad(): ...", "bad")

    done = installed.poise("bad")

    assert done.stderr == (
        "poise: command 'bad' of poise-bad 1.0 cannot be loaded: "
        "poise_bad:bad must be a click command, got function\n"
        "  fix: point its entry point to a function decorated with @click.command\n"
    )
    assert done.returncode == 1


def test_a_command_that_two_distributions_claim_names_both(installed: Any) -> None:
    install_commands(installed, "poise-greet", GREET, "greet")
    install_commands(installed, "poise-other", GREET, "greet")

    done = installed.poise("greet")

    both = "claimed by poise-greet 1.0 and poise-other 1.0"
    assert done.stderr == f"poise: command 'greet' is {both}; uninstall all but one\n"
    assert both in " ".join(installed.poise("--help").stdout.split())


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        ({"POISE_DISABLE": "poise-greet"}, "disabled by POISE_DISABLE"),
        ({"POISE_DISABLE": "greet"}, "disabled by POISE_DISABLE"),
        ({"POISE_PLUGINS": "poise-unet"}, "not among POISE_PLUGINS"),
    ],
)
def test_a_command_that_a_variable_rules_out_is_not_imported(
    installed: Any, variable: dict[str, str], why: str
) -> None:
    install_commands(installed, "poise-greet", "raise AssertionError('imported')", "greet")
    done = installed.poise("greet", "--name", "x", **variable)

    assert done.returncode == 1
    assert done.stderr == (f"poise: command 'greet' cannot be called: poise-greet 1.0 is {why}\n")
    assert f"cannot be called: poise-greet 1.0 is {why}" in " ".join(
        installed.poise("--help", **variable).stdout.split()
    )


def test_a_command_that_two_claim_is_that_of_the_preferred_distribution(installed: Any) -> None:
    install_commands(installed, "poise-greet", GREET, "greet")
    install_commands(installed, "poise-other", "greet = None", "greet")

    assert installed.poise("greet", POISE_PREFER="greet=poise-greet").stdout == "hello you\n"


def test_a_plugin_cannot_take_the_name_of_poises_command(installed: Any) -> None:
    install_commands(installed, "poise-greet", GREET.replace("greet", "show"), "show")
    installed.install_backbone("tiny")

    assert installed.poise("show", "tiny").stdout.startswith("backbone tiny\n")
    help_page = " ".join(installed.poise("--help").stdout.split())
    assert "cannot be called, Poise has a command of this name" in help_page


def test_a_misspelt_command_is_answered_with_the_closest(installed: Any) -> None:
    done = installed.poise("lsit")
    assert done.returncode == 2
    assert "no command 'lsit'; did you mean 'list'?" in done.stderr


@pytest.mark.parametrize(
    ("name", "meant"), [("preview", ""), ("perview", "did you mean 'preview'? ")]
)
def test_a_command_of_a_plugin_that_is_not_installed_says_what_to_install(
    installed: Any, name: str, meant: str
) -> None:
    done = installed.poise(name, "profile.json")

    fix = "poise-workflows provides it: pip install poise-workflows"
    assert done.returncode == 2
    assert f"no command {name!r}; {meant}{fix}\n" in done.stderr


def test_a_plugins_command_writes_and_fails_as_poises_own_do(installed: Any) -> None:
    source = """
    import click
    from pathlib import Path

    from poise import ConfigError, Fault
    from poise.cli.commands import complain_of_faults, heading, say


    @click.command("greet")
    @click.argument("file", type=Path)
    def greet(file):
        heading("greetings")
        if file.name == "faulty":
            complain_of_faults(file, ConfigError([Fault("must be polite", "words")]))
            return 1
        say(file.read_text())
    """
    install_commands(installed, "poise-greet", source, "greet")
    (installed.work / "file").write_text("hello \x1b[31m")

    fine, faulty, lost = (installed.poise("greet", name) for name in ("file", "faulty", "lost"))

    assert (fine.stdout, fine.returncode) == ("greetings\nhello \\x1b[31m\n", 0)
    assert (faulty.stderr, faulty.returncode) == (
        "poise: faulty: 1 fault\n  must be polite @ words\n",
        1,
    )
    assert (lost.stderr, lost.returncode) == ("poise: lost: No such file or directory\n", 2)


@pytest.mark.parametrize(
    ("heading", "lines"),
    [
        ("", ["poise: flies.json: 1 fault", "  must be even @ stride"]),
        ("flies.json", ["poise: flies.json: 1 fault", "  must be even @ stride"]),
        ("heads", ["poise: flies.json: 1 fault", "  heads:", "    must be even @ stride"]),
    ],
)
def test_the_heading_of_an_error_stands_above_its_faults_unless_it_is_the_file(
    heading: str, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    complain_of_faults(Path("flies.json"), ConfigError([Fault("must be even", "stride")], heading))

    assert capsys.readouterr().err.splitlines() == lines


def test_what_commands_of_plugins_use_imports_no_keras(installed: Any) -> None:
    imported = installed.modules_after("import poise.cli.commands")

    assert imported & {"keras", "rich", "tensorflow", "jax", "torch"} == set()


def test_a_command_without_keras_says_what_to_install(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise.cli.commands import import_keras

    monkeypatch.setitem(sys.modules, "keras", None)

    with pytest.raises(PoiseError, match="fix: pip install 'poise\\[tensorflow\\]'"):
        import_keras()


@pytest.mark.parametrize("is_imported", [False, True])
def test_onednn_is_asked_for_only_before_tensorflow_is_imported(
    site: Any, monkeypatch: pytest.MonkeyPatch, is_imported: bool
) -> None:
    from poise.cli.commands import import_keras

    monkeypatch.setitem(sys.modules, "keras", ModuleType("keras"))
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    if is_imported:
        monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "")  # put back after the test
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")

    import_keras(in_batches=True)

    assert os.environ.get("TF_ENABLE_ONEDNN_OPTS") == (None if is_imported else "1")


def test_without_a_command_help_is_shown_as_a_mistake(installed: Any) -> None:
    done = installed.poise()
    assert done.returncode == 2
    assert "Usage: poise" in done.stdout + done.stderr


def test_versions_name_poise_python_and_plugins(installed: Any) -> None:
    installed.install_backbone("tiny")

    lines = dict(
        line.split(maxsplit=1) for line in installed.poise("--version").stdout.splitlines()
    )

    assert lines["Python"] == sys.version.split()[0]
    assert lines["poise-tiny"] == "1.0"
    assert {"poise", "keras", "tensorflow", "numpy"} <= set(lines)


def on_a_terminal(installed: Any, *arguments: str, **environ: str) -> str:
    """What ``poise`` shows on a terminal of 100 columns."""
    reader, terminal = pty.openpty()
    paths = os.pathsep.join([str(installed.folder), str(installed._libraries)])
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    process = subprocess.Popen(
        [sys.executable, "-S", "-P", "-m", "poise", *arguments],
        env={
            **kept,
            "PYTHONPATH": paths,
            "POISE_CACHE_DIR": str(installed.cache),
            "TERM": "xterm",
            "COLUMNS": "100",
            **environ,
        },
        stdout=terminal,
        cwd=installed.work,
    )
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(reader, 65536):
            shown += part
    except OSError:
        pass  # Linux reports the end of a terminal so
    finally:
        os.close(reader)
    assert process.wait() == 0
    return shown.decode()


def test_a_terminal_gets_a_ruled_table_and_a_pipe_gets_plain_text(installed: Any) -> None:
    installed.install_backbone("tiny", summary="[bold]Small[/bold]")

    shown = on_a_terminal(installed, "list")
    piped = installed.poise("list", FORCE_COLOR="1").stdout

    assert "─" in shown
    assert "\x1b[" in shown
    assert "─" not in piped
    assert "\x1b" not in piped
    # Words of a plugin are no markup.
    assert "[bold]Small[/bold]" in shown
    assert "[bold]Small[/bold]" in piped


def test_no_color_is_respected_on_a_terminal(installed: Any) -> None:
    installed.install_backbone("tiny")
    shown = on_a_terminal(installed, "list", NO_COLOR="1")
    assert "─" in shown
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", shown) is None


def test_output_that_the_encoding_does_not_know_is_replaced(installed: Any) -> None:
    installed.install_backbone("tiny", summary="≤ 4")

    done = installed.poise("list", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert "\\u2264 4" in done.stdout
