"""What a run is, as JSON, and how two runs differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from poise.errors import Fault
from poise.messages import short_repr


def as_json(description: Mapping[str, Any]) -> dict[str, Any]:
    """The description as JSON returns it: tuples are lists, keys are texts.

    Raises:
        TypeError: it contains something that JSON cannot express.
    """
    return dict(json.loads(json.dumps(description)))


def differences(former: Any, present: Any, path: str = "") -> Iterator[Fault]:
    """Every value in which the description of a run differs from the journal's, with its path.

    Args:
        former: the description in the journal, or a part of it.
        present: the description of the run that Poise is asked for.
        path: the path to both.
    """
    if isinstance(former, dict) and isinstance(present, dict):
        for name in dict.fromkeys((*former, *present)):
            yield from _of_key(former, present, name, f"{path}.{name}" if path else str(name))
    elif isinstance(former, list) and isinstance(present, list) and len(former) == len(present):
        for index, (before, now) in enumerate(zip(former, present, strict=True)):
            yield from differences(before, now, f"{path}[{index}]")
    elif former != present or type(former) is not type(present):
        yield Fault(f"must be {_text(former)}, as in the journal, got {_text(present)}", path)


def _of_key(former: Any, present: Any, name: str, path: str) -> Iterator[Fault]:
    if name not in present:
        yield Fault(f"must be {_text(former[name])}, as in the journal, got nothing", path)
    elif name not in former:
        yield Fault(f"must be left out, as in the journal, got {_text(present[name])}", path)
    else:
        yield from differences(former[name], present[name], path)


def _text(value: Any) -> str:
    if isinstance(value, list) and len(value) > 4:
        return f"{len(value)} values, {short_repr(value[0])} to {short_repr(value[-1])}"
    return short_repr(value, 80)
