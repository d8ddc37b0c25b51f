"""What a shell completes after ``poise``, as click asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def site(installed: Any) -> Any:
    """Some backbones, heads and a command; none of their modules can be imported."""
    for kind, keys in {
        "backbones": {"unet": "no", "unetr": "no", "both": "no"},
        "heads": {"dots": "no", "both": "no"},
        "encoders": {"vgg16": "no", "vgg19": "no"},
        "commands": {"train": "no:command"},
    }.items():
        installed.install(f"poise-{kind}", {}, {f"poise.{kind}": keys})
    installed.write("no.py", "raise AssertionError('imported')")
    return installed


def completed(site: Any, line: str, **environ: str) -> list[str]:
    """What is offered for the last word of a line: values, or ``file`` for names of files."""
    words = line.split(" ")
    done = site.poise(
        _POISE_COMPLETE="bash_complete",
        COMP_WORDS=line,
        COMP_CWORD=str(len(words) - 1),
        **environ,
    )
    assert (done.returncode, done.stderr) == (0, "")
    pairs = [item.split(",", 1) for item in done.stdout.splitlines() if item]
    return [value if kind == "plain" else kind for kind, value in pairs]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("poise sch", ["schema"]),
        ("poise tr", ["train"]),
        ("poise --ver", ["--version"]),
        ("poise show un", ["unet", "unetr"]),
        ("poise show vgg", ["vgg16", "vgg19"]),
        ("poise show b", ["backbone:both"]),
        ("poise show head:", ["head:both", "head:dots"]),
        ("poise schema d", ["dots"]),
        ("poise schema vgg", []),
        ("poise test unet d", ["dots"]),
        ("poise weights f", ["fetch"]),
        ("poise weights fetch vgg1", ["vgg16", "vgg19"]),
        ("poise list ba", ["backbones"]),
        ("poise list --js", ["--json"]),
        ("poise build --edition s", ["sleap-1.4"]),
        ("poise build mod", ["file"]),
        ("poise build flies --weights be", ["file"]),
        ("poise build flies --weights au", ["auto"]),
        ("poise build flies --weights ", ["auto", "none", "file"]),
        ("poise check mod", ["file"]),
    ],
)
def test_a_word_is_completed(site: Any, line: str, offered: list[str]) -> None:
    assert completed(site, line) == offered


def test_every_command_is_offered(site: Any) -> None:
    offered = completed(site, "poise ")

    assert {"list", "show", "schema", "check", "build", "doctor", "train"} <= set(offered)


def test_what_is_disabled_is_not_offered(site: Any) -> None:
    assert completed(site, "poise show un", POISE_DISABLE="unetr") == ["unet"]


@pytest.mark.parametrize("line", ["poise ", "poise show ", "poise weights where v"])
def test_completing_imports_neither_plugins_nor_anything_heavy(site: Any, line: str) -> None:
    words = line.split(" ")
    code = f"""
        import os
        os.environ |= {{"_POISE_COMPLETE": "bash_complete", "COMP_WORDS": {line!r}}}
        os.environ["COMP_CWORD"] = "{len(words) - 1}"
        from poise.cli import main
        try:
            main([])
        except SystemExit as end:
            assert end.code == 0
    """
    modules = site.modules_after(code)

    assert "poise.cli._group" in modules
    assert not {"no", "keras", "tensorflow", "jax", "torch", "h5py"} & modules


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(site: Any, shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    done = site.poise(_POISE_COMPLETE=f"{shell}_source")

    assert done.returncode == 0
    assert "_POISE_COMPLETE=" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_itself_completes_with_the_script(site: Any, tmp_path: Path) -> None:
    script = tmp_path / "poise.bash"
    script.write_text(site.poise(_POISE_COMPLETE="bash_source").stdout)
    site.write("run_poise.py", "import sys\nfrom poise.cli import main\nsys.exit(main())\n")
    environ = site.python(
        "-c", "import os, sys; print(sys.executable, os.environ['PYTHONPATH'], sep='\\n')"
    ).stdout.split("\n")
    program = tmp_path / "bin" / "poise"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH='{environ[1]}' exec '{environ[0]}' -S -P -m poise \"$@\"\n"
    )
    program.chmod(0o755)
    ask = (
        f"source '{script}'; COMP_WORDS=(poise show une); COMP_CWORD=2; "
        '_poise_completion poise; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", ask],
        env={**os.environ, "PATH": os.pathsep.join([str(program.parent), os.environ["PATH"]])},
        capture_output=True,
        text=True,
    )

    assert done.stdout.split() == ["unet", "unetr"], done.stderr
