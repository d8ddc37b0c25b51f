"""What a variable's type changes of the numbers that a file gives it."""

from __future__ import annotations

from typing import Any

from poise.weights.records import Record
from poise.weights.slots import Slot


def stored(slot: Slot, record: Record, changed: list[str]) -> Any:
    """Read an array as the variable stores it; appends to ``changed`` what becomes of it.

    Args:
        slot: the variable.
        record: the array of the file.
        changed: gets the name of the weight with what its type changes, if anything.
    """
    array = record.read()
    held = slot.stored(array)
    what = change_of(array, held)
    if what:
        changed.append(f"{slot.name} ({what})")
    return held


def change_of(array: Any, held: Any) -> str:
    """What differs between numbers and the same in another type; empty if nothing does.

    A number that is too large for the type has become infinite, or any other where the type
    has no infinity; one that is too small has become 0.
    """
    import numpy as np

    array, held = np.asarray(array), np.asarray(held)
    if array.dtype == held.dtype:
        return ""
    with np.errstate(all="ignore"):
        differs = (array != held) & ~(np.isnan(array) & np.isnan(held))
        too_small = differs & (held == 0) & (abs(array) < 1)
        is_float = held.dtype.kind not in "iub"
        too_large = differs & (~np.isfinite(held) if is_float else abs(array - held) >= 1)
    counts = {
        "too large": int(too_large.sum()),
        "too small": int(too_small.sum()),
        "rounded": int((differs & ~too_large & ~too_small).sum()),
    }
    of = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    return f"{array.dtype} to {held.dtype}: {of}" if of else ""
