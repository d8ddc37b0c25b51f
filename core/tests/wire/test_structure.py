"""Plain data to configuration classes: strict, with all faults at once and their paths."""

import enum
from collections.abc import Sequence
from typing import Any, Literal, Optional, Union

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise import editions
from poise.errors import ConfigError, Fault
from poise.fields import at_most, integer, names, optional, power_of_two, to_edges, to_tuple
from poise.wire.structure import structure, unstructure


@attrs.frozen(kw_only=True)
class Inner:
    rate: float = attrs.field(default=1.0)
    parts: tuple[str, ...] | None = attrs.field(
        default=None, converter=to_tuple, validator=optional(names())
    )


@attrs.frozen(kw_only=True)
class Outer:
    inner: Inner = attrs.field(factory=Inner)
    edges: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=to_edges)
    filters: int = attrs.field(default=8, validator=integer(at_least=1))
    max_stride: int = attrs.field(default=16, validator=power_of_two(at_least=2))
    output_stride: int = attrs.field(default=1, validator=[power_of_two(), at_most("max_stride")])
    batch_norm: bool = True
    name: str | None = None


def field_of(kind, **options):
    return attrs.make_class(
        "Made", {"x": attrs.field(type=kind, kw_only=True, **options)}, frozen=True
    )


def message_about(data, cls):
    with pytest.raises(ConfigError) as error:
        structure(data, cls)
    return str(error.value)


# Every type against every JSON value.

JSON_VALUES = {
    "null": None,
    "true": True,
    "integer": 4,
    "integral float": 4.0,
    "float": 4.5,
    "numeric string": "4",
    "string": "abc",
    "empty string": "",
    "list": ["a", "b"],
    "list of numbers": [1, 2],
    "pairs": [["a", "b"]],
    "empty list": [],
    "object": {"rate": 2.0},
    "empty object": {},
}
LISTS = {"list", "empty list"}
ACCEPTED = {
    bool: {"true"},
    int: {"integer"},
    float: {"integer", "integral float", "float"},
    str: {"numeric string", "string", "empty string"},
    int | None: {"null", "integer"},
    float | None: {"null", "integer", "integral float", "float"},
    str | None: {"null", "numeric string", "string", "empty string"},
    bool | None: {"null", "true"},
    Optional[int]: {"null", "integer"},  # noqa: UP045 - as older plugins write it
    Union[int, str]: {"integer", "numeric string", "string", "empty string"},  # noqa: UP007
    int | float: {"integer", "integral float", "float"},
    int | tuple[int, ...]: {"integer", "list of numbers", "empty list"},
    tuple[str, ...]: LISTS,
    list[str]: LISTS,
    Sequence[str]: LISTS,
    tuple[int, ...]: {"list of numbers", "empty list"},
    tuple[str, str]: {"list"},
    tuple[tuple[str, str], ...]: {"pairs", "empty list"},
    tuple[str, ...] | None: {*LISTS, "null"},
    Literal["abc", 4]: {"string", "integer"},
    Literal["abc"] | None: {"string", "null"},
    type(None): {"null"},
    Inner: {"object", "empty object"},
    Inner | None: {"object", "empty object", "null"},
    dict[str, float]: {"object", "empty object"},
    Any: set(JSON_VALUES),
}


@pytest.mark.parametrize("value", JSON_VALUES)
@pytest.mark.parametrize("kind", ACCEPTED, ids=str)
def test_a_type_takes_its_own_json_and_nothing_else(kind, value):
    cls = field_of(kind)
    if value in ACCEPTED[kind]:
        assert structure({"x": JSON_VALUES[value]}, cls).x is not ...
    else:
        with pytest.raises(ConfigError) as error:
            structure({"x": JSON_VALUES[value]}, cls)
        assert all(fault.path.startswith("x") for fault in error.value.faults)


@given(st.integers(-(2**53), 2**53))
def test_the_only_conversion_is_from_integers_to_floats(value):
    number = structure({"x": value}, field_of(float)).x

    assert (type(number), number) == (float, value)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (int, "8", "must be an integer, got '8' @ x"),
        (int, 8.0, "must be an integer, got 8.0 @ x"),
        (int, True, "must be an integer, got true @ x"),
        (int, None, "must be an integer, got null @ x"),
        (float, "1e-4", "must be a number, got '1e-4' @ x"),
        (float, 10**400, f"must be a number between -1.8e308 and 1.8e308, got 1{'0' * 58}… @ x"),
        (bool, "false", "must be true or false, got 'false' @ x"),
        (bool, None, "must be true or false, got null @ x"),
        (str, 3, "must be a string, got 3 @ x"),
        (str, ["a"] * 5, "must be a string, got a list of 5 @ x"),
        (tuple[str, ...], "abc", "must be a list, got 'abc' @ x"),
        (tuple[str, ...], ["a", 1], "must be a string, got 1 @ x[1]"),
        (tuple[str, str], ["a"], "must be a list of 2, got a list of 1 @ x"),
        (
            tuple[tuple[str, str], ...],
            [["a", "b"], ["c"]],
            "must be a list of 2, got a list of 1 @ x[1]",
        ),
        (Inner, None, "must be an object with fields of Inner, got null @ x"),
        (Inner, [], "must be an object with fields of Inner, got a list of 0 @ x"),
        (int | str, 1.5, "must be an integer or a string, got 1.5 @ x"),
        (
            Literal["add", "concatenate"],
            "concat",
            "must be 'add' or 'concatenate', got 'concat'; did you mean 'concatenate'? @ x",
        ),
        (Literal[1, 2], True, "must be 1 or 2, got true @ x"),
        (dict[str, int], {"a": "1"}, "must be an integer, got '1' @ x.a"),
        (dict[str, int], [1], "must be an object, got a list of 1 @ x"),
        (dict[str, int], {1: 1}, "must be a string, got 1 @ x.1"),
    ],
    ids=str,
)
def test_a_wrong_value_is_told_with_what_would_do(kind, value, message):
    assert message_about({"x": value}, field_of(kind)) == message


def test_an_integer_that_a_float_field_cannot_hold_as_written_is_refused():
    assert structure({"x": 10**22}, field_of(float)).x == 1e22
    assert message_about({"x": 2**53 + 1}, field_of(float)) == (
        "must be a number that float64 holds as written, got 9007199254740993; "
        "the nearest is 9007199254740992.0 @ x"
    )


def test_types_beyond_those_of_json_are_left_to_cattrs():
    class Mode(enum.Enum):
        FAST = "fast"

    assert structure({"x": "fast"}, field_of(Mode)).x is Mode.FAST
    assert message_about({"x": "slow"}, field_of(Mode)) == (
        "must be Mode, got 'slow' (ValueError) @ x"
    )


# Whole classes.


def test_absent_fields_take_their_defaults():
    assert structure({}, Outer) == Outer()


def test_a_field_without_a_default_is_needed():
    assert message_about({}, field_of(int)) == "Made needs the field 'x' @ x"


def test_an_unknown_field_is_answered_with_the_nearest_name():
    assert message_about({"filter": 8}, Outer) == (
        "Outer has no field 'filter'; did you mean 'filters'? @ filter"
    )
    assert message_about({"inner": {"wings": 2}}, Outer) == (
        "Inner has no field 'wings'; fields: parts, rate @ inner.wings"
    )


def test_all_faults_are_told_at_once_each_with_its_path():
    data = {
        "inner": {"rate": "fast", "parts": ["a", 1, "b", None]},
        "edges": [["a", "b"], "ab", ["a", 2]],
        "filters": 0,
        "max_stride": 24,
        "output_stride": 32,
        "batch_norm": 1,
        "nmae": "x",
    }

    assert message_about(data, Outer).splitlines() == [
        "10 faults:",
        "  Outer has no field 'nmae'; did you mean 'name'? @ nmae",
        "  must be a number, got 'fast' @ inner.rate",
        "  must be a string, got 1 @ inner.parts[1]",
        "  must be a string, got null @ inner.parts[3]",
        "  must be a list, got 'ab' @ edges[1]",
        "  must be a string, got 2 @ edges[2][1]",
        "  must be true or false, got 1 @ batch_norm",
        "  must be an integer ≥ 1, got 0 @ filters",
        "  must be a power of two ≥ 2, got 24; did you mean 16 or 32? @ max_stride",
        "  must be at most max_stride, got 32; max_stride is 24 @ output_stride",
    ]


def test_a_rule_about_a_field_that_could_not_be_read_is_not_blamed():
    assert message_about({"max_stride": "16", "output_stride": 32}, Outer) == (
        "must be an integer, got '16' @ max_stride"
    )


def test_a_rule_sees_the_defaults_of_absent_fields():
    assert message_about({"output_stride": 32}, Outer) == (
        "must be at most max_stride, got 32; max_stride is 16 @ output_stride"
    )


@pytest.mark.parametrize("name", [1, None, ("a",)])
def test_a_field_name_must_be_a_string(name):
    assert message_about({name: 1}, Outer).startswith(f"Outer has no field {name!r}; fields: ")


def test_a_long_value_does_not_fill_the_message():
    assert len(message_about({"filters": "8" * 10_000, "x" * 10_000: 1}, Outer)) < 1000


# What classes of plugins may do.


def test_validators_see_what_the_class_s_own_converter_makes():
    def must_be_known(instance, attribute, value):
        if value not in ("add", "concatenate"):
            raise ValueError(f"'x' must be known (got {value!r})", attribute, value)

    cls = field_of(str, converter=str.lower, validator=must_be_known)

    assert structure({"x": "ADD"}, cls).x == "add"
    assert message_about({"x": "SUM"}, cls) == "'x' must be known (got 'sum') @ x"


@pytest.mark.parametrize("fault", [ValueError("bad"), KeyError("bad"), ZeroDivisionError("bad")])
def test_whatever_a_validator_raises_is_a_fault_of_its_field(fault):
    def refuse(instance, attribute, value):
        raise fault

    cls = attrs.make_class(
        "Made",
        {
            "x": attrs.field(type=int, validator=refuse),
            "y": attrs.field(type=int, default=1, validator=integer(at_least=1)),
        },
        kw_only=True,
    )

    assert message_about({"x": 1, "y": 0}, cls).splitlines() == [
        "2 faults:",
        "  bad @ x",
        "  must be an integer ≥ 1, got 0 @ y",
    ]


def test_a_converter_that_fails_is_a_fault_of_its_field():
    assert message_about({"x": "a"}, field_of(str, converter=int)) == (
        "invalid literal for int() with base 10: 'a' @ x"
    )


def test_a_last_check_of_the_whole_class_is_a_fault_of_the_whole():
    @attrs.frozen(kw_only=True)
    class Checked:
        low: int = 1
        high: int = 2

        def __attrs_post_init__(self):
            if self.low > self.high:
                raise ValueError("low is above high")

    assert message_about({"low": 3}, Checked) == "low is above high"
    assert message_about({"x": {"low": 3}}, field_of(Checked)) == "low is above high @ x"


def test_a_default_may_be_made_of_another_field():
    @attrs.frozen(kw_only=True)
    class Derived:
        low: int = 1
        high: int = attrs.field(default=attrs.Factory(lambda self: self.low + 1, takes_self=True))
        width: int = attrs.field(default=1, validator=at_most("high"))

    assert structure({"low": 4}, Derived).high == 5
    assert message_about({"low": "4"}, Derived) == "must be an integer, got '4' @ low"
    assert message_about({"low": 4, "width": 9}, Derived) == (
        "must be at most high, got 9; high is 5 @ width"
    )


def test_validators_may_use_methods_and_properties():
    def small(instance, attribute, value):
        if value > instance.limit() or value > instance.bound:
            raise ConfigError([Fault("too large", attribute.name)])

    @attrs.frozen(kw_only=True)
    class Limited:
        x: int = attrs.field(default=1, validator=small)
        most: int = 3

        def limit(self):
            return self.most

        @property
        def bound(self):
            return self.most + 1

    assert structure({"x": 3}, Limited).x == 3
    assert message_about({"x": 4}, Limited) == "too large @ x"


def test_private_fields_go_by_their_own_name():
    @attrs.frozen(kw_only=True)
    class Private:
        _x: int = 1

    assert unstructure(structure({"_x": 3}, Private)) == {"_x": 3}


def test_fields_that_are_not_given_are_not_read():
    @attrs.frozen(kw_only=True)
    class Cached:
        x: int = 1
        cache: int = attrs.field(default=0, init=False)

    assert unstructure(structure({"x": 3}, Cached)) == {"x": 3}
    assert message_about({"cache": 3}, Cached) == "Cached has no field 'cache'; fields: x @ cache"


def test_a_domain_may_depend_on_the_edition_that_is_read():
    def only_in_sleap(instance, attribute, value):
        if editions.current() != "sleap-1.4":
            raise ConfigError([Fault("not in this edition", attribute.name)])

    cls = field_of(int, validator=only_in_sleap)

    with editions.edition("sleap-1.4"):
        assert structure({"x": 1}, cls).x == 1
    assert message_about({"x": 1}, cls) == "not in this edition @ x"


# There and back.


def test_every_field_is_written_in_order_with_lists_for_tuples():
    config = Outer(inner=Inner(parts=("a", "b")), edges=(("a", "b"),))

    data = unstructure(config)

    assert list(data) == [field.name for field in attrs.fields(Outer)]
    assert data["inner"] == {"rate": 1.0, "parts": ["a", "b"]}
    assert data["edges"] == [["a", "b"]]
    assert data["name"] is None


def test_a_default_is_written_as_the_class_has_it():
    assert unstructure(field_of(float, default=2)())["x"] is not True
    assert repr(unstructure(field_of(float, default=2)())) == "{'x': 2}"


KINDS = {
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(),
    int | None: st.none() | st.integers(),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
    tuple[tuple[str, str], ...]: st.lists(st.tuples(st.text(), st.text())).map(tuple),
    tuple[float, ...] | None: st.none() | st.lists(st.floats(-1e9, 1e9)).map(tuple),
    Literal["a", "b"]: st.sampled_from(["a", "b"]),
}


@st.composite
def instances(draw, depth=2):
    """An instance of a configuration class that nobody thought of."""
    fields, values = {}, {}
    for index in range(draw(st.integers(0, 5))):
        name = f"field{index}"
        if depth and draw(st.booleans()):
            values[name] = draw(instances(depth=depth - 1))
            kind = type(values[name])
        else:
            kind = draw(st.sampled_from(list(KINDS)))
            values[name] = draw(KINDS[kind])
        fields[name] = attrs.field(type=kind, kw_only=True)
    return attrs.make_class("Made", fields, frozen=True)(**values)


@given(instances())
def test_what_is_written_of_any_class_is_read_again(instance):
    assert structure(unstructure(instance), type(instance)) == instance


@given(instances(), st.data())
def test_a_field_too_many_is_found_at_any_depth(instance, data):
    written = unstructure(instance)
    where, path = written, ["field9"]
    while nested := [name for name in where if isinstance(where[name], dict)]:
        name = data.draw(st.sampled_from(nested))
        where = where[name]
        path.insert(-1, name)
    where["field9"] = None

    with pytest.raises(ConfigError) as error:
        structure(written, type(instance))

    assert [fault.path for fault in error.value.faults] == [".".join(path)]
