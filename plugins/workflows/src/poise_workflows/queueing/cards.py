"""GPUs of this machine as workers get them: each worker sees one, and no other."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence

from poise.building.drivers import gpus_of_driver
from poise.errors import Fault
from poise.messages import argument_path, join_names, short_repr
from poise_workflows.queueing.errors import QueueError

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The environment variable that says which GPUs a process sees, and in which order."""

BACKENDS = ("tensorflow", "jax", "torch")

_FORM = re.compile(r"auto|cpu|gpu:\d+(,gpu:\d+)*")


def visible_cards(environ: Mapping[str, str] | None = None) -> list[str]:
    """What names each GPU that this process may use, in the variable ``VISIBLE``.

    Args:
        environ: the environment; by default that of this process.
    """
    said = (os.environ if environ is None else environ).get(VISIBLE)
    if said is None:
        return [str(number) for number in range(len(gpus_of_driver()))]
    names = [name.strip() for name in said.split(",")]
    # What CUDA does: nothing that follows -1 is seen.
    return [] if "" in names else names[: names.index("-1") if "-1" in names else None]


def cards_of(devices: str, name: str = "devices") -> list[tuple[str, str]]:
    """The GPUs that are asked for.

    Args:
        devices: ``"auto"`` for all, ``"cpu"`` for none, or ``"gpu:0,gpu:2"``.
        name: of the argument.

    Returns:
        Each as the user calls it, and as ``VISIBLE`` does.

    Raises:
        QueueError: the text is none of these, or there is no such GPU.
    """
    if not _FORM.fullmatch(devices):
        what = f"must be auto, cpu or GPUs as gpu:0,gpu:2, got {short_repr(devices)}"
        raise QueueError([Fault(what, argument_path(name))])
    if devices == "cpu":
        return []
    there = {f"gpu:{number}": card for number, card in enumerate(visible_cards())}
    if devices == "auto":
        return list(there.items())
    asked = devices.split(",")
    missing = [gpu for gpu in asked if gpu not in there]
    if missing:
        got = f"got {join_names(missing)}; there are {join_names(there) or 'none'}"
        raise QueueError([Fault(f"must be GPUs of this machine, {got}", argument_path(name))])
    return [(gpu, there[gpu]) for gpu in dict.fromkeys(asked)]


def see_only(device: str) -> tuple[str, str]:
    """Let this process see one GPU, or none, before its backend looks for them.

    Args:
        device: ``"auto"`` for the first, ``"cpu"`` for none, or ``"gpu:N"``.

    Returns:
        What is seen, as the user calls it, and as ``predict`` does, which sees no other.

    Raises:
        QueueError: there is no such GPU, or several are named.
    """
    cards = cards_of(device, "device")
    if len(cards) > 1 and device != "auto":
        what = f"must be one GPU for one worker, got {short_repr(device)}"
        raise QueueError([Fault(what, argument_path("device"))])
    if any(name in sys.modules for name in BACKENDS):  # it has looked already
        return device, device
    if device == "cpu":
        os.environ[VISIBLE] = "-1"
    if not cards:  # other GPUs than NVIDIA's are left to the backend
        return device, device
    name, card = cards[0]
    os.environ[VISIBLE] = card
    return name, "auto" if device == "auto" else "gpu:0"


def shared_out(cards: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """The GPU of each of several workers. Where there are too few, workers share one."""
    return [cards[index % len(cards)] for index in range(count)]
