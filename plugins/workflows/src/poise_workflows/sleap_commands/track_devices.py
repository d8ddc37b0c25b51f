"""``--cpu``, ``--first-gpu``, ``--last-gpu`` and ``--gpu`` as Poise's ``--device``."""

from __future__ import annotations

import os
from typing import Any

from poise.building.drivers import gpus_of_driver, hidden_by


def device_of(options: Any) -> tuple[str, str]:
    """The device, and what to say of it.

    Args:
        options: what the parser read.

    Returns:
        ``"auto"``, ``"cpu"`` or ``"gpu:N"``, and a sentence, or nothing.
    """
    if options.cpu:
        return "cpu", ""
    number = str(options.gpu).lower()
    if not (options.first_gpu or options.last_gpu) and number == "auto":
        return "auto", ""
    count = _visible()
    if not count:
        name = "--first-gpu" if options.first_gpu else "--last-gpu" if options.last_gpu else "--gpu"
        return "auto", f"{name} is ignored, as in SLEAP where there is no GPU: none is to be seen"
    if options.first_gpu or options.last_gpu:
        number = str(0 if options.first_gpu else count - 1)
    return f"gpu:{number}", ""


def _visible() -> int:
    """How many GPUs the backend can see."""
    shown = len(gpus_of_driver())
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden_by():
        return 0
    return shown if chosen is None else min(shown, len(chosen.split(",")))
