"""Plugins are judged in interpreters of their own: none of them harms the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from poise.registry.discovery import Candidate, Policy, survey
from poise.registry.failures import Failure
from poise.registry.interpreter import Case
from poise.registry.isolated import OF_COMMANDS, Interpreters

ENDINGS = {
    "import os; os._exit(0)": "loading it ended the interpreter (exit status 0)",
    "import os; os._exit(3)": "loading it ended the interpreter (exit status 3)",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": (
        "loading it ended the interpreter (SIGKILL)"
    ),
    "import ctypes; ctypes.string_at(0)": "loading it ended the interpreter (SIGSEGV)",
    "import os; os.closerange(0, 99); os._exit(0)": (
        "loading it ended the interpreter (exit status 0)"
    ),
    "raise KeyboardInterrupt": "KeyboardInterrupt: no message",
    "class Odd(BaseException): pass\nraise Odd": "Odd: no message",
    "import asyncio; raise asyncio.CancelledError": "CancelledError: no message",
    "class E(Exception):\n  def __str__(self): raise SystemExit\nraise E": "E: no message",
    "input()": "EOFError: EOF when reading a line",
    "import json; json.dumps = None": (
        "importing it replaces json.dumps, which every plugin relies on"
    ),
    "import poise.specs; poise.specs.BackboneSpec.__init__ = print": (
        "importing it replaces poise.specs.networks.BackboneSpec.__init__, "
        "which every plugin relies on"
    ),
    "import sys; sys.modules['attrs'] = None\nimport attrs": (
        "ModuleNotFoundError: import of attrs halted; None in sys.modules"
    ),
}
"""Source of a plugin that harms its interpreter → the cause that is shown."""


def install_bad(site: Any, name: str, code: str) -> None:
    module = f"poise_{name}"
    site.install(
        f"poise-{name}", {f"{module}.py": code + "\n"}, {"poise.backbones": {name: module}}
    )


def prepend(site: Any, key: str, code: str) -> None:
    """Let a plugin that works do something else first."""
    file = site.folder / f"poise_{key}.py"
    file.write_text(f"{code}\n{file.read_text()}")


def listed(site: Any, *arguments: str) -> tuple[dict[str, dict[str, Any]], Any]:
    done = site.poise("list", "--json", *arguments)
    return {row["key"]: row for row in json.loads(done.stdout)}, done


def judged(
    limit: float, of_commands: float = OF_COMMANDS, plugins: Sequence[Candidate] = ()
) -> dict[str, Any]:
    """What judging says of plugins, by default all: the cause of each, or an empty string."""
    plugins = plugins or survey().plugins()
    case = Case(survey().plugins(), Policy(), time.time_ns())
    with Interpreters(case, limit, of_commands) as interpreters:
        answers = interpreters.judge(plugins)
    return {
        plugin.key: answer.cause if isinstance(answer, Failure) else answer.get("cause", "")
        for plugin, answer in answers.items()
    }


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_who_harms_the_interpreter_is_named_and_the_others_are_listed(installed: Any) -> None:
    for key in ("aaa", "zzz"):
        installed.install_backbone(key)
    for number, code in enumerate(ENDINGS):
        install_bad(installed, f"bad{number}", code)

    rows, done = listed(installed)

    assert {key: row["state"] for key, row in rows.items() if row["state"] == "ok"} == {
        "aaa": "ok",
        "zzz": "ok",
    }
    causes = [rows[f"bad{number}"]["cause"] for number in range(len(ENDINGS))]
    assert causes == list(ENDINGS.values())
    assert all(rows[f"bad{number}"]["fix"] for number in range(len(ENDINGS)))
    assert done.returncode == 1


def test_who_takes_too_long_is_named_and_several_do_not_wait_for_each_other(site: Any) -> None:
    for number in range(4):
        install_bad(site, f"slow{number}", "import time; time.sleep(1000)")
    site.install_backbone("tiny")
    began = time.monotonic()

    causes = judged(limit=4)

    assert causes == {
        **{f"slow{number}": "loading it did not finish within 4 seconds" for number in range(4)},
        "tiny": "",
    }
    assert time.monotonic() - began < 4 * 4


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.write(1, b'hello\\n')",
        "import atexit; atexit.register(print, 'hello')",
        "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', 'print(\"hello\")'])",
        "import sys; sys.__stdout__.write('hello\\n')",
    ],
)
@pytest.mark.parametrize("arguments", ["list --json", "show loud --json"])
def test_what_a_plugin_writes_is_not_in_the_output(
    installed: Any, code: str, arguments: str
) -> None:
    installed.install_backbone("loud")
    prepend(installed, "loud", code)

    done = installed.poise(*arguments.split())

    assert json.loads(done.stdout)
    assert done.returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_plugin_that_forks_is_answered_once(installed: Any) -> None:
    installed.install_backbone("aaa")
    installed.install_backbone("zzz")
    prepend(installed, "aaa", "import os; os.fork()")

    rows, _ = listed(installed)

    assert {key: row["state"] for key, row in rows.items()} == {"aaa": "ok", "zzz": "ok"}


def test_what_one_plugin_replaces_does_not_break_the_next(installed: Any) -> None:
    installed.install_backbone("aaa")
    installed.install_backbone("zzz")
    prepend(installed, "aaa", "import logging; logging.getLogger = None")
    prepend(installed, "zzz", "import logging; logging.getLogger('zzz')")

    rows, _ = listed(installed)

    assert {key: row["state"] for key, row in rows.items()} == {"aaa": "ok", "zzz": "ok"}


@pytest.mark.parametrize(
    "code",
    [
        "import sys\ndef hook(event, _):\n  if event == 'import': raise RuntimeError\n"
        "sys.addaudithook(hook)",
        "import sys; sys.addaudithook(lambda event, _: 1 / 0 if event == 'open' else None)",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 0.01)",
        "import sys; sys.settrace(lambda *_: 1 / 0)",
        "import sys; sys.setprofile(lambda *_: None)",
    ],
)
def test_what_one_plugin_does_to_the_process_harms_no_other(installed: Any, code: str) -> None:
    for key in ("aaa", "bbb", "ccc", "zzz"):
        installed.install_backbone(key)
    for key in ("aaa", "ccc"):
        (file := installed.folder / f"poise_{key}.py").write_text(f"{file.read_text()}\n{code}\n")

    rows, _ = listed(installed)

    assert rows["bbb"]["state"] == rows["zzz"]["state"] == "ok"


def test_a_thread_of_one_plugin_is_not_blamed_on_the_next(installed: Any) -> None:
    installed.install_backbone("aaa")
    installed.install_backbone("zzz")
    later = "import os, threading; threading.Timer(0.2, os._exit, [1]).start()"
    prepend(installed, "aaa", later)
    prepend(installed, "zzz", "import time; time.sleep(0.5)")

    rows, _ = listed(installed)

    assert {key: row["state"] for key, row in rows.items()} == {"aaa": "ok", "zzz": "ok"}


def test_a_summary_that_is_no_text_is_the_plugin_s_failure(installed: Any) -> None:
    mute = "type('Mute', (), {'__str__': lambda self: 1 / 0})()"
    installed.install_backbone("tiny", paper=mute)

    rows, _ = listed(installed)

    cause = "paper of its BackboneSpec must be a text or None, got <poise_tiny.Mute object at "
    assert rows["tiny"]["cause"].startswith(cause)


def test_a_kind_that_ends_the_interpreter_is_named_by_its_plugins(installed: Any) -> None:
    installed.install(
        "poise-opener",
        {"opener.py": "import os; os._exit(0)\n"},
        {"poise.kinds": {"filter": "opener:KIND"}},
    )
    installed.install("poise-blur", {"blur.py": ""}, {"poise.filters": {"blur": "blur"}})

    rows, _ = listed(installed)

    ended = "loading it ended the interpreter (exit status 0)"
    assert rows["filter"]["cause"] == ended
    assert rows["blur"]["cause"] == (f"its kind filter of poise-opener 1.0 cannot be used: {ended}")


def test_a_kind_that_ends_the_interpreter_ends_no_command_that_asks_for_its_hooks(
    installed: Any,
) -> None:
    installed.install(
        "poise-opener",
        {"opener.py": "import os; os._exit(0)\n"},
        {"poise.kinds": {"filter": "opener:KIND"}},
    )
    source = "from poise import hookimpl\n@hookimpl\ndef poise_nothing(): pass\n"
    installed.install_backbone("tiny")
    prepend(installed, "tiny", source)

    for arguments in ("show tiny", "new filter sharp"):
        done = installed.poise(*arguments.split())

        assert done.returncode == 1, done
    assert "loading it ended the interpreter (exit status 0)" in done.stderr


@pytest.mark.parametrize(
    "arguments", ["show bad", "show bad --json", "schema bad", "check bad.json", "build bad.json"]
)
def test_a_command_never_ends_well_because_a_plugin_ends_it(installed: Any, arguments: str) -> None:
    install_bad(installed, "bad", "import os; os._exit(0)")
    model = {"backbone": {"bad": {}}, "heads": {"centroid": {}}, "edition": "2026"}
    (installed.work / "bad.json").write_text(json.dumps(model))

    done = installed.poise(*arguments.split())

    assert done.returncode != 0
    assert "loading it ended the interpreter (exit status 0)" in done.stdout + done.stderr


def test_a_schema_of_everything_has_the_good_ones(installed: Any) -> None:
    installed.install_backbone("tiny")
    install_bad(installed, "bad", "import os; os._exit(0)")

    done = installed.poise("schema")

    text = json.dumps(json.loads(done.stdout))
    assert "Channels of the only block" in text
    assert "loading it ended the interpreter (exit status 0)" in text


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_ctrl_c_ends_a_listing_and_what_it_started(installed: Any, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    slow = f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(1000)"
    install_bad(installed, "slow", slow)
    code = (
        "import subprocess, sys, time, pathlib, signal\n"
        "run = [sys.executable, '-S', '-P', '-m', 'poise', 'list']\n"
        "poise = subprocess.Popen(run)\n"
        f"while not (pathlib.Path({str(pid)!r}).exists()): time.sleep(0.05)\n"
        "time.sleep(0.2)\n"
        "poise.send_signal(signal.SIGINT)\n"
        "print(poise.wait(20))\n"
    )

    done = installed.python("-c", code)

    assert done.stdout.split() == ["130"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), signal.SIG_DFL)


def test_an_interpreter_that_cannot_start_is_no_fault_of_plugins(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install_backbone("tiny")
    start = subprocess.Popen

    def fail(command: list[str], **options: Any) -> Any:
        return start([command[0], "-c", "raise SystemExit(7)"], **options)

    monkeypatch.setattr(subprocess, "Popen", fail)

    assert judged(limit=5) == {
        "tiny": "the interpreter that loads plugins ended before it began (exit status 7)"
    }
