"""GPUs that the driver shows and the backend cannot use."""

from __future__ import annotations

import subprocess
import sys

from poise.building.drivers import gpus_of_driver, why_unused

CODE = "import sys; from poise.building.devices import gpus_of; print(len(gpus_of(sys.argv[1])))"


def note_on_gpus(backend: str | None, timeout: float) -> str:
    """Why the backend uses no GPU of this machine, and what mends it; empty if all is well.

    Only where there is a GPU, a process of its own imports the backend, which takes seconds.

    Args:
        backend: as Keras names it; ``None`` without Keras.
        timeout: seconds that the backend may take; one that takes longer is not judged.
    """
    if backend is None or not gpus_of_driver():
        return ""
    count = _usable(backend, timeout)
    return why_unused(backend) if count == 0 else ""


def _usable(backend: str, timeout: float) -> int | None:
    """How many GPUs a backend can use; ``None`` if it does not say."""
    command = [sys.executable, "-P", "-c", CODE, backend]
    try:
        said = subprocess.run(  # noqa: S603  # a fixed command
            command, capture_output=True, text=True, timeout=timeout, check=True
        ).stdout
        return int(said.split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
