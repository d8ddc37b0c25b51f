"""Python's collector of garbage, which looks at everything that a large import has created."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Collect nothing while modules are imported, and never look at what they have created.

    TensorFlow creates hundreds of thousands of objects that live as long as the process. Python
    looks through them again and again while they come into being, and once more when it ends.
    They are set apart when the import has succeeded. Programs use this; a library leaves the
    collector of its user's program alone.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
