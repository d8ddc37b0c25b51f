"""Lines and tables fit the terminal: columns are left out, not crushed, and no word is cut."""

from __future__ import annotations

import io
import sys

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.cli import _output
from poise.cli._fitting import NARROWEST, ROOM, fitted, width_of, wrapped
from poise.cli._help import fit_help, fitting

HEADER = ["KEY", "VERSION", "SUMMARY"]
ROWS = [["unet", "0.1.0", "Encoder and decoder with skip connections, any depth"], ["b", "1", ""]]

words = st.text("abcdef,.:()", min_size=1, max_size=ROOM)  # a longer word may not fit
lines = st.builds(
    lambda indent, parts: " " * indent + " ".join(parts),
    st.integers(0, 12),
    st.lists(words, min_size=1, max_size=40),
)


@given(line=lines, width=st.integers(NARROWEST, 120))
def test_a_wrapped_line_fits_and_keeps_every_word(line: str, width: int) -> None:
    parts = wrapped(line, width)

    assert [word for part in parts for word in part.split()] == line.split()
    assert all(len(part) <= width for part in parts)
    own = len(line) - len(line.lstrip())
    assert all(part.startswith(" " * own) for part in parts)


def test_a_path_is_never_cut_and_stays_beside_its_label() -> None:
    path = "/very/long/" + "folder/" * 20

    assert wrapped(f"  weights    {path}", 60) == [f"  weights    {path}"]
    assert wrapped(f"the model in {path} has no weights", 60) == [
        f"the model in {path}",
        "    has no weights",
    ]


@pytest.mark.parametrize(
    "line", ["    fix: pip install ", "  poise check ", "pip install ", "  export PATH="]
)
def test_a_command_to_copy_stays_whole(line: str) -> None:
    assert wrapped(line + "word " * 30, 60) == [line + "word " * 30]


@given(
    rows=st.lists(st.lists(words, min_size=3, max_size=3), min_size=1, max_size=5),
    width=st.integers(NARROWEST, 120),
)
def test_a_table_fits_by_leaving_columns_out(rows: list[list[str]], width: int) -> None:
    table = fitted(HEADER, rows, width, drop=["VERSION", "SUMMARY"], prose="SUMMARY")

    assert all(len(line) <= width for line in table.lines)
    assert len(table.lines) == 1 + len(rows)
    kept = table.lines[0].split()
    assert sorted([*kept, *table.left_out]) == sorted(HEADER)


def test_the_least_important_column_goes_first_and_prose_is_shortened_last() -> None:
    assert fitted(HEADER, ROWS, None, drop=["VERSION"], prose="SUMMARY").left_out == []
    wide = fitted(HEADER, ROWS, 56, drop=["VERSION", "SUMMARY"], prose="SUMMARY")
    assert wide.lines[1] == "unet  0.1.0    Encoder and decoder with skip…"
    narrow = fitted(HEADER, ROWS, 50, drop=["VERSION", "SUMMARY"], prose="SUMMARY")
    assert narrow.left_out == ["VERSION"]
    assert narrow.lines[1] == "unet  Encoder and decoder with skip connections,…"
    narrowest = fitted(HEADER, ROWS, 40, drop=["VERSION", "SUMMARY"], prose="SUMMARY")
    assert narrowest.left_out == ["SUMMARY"]


def test_a_column_that_does_not_fit_makes_room_for_shorter_ones() -> None:
    drop = ["VERSION", "STATE", "SUMMARY"]
    rows = [["a-name-of-thirty-two-characters..", "0.1.0", "ok", "Encoder and decoder"]]
    table = fitted(["KEY", "VERSION", "STATE", "SUMMARY"], rows, 50, drop=drop, prose="SUMMARY")

    assert table.left_out == ["SUMMARY"]
    assert table.lines[1].split() == ["a-name-of-thirty-two-characters..", "0.1.0", "ok"]


def test_a_table_says_what_it_left_out_and_where_that_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    _output.table(HEADER, ROWS, drop=["SUMMARY"], prose="SUMMARY", elsewhere="--json shows it")

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "(too narrow for SUMMARY; --json shows",
        "    it)",
    ]


def test_lines_may_have_any_length_in_a_pipe_and_data_has_so_always(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    _output.say("word " * 50)
    assert capsys.readouterr().out == "word " * 50 + "\n"

    monkeypatch.setenv("COLUMNS", "60")
    _output.say_json({"text": "word " * 50}, indent=None)
    _output.say("word " * 50, whole=True)
    assert [len(line) for line in capsys.readouterr().out.splitlines()] == [262, 250]
    _output.say("word " * 50)
    _output.complain("word " * 50)
    shown = capsys.readouterr()
    assert max(map(len, (shown.out + shown.err).splitlines())) <= 60


@pytest.mark.parametrize(
    ("said", "width"), [("100", 100), ("1", NARROWEST), ("0", None), ("wide", None), ("-9", None)]
)
def test_the_variable_of_the_shell_decides_if_it_makes_sense(
    said: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", said)

    assert width_of(io.StringIO()) == width


def test_a_word_in_color_is_no_longer_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", Terminal())
    _output.say_marked("kept   ", "it fits " * 12, "green", "  ")

    first, second = sys.stdout.getvalue().splitlines()  # type: ignore[attr-defined]
    assert first.startswith("  \x1b[32mkept   \x1b[0m  it fits")
    assert second.startswith(" " * 11 + "it")


# Help.

KEPT = """\
Examples:
  poise build models/flies -o flies       the same on current Keras
  poise build a --image 512,512,1 --skeleton labels.slp --edition 2026"""


def test_an_explanation_that_does_not_fit_stands_below_its_command() -> None:
    assert fitting(KEPT, 80) == KEPT
    assert fitting(KEPT, 60).splitlines() == [
        "Examples:",
        "  poise build models/flies -o flies",
        "      the same on current Keras",
        "  poise build a --image 512,512,1 --skeleton labels.slp --edition 2026",
    ]


def test_the_help_of_a_plugins_command_fits_too() -> None:
    group = click.Group("group", commands=[click.Command("inner", epilog=f"\b\n{KEPT}")])
    fit_help(group)
    with click.Context(group) as parent:
        inner = group.commands["inner"]
        context = inner.context_class(inner, parent=parent, terminal_width=60)

        assert "      the same on current Keras\n" in inner.get_help(context)


def test_what_an_option_does_has_most_of_a_narrow_line() -> None:
    option = click.Option(["--max-edge-length-ratio", "ratio"], help="word " * 30)
    command = click.Command("predict", params=[option])
    fit_help(command)
    context = command.context_class(command, terminal_width=60)

    first, *others = command.get_help(context).partition("--max-edge")[2].splitlines()[1:4]
    assert len(first) - len(first.lstrip()) <= 24
    assert all(line.startswith(first[: len(first) - len(first.lstrip())]) for line in others)
