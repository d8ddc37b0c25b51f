"""Faults, the errors made of them, and the names that are suggested."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise import errors
from poise.errors import BuildError, ConfigError, Fault, WeightsError

MOST_LINES = 12

texts = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20), min_size=1)
faults = st.lists(
    st.builds(Fault, texts.map(lambda lines: "\n".join(lines[:4])), st.sampled_from(["", "a.b"]))
)


@given(
    st.lists(st.integers(0, 3_000), min_size=1, max_size=30),
    st.sampled_from(["", "a.b"]),
    st.sampled_from(["", "model.json", "x" * 3_000]),
    st.integers(1, 3),
)
def test_no_message_is_longer_than_a_screen_and_none_loses_its_faults(
    lengths, path, heading, count
):
    what = "\n".join("x" * length for length in lengths)
    error = ConfigError([Fault(what, path)] * count, heading)

    for text in (str(error), str(error.faults[0]), str(WeightsError(what))):
        assert len(text) <= 2_000
        assert len(text.split("\n")) <= MOST_LINES
    assert error.faults == (Fault(what, path),) * count


def test_a_message_that_escapes_what_it_quotes_is_not_longer_either():
    assert len(str(WeightsError("\x1b" * 60_000))) <= 2_000


def test_a_long_line_keeps_its_beginning_and_its_path():
    text = str(ConfigError([Fault(f"must be a name, got {'x' * 60_000}", "model.heads")]))

    assert text.startswith("must be a name, got xxx")
    assert text.endswith("xxx @ model.heads")


def test_a_long_message_keeps_its_beginning_and_what_to_do():
    lines = [f"line {number}" for number in range(40)]

    text = str(WeightsError("\n".join([*lines, "  fix: copy it again"])))

    assert text.split("\n")[:9] == lines[:9]
    assert text.split("\n")[9:] == ["  … and 30 more lines", "line 39", "  fix: copy it again"]


def test_a_message_that_fits_is_not_changed():
    text = "\n".join("x" * 150 for _ in range(12))

    assert str(WeightsError(text)) == text


def test_many_long_faults_are_counted_behind_those_that_are_shown():
    error = ConfigError(Fault("x" * 5_000, f"a[{index}]") for index in range(500))

    assert len(str(error)) <= 2_000
    assert str(error).endswith("… and 490 more")
    assert len(error.faults) == 500


def test_a_fault_says_what_and_then_where():
    assert str(Fault("must be null", "model.heads")) == "must be null @ model.heads"


def test_a_fault_of_the_whole_says_only_what():
    assert str(Fault("must be null")) == "must be null"


def test_a_fault_of_several_lines_says_where_in_the_first():
    assert str(Fault("it is broken\n  fix: mend it", "model")) == (
        "it is broken @ model\n  fix: mend it"
    )


def test_a_path_cannot_break_the_line_or_control_the_terminal():
    assert str(Fault("must be null", "a\n\x1b[2Jb")) == r"must be null @ a\n\x1b[2Jb"


def test_a_path_grows_outwards_by_names_and_indices():
    fault = Fault("must be a string", "[2]").under("edges").under("pafs")

    assert fault.path == "pafs.edges[2]"


def test_a_fault_of_the_whole_takes_the_path_of_what_it_is_in():
    assert Fault("must be null").under("heads") == Fault("must be null", "heads")


def test_a_single_fault_is_the_whole_message():
    assert str(ConfigError([Fault("must be null", "heads")])) == "must be null @ heads"


def test_a_single_fault_stands_behind_its_heading():
    error = ConfigError([Fault("must be null", "heads")], "model.json")

    assert str(error) == "model.json: must be null @ heads"


def test_several_faults_stand_below_each_other():
    error = ConfigError([Fault("must be null", "heads"), Fault("must be true", "stacks")])

    assert str(error) == "2 faults:\n  must be null @ heads\n  must be true @ stacks"


def test_what_is_too_much_for_a_message_is_counted():
    error = ConfigError([Fault("wrong", f"[{index}]") for index in range(40)])

    assert str(error).splitlines()[0] == "40 faults:"
    assert str(error).splitlines()[-2:] == ["  wrong @ [9]", "  … and 30 more"]
    assert len(error.faults) == 40


@given(faults, st.sampled_from(["", "model.json"]))
def test_no_message_is_longer_than_twelve_lines(faults, heading):
    assert len(str(ConfigError(faults, heading)).splitlines()) <= MOST_LINES


@given(st.lists(st.builds(Fault, st.just("wrong")), min_size=2))
def test_what_is_shown_and_what_is_counted_is_everything(faults):
    lines = str(ConfigError(faults)).splitlines()[1:]
    counted = int(lines.pop().split()[2]) if "more" in lines[-1] else 0

    assert len(lines) + counted == len(faults)


@pytest.mark.parametrize("kind", [ConfigError, BuildError])
def test_an_error_of_faults_survives_pickling(kind):
    error = pickle.loads(pickle.dumps(kind([Fault("wrong", "a"), Fault("off", "b")], "model")))

    assert type(error) is kind
    assert error.faults == (Fault("wrong", "a"), Fault("off", "b"))
    assert str(error) == "model:\n  wrong @ a\n  off @ b"


def test_a_weights_error_keeps_its_report_through_pickling():
    error = pickle.loads(pickle.dumps(WeightsError("3 weights are missing", report=("a", "b"))))

    assert (str(error), error.report) == ("3 weights are missing", ("a", "b"))


def test_an_unknown_key_is_shown_without_the_quotes_of_a_key_error():
    assert str(errors.UnknownKeyError("no backbone 'vit'")) == "no backbone 'vit'"


@pytest.mark.parametrize(
    ("kind", "familiar"),
    [
        (errors.ConfigError, ValueError),
        (errors.BuildError, ValueError),
        (errors.BundleError, ValueError),
        (errors.WeightsError, ValueError),
        (errors.UnknownKeyError, KeyError),
        (errors.PluginClashError, KeyError),
        (errors.PluginNotInstalledWarning, UserWarning),
    ],
)
def test_who_does_not_know_poise_can_catch_what_python_would_raise(kind, familiar):
    assert issubclass(kind, familiar)
