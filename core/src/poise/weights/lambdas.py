"""Find code in the configuration of a saved model."""

from __future__ import annotations

from typing import Any


def lambda_layers(config: Any) -> tuple[str, ...]:
    """Names of the Lambda layers in a saved model's configuration, nested ones included.

    A function passed to another layer is code too, and is listed as ``__lambda__``.
    """
    names: list[str] = []
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            inner = value.get("config")
            if value.get("class_name") == "Lambda":
                names.append(str(inner.get("name", "unnamed")) if isinstance(inner, dict) else "?")
            elif value.get("class_name") == "__lambda__":
                names.append("__lambda__")
            else:
                waiting += reversed(value.values())
    return tuple(names)
