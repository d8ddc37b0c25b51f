"""What libraries write while they are imported is kept back, and shown if the import fails."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from poise.processes.noise import noise_kept_back

NOISE = """
import os, sys
from poise.processes.noise import noise_kept_back
try:
    with noise_kept_back():
        os.write(2, b"from C++\\n")
        print("from Python", file=sys.stderr)
        {end}
except ImportError:
    pass
print("after", file=sys.stderr)
"""


def run(end: str) -> subprocess.CompletedProcess[str]:
    code = NOISE.replace("{end}", end)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_noise_is_kept_back_also_from_past_python() -> None:
    assert run("pass").stderr == "after\n"


def test_noise_is_shown_if_the_import_fails() -> None:
    assert run("raise ImportError").stderr.splitlines() == ["from C++", "from Python", "after"]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends such a process otherwise")
def test_a_crash_tells_where_it_was() -> None:
    done = run("os.abort()")

    assert done.returncode != 0
    assert "Fatal Python error: Aborted" in done.stderr
    assert 'File "<string>"' in done.stderr


def test_a_process_without_standard_error_imports_all_the_same() -> None:
    code = "import os; os.close(2)\nfrom poise.processes.noise import noise_kept_back\n"
    code += "with noise_kept_back(): print('in')"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)

    assert (done.stdout, done.returncode) == ("in\n", 0)


def test_the_descriptor_is_back_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with noise_kept_back():
        os.write(2, b"lost")
    os.write(2, b"seen")

    assert capfd.readouterr().err == "seen"
