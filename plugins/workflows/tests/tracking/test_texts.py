"""Texts of a command line become values of the types that a tracker declares."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from poise.editions import edition
from poise_workflows.tracking.options import SimpleConfig
from poise_workflows.tracking.texts import value_of, values_of


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5", int, 5),
        ("-5", int, -5),
        ("5.0", int, "5.0"),
        ("1_000", int, "1_000"),
        ("5", float, 5.0),
        ("-1e-3", float, -0.001),
        ("nan", float, "nan"),
        ("inf", float, "inf"),
        ("1e999", float, "1e999"),
        ("true", bool, True),
        ("0", bool, False),
        ("yes", bool, "yes"),
        ("5", str, "5"),
        ("none", int | None, None),
        ("3", int | None, 3),
        ("none", str, "none"),
        ("a", Literal["a", "b"], "a"),
        ("2", Literal[1, 2], 2),
        ("0,1,2", tuple[int, ...], (0, 1, 2)),
        ("0.5", tuple[float, ...], (0.5,)),
        ("", tuple[int, ...], ()),
        ("7", float | tuple[float, ...], 7.0),
        ("7,8", float | tuple[float, ...] | None, (7.0, 8.0)),
        ("anything", Any, "anything"),
    ],
)
def test_a_text_is_a_value_of_its_type_or_stays_a_text(text: str, kind: Any, value: Any) -> None:
    result = value_of(text, kind)

    assert (result, type(result)) == (value, type(value))


def test_what_switches_max_tracking_on_depends_on_the_edition() -> None:
    texts = {"max_tracking": "False", "max_tracks": "2"}

    with edition("2026"):
        assert values_of(texts, SimpleConfig) == {"max_tracking": False, "max_tracks": 2}
    with edition("sleap-1.4"):
        assert values_of(texts, SimpleConfig) == {"max_tracking": True, "max_tracks": 2}
