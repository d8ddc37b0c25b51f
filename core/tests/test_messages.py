"""The words that messages are made of."""

from __future__ import annotations

import pytest

from poise.messages import (
    counted,
    described,
    figure,
    first_line,
    join_names,
    nearest,
    printable,
    repeated,
    short_repr,
    suggestion,
    suggestions,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("filter", "filters"),
        ("Filters", "filters"),
        ("max_strde", "max_stride"),
        ("output_strid", "output_stride"),
        ("wings", None),
        (3, None),
        (None, None),
    ],
)
def test_the_nearest_name_is_what_was_probably_meant(written, meant):
    assert nearest(written, ["filters", "max_stride", "output_stride"]) == meant


def test_a_known_name_is_suggested_or_else_all_of_them():
    assert suggestion("unett", ["leap", "unet"]) == "did you mean 'unet'?"
    assert suggestion("vit", ["unet", "leap"]) == "known: leap, unet"
    assert suggestion("vit", [], noun="installed") == "installed: none"


def test_only_the_first_of_many_unknown_names_get_a_suggestion():
    hint = suggestions(["unet", "leap"], noun="keys")

    hints = [hint(f"unet{number}") for number in range(100)]

    assert hints[:10] == ["; did you mean 'unet'?"] * 10
    assert set(hints[10:]) == {""}


def test_suggestions_name_everything_where_nothing_is_near():
    assert suggestions(iter(["b", "a"]), noun="parts")("head") == "; parts: a, b"


def test_the_nearest_of_long_names_is_looked_for_in_a_bounded_number_of_letters(monkeypatch):
    compared = []

    def spy(word, candidates, **options):
        compared.append(sum(len(word) * len(candidate) for candidate in candidates))
        return []

    monkeypatch.setattr("difflib.get_close_matches", spy)

    assert nearest("ab" * 200, [f"{'ba' * 200}{number}" for number in range(1000)]) is None
    assert 0 < compared[0] <= 500_000


def test_a_name_of_another_length_does_not_hide_the_nearest_one():
    assert nearest("head", ["x" * 400_000] * 900 + ["heads"]) == "heads"


def test_repeated_names_come_with_their_places():
    assert repeated(["a", "b", "a", "c", "a", "b"]) == [(2, "a"), (4, "a"), (5, "b")]
    assert repeated(iter(["a", "b"])) == []


def test_a_long_row_of_names_is_counted_off():
    assert join_names(range(3)) == "0, 1, 2"
    assert join_names(range(20), limit=2) == "0, 1 and 18 more"


def test_a_long_value_is_shown_shortened():
    assert short_repr("x" * 100) == "'" + "x" * 58 + "…"


def test_a_value_that_cannot_show_itself_is_shown_by_its_type():
    class Mute:
        def __repr__(self):
            raise RuntimeError

    assert short_repr(Mute()) == "a Mute"


def test_control_characters_are_escaped_and_line_breaks_only_where_lines_are_not_wanted():
    assert printable("a\x1b[31mb\nc") == "a\\x1b[31mb\\nc"
    assert printable("a\nb", lines=True) == "a\nb"


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "line", "sentence"),
    [
        (ValueError("first\nsecond"), "first", "ValueError: first"),
        (ValueError("\n  first  "), "first", "ValueError: first"),
        (KeyError(), "KeyError", "KeyError: no message"),
        (Unspeakable(), "Unspeakable", "Unspeakable: no message"),
        (OSError("x" * 300), "x" * 199 + "…", "OSError: " + "x" * 199 + "…"),
    ],
)
def test_an_exception_is_quoted_by_its_first_line(error, line, sentence):
    assert first_line(error) == line
    assert described(error) == sentence


@pytest.mark.parametrize(("count", "text"), [(0, "0 frames"), (1, "1 frame"), (2, "2 frames")])
def test_one_of_a_kind_is_not_many(count, text):
    assert counted(count, "frame") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((0, "0"), (0.01234, "0.0123"), (12.345, "12.3"), (999.4, "999"), (999.6, "1,000")),
        *((1010.2, "1,010"), (1_234_567.8, "1,234,568"), (-1234.5, "-1,234")),
    ],
)
def test_a_figure_has_three_digits_that_count_and_no_exponent(value: float, text: str) -> None:
    assert figure(value) == text
