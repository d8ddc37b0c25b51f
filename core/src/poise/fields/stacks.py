"""A rule for the number of stacks: when one stack can follow another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poise.fields.domains import Rule, rule


def stacks_join(begins: Callable[[Any], Any], where: str) -> Rule:
    """A rule for a number of stacks: each must end at the stride where the next begins.

    The class must have a field ``output_stride``, the stride where a stack ends.

    Args:
        begins: ``begins(config)``: the stride where every stack begins.
        where: the name of that stride in messages, as ``"stem_stride"``.
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
