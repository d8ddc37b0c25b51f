"""A rule for the number of stacks: when one network can follow another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poise.fields.domains import Rule, rule


def stacks_join(begins: Callable[[Any], Any], where: str) -> Rule:
    """A rule for a number of stacks: each must end at the stride at which the next begins.

    The class must have a field ``output_stride``, the stride at which a stack ends.

    Args:
        begins: ``begins(config)``: the stride at which every stack begins.
        where: what decides that, in words, as ``"stem_stride"``.
    """
    return rule(
        f"must be 1 unless output_stride equals {where}",
        lambda config, stacks: bool(stacks == 1 or config.output_stride == begins(config)),
        lambda config, stacks: (
            f"output_stride is {config.output_stride!r}, "
            f"a further stack would begin at stride {begins(config)!r}"
        ),
        cases=((1, {"const": 1}), (2, {"minimum": 2})),
    )
