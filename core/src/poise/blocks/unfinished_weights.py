"""Leave nothing behind in Keras where a build fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


@contextmanager
def keeps_no_weights(*, always: bool = False) -> Iterator[None]:
    """Forget the weights that were to be drawn later, if an exception ends the ``with`` block.

    Weights of a stateless scope are drawn at its end. If one cannot be, for lack of memory say,
    Keras keeps all of them, and tries again at the end of every later scope of the process.

    Args:
        always: forget them also without an exception.
    """
    before = len(_kept("uninitialized_variables", []))
    is_kept = False
    try:
        yield
        is_kept = not always
    finally:
        if not is_kept:
            del _kept("uninitialized_variables", [])[before:]


@contextmanager
def takes_no_names() -> Iterator[None]:
    """Give the names of layers free again, if an exception ends the ``with`` block.

    Keras counts the layers that have no name of their own: ``conv2d``, ``conv2d_1``, …
    """
    before = dict(_kept("object_name_uids", {}))
    try:
        yield
    except BaseException:
        counted = _kept("object_name_uids", {})
        counted.clear()
        counted.update(before)
        raise


def _kept(name: str, missing: Any) -> Any:
    """What Keras keeps for all of a thread; it has no public name for it."""
    try:
        state = import_module("keras.src.backend.common.global_state")
        kept = state.get_global_attribute(name)
    except (ImportError, AttributeError):  # another Keras, which may keep it elsewhere
        return missing
    return kept if isinstance(kept, type(missing)) else missing
