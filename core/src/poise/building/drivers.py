"""The GPUs that the driver shows, whatever the backend can use."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from poise.messages import join_names

INSTALL = {
    "tensorflow": "pip install 'tensorflow[and-cuda]'",
    "jax": "pip install --upgrade 'jax[cuda12]'",
    "torch": "pip install --force-reinstall torch --index-url "
    "https://download.pytorch.org/whl/cu126",
}
"""Backend → the command that installs it with its libraries for GPUs."""

LISTING = Path("/proc/driver/nvidia/gpus")
"""Linux: a folder for each GPU, also where the program ``nvidia-smi`` is not installed."""

PATIENCE = 10.0
"""Seconds to wait for ``nvidia-smi``, which hangs if a card does."""


def why_unused(backend: str) -> str:
    """Why a backend that finds no GPU does not use those of the driver, and what mends it.

    Returns:
        One line; empty if the driver shows none.
    """
    shown = gpus_of_driver()
    if not shown:
        return ""
    hidden = hidden_by()
    names = f"the driver shows {join_names(shown)}, which {backend} cannot use"
    fix = f"unset {hidden}" if hidden else INSTALL.get(backend, "poise doctor")
    return f"{names}; fix: {fix}"


def gpus_of_driver() -> list[str]:
    """The names of the GPUs; none if there is no driver."""
    return _listed_by_program() or _listed_in_files()


def hidden_by() -> str:
    """The environment variable that hides all GPUs; empty if none does."""
    value = os.environ.get("CUDA_VISIBLE_DEVICES")
    return "CUDA_VISIBLE_DEVICES" if value is not None and value.strip() in ("", "-1") else ""


def _listed_by_program() -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        said = subprocess.run(  # noqa: S603  # a fixed command
            [program, "-L"], capture_output=True, text=True, timeout=PATIENCE, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):  # it is there, but finds no driver
        return []
    return re.findall(r"^GPU \d+: (.+?)(?: \(UUID.*)?$", said, re.MULTILINE)


def _listed_in_files() -> list[str]:
    files = sorted(LISTING.glob("*/information"))
    lines = [line for file in files for line in file.read_text(errors="replace").splitlines()]
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
