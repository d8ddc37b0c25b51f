"""The options of decoders: shared defaults, and checks that report all faults at once."""

from __future__ import annotations

from typing import Any

from poise.errors import DecodeError, Fault
from poise.fields import Domain, integer, is_number, not_negative, optional
from poise.messages import short_repr

THRESHOLD = 0.2
PATCH = 5

NUMBER = Domain("a number", is_number)
DOMAINS: dict[str, Domain] = {
    "threshold": NUMBER,
    "max_instances": optional(integer(at_least=1)),
    "n_images": optional(integer(at_least=0)),
    "n_points": integer(at_least=2),
    "max_edge_length_ratio": not_negative(),
    "dist_penalty_weight": not_negative(),
    "min_line_scores": NUMBER,
    "min_instance_peaks": not_negative(),
}


def check(**options: Any) -> None:
    """Refuse options outside of their domain.

    Raises:
        DecodeError: with every fault.
    """
    faults = [
        Fault(f"must be {DOMAINS[name].text}, got {short_repr(value)}", name)
        for name, value in options.items()
        if not DOMAINS[name].accepts(value)
    ]
    if faults:
        raise DecodeError(faults)
