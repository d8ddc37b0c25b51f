"""Open results in SLEAP's program, if that is installed beside Poise or elsewhere on the path."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.prediction.options import OptionsError

PROGRAM = "sleap-label"


def gui() -> str:
    """Where SLEAP's program is.

    Raises:
        OptionsError: it is not installed.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        what = f"must be left out unless {PROGRAM} is on the path, got no such program"
        fix = "install SLEAP, or open the result there"
        raise OptionsError([Fault(f"{what}; {fix}", argument_path("open_in_gui"))])
    return program


def open_in_gui(program: str, outputs: Iterable[Path]) -> None:
    """Start the program for each result, and do not wait for its end."""
    for output in outputs:
        subprocess.Popen([program, str(output)])  # noqa: S603  # no shell; the user asked for it
