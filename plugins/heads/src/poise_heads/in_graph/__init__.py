"""Decoding within a graph: what the ``decode`` of a head type does, for runtimes without Python.

The modules here have the ``decode_in_graph`` of the six head types. They use ``keras.ops``, and
arrays whose shapes do not depend on the data: NaN fills what is missing. Peaks, refinement and
scores are those of ``poise_heads.decoding``, in both editions.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from poise.specs import GraphDecoding

_HOMES = {
    "single_instance": "one_animal",
    "centered_instance": "one_animal",
    "centroid": "one_part",
    "multi_instance": "bottom_up",
    "multi_class_bottomup": "identified",
    "multi_class_topdown": "identified",
}
"""Head type → the module that has the function of its name."""


def decoder_of(key: str) -> Callable[..., GraphDecoding]:
    """The ``decode_in_graph`` of a head type.

    Its module, and Keras with it, is imported when it is called: whoever only looks at head types
    needs neither.
    """

    def decode_in_graph(config: Any, **options: Any) -> GraphDecoding:
        module = import_module(f"{__name__}.{_HOMES[key]}")
        decoding: GraphDecoding = getattr(module, key)(config, **options)
        return decoding

    return decode_in_graph
