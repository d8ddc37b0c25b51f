"""The options of decoders, as pages tell them."""

from __future__ import annotations

import functools
from typing import Any

from poise.sphinx.options import REQUIRED, Option, arguments_of, options_of


def decode(config: Any, predictions: Any, *, threshold: float = 0.2, order: str) -> None:
    """Decode.

    Args:
        config: not an option.
        predictions: neither.
        threshold: cells below it: are not parts,
            whatever their number.
        order: of the animals.

    Returns:
        threshold: this is no argument.
    """


def test_options_have_their_names_defaults_and_meanings() -> None:
    assert options_of(decode) == [
        Option("threshold", 0.2, "cells below it: are not parts, whatever their number."),
        Option("order", REQUIRED, "of the animals."),
    ]


def test_a_function_that_another_wraps_tells_its_own() -> None:
    @functools.wraps(decode)
    def guarded(*arguments: Any, **options: Any) -> None: ...

    assert options_of(guarded) == options_of(decode)


def test_what_has_no_docstring_has_options_without_meanings() -> None:
    assert options_of(lambda config, predictions, *, n=3: None) == [Option("n", 3, "")]
    assert arguments_of("Decode.") == {}
