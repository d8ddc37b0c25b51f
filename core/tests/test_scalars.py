"""Numbers of Python and of NumPy are numbers; a bool is not."""

from __future__ import annotations

import enum
import json
from typing import Any

import attrs
import numpy as np
import pytest

from poise import ConfigError, Labels, Skeleton, fields
from poise.building.sizes import checked_image
from poise.job.sections import PreprocessingConfig
from poise.scalars import is_integer, is_number, plain
from poise.wire.structure import structure, unstructure
from poise.wire.text import write_json

INTEGERS = [kind(8) for kind in (np.int8, np.uint8, np.int32, np.int64, np.uint64)]
FLOATS = [kind(0.5) for kind in (np.float16, np.float32, np.float64)]
NO_NUMBERS = [True, np.bool_(True), "8", None, 8j, np.array(8), [8]]


@attrs.frozen(kw_only=True)
class Net:
    """Made up: a field of each kind of number, and one without a validator."""

    # The rule reads fields that attrs validates after this one.
    depth: int = attrs.field(
        default=1,
        validator=[
            fields.integer(at_least=1),
            fields.rule("must be below log2", lambda net, depth: depth < net.stride.bit_length()),
        ],
    )
    stride: int = attrs.field(default=8, validator=fields.power_of_two())
    rate: float = attrs.field(default=2.0, validator=fields.positive())
    width: int | None = attrs.field(default=None, validator=fields.optional(fields.integer()))
    sigma: float = 5.0


@pytest.mark.parametrize("number", INTEGERS + FLOATS)
def test_a_number_of_numpy_becomes_that_of_python(number: Any) -> None:
    assert plain(number) == number
    assert type(plain(number)) is (int if number == 8 else float)
    assert is_number(number)
    assert is_integer(number) == (number == 8)


class Level(enum.IntEnum):
    LOW = 2


class Way(str, enum.Enum):  # noqa: UP042 - str() of an enum.StrEnum gives its value
    SHORT = "short"


@attrs.frozen(kw_only=True)
class Chosen:
    """Made up: a number, a text, and two fields that hold members of an enum."""

    depth: int = attrs.field(default=1, validator=fields.integer())
    way: str = attrs.field(default="short", validator=fields.one_of(["short", "long"]))
    level: Level = Level.LOW
    maybe: Way | None = None


def test_a_member_of_an_enum_is_its_number_or_text() -> None:
    assert type(plain(Level.LOW)) is int
    assert type(plain(Way.SHORT)) is str
    assert (plain(Level.LOW), plain(Way.SHORT)) == (2, "short")
    assert is_integer(Level.LOW)


def test_a_configuration_keeps_a_member_only_where_it_is_declared() -> None:
    chosen = Chosen(depth=Level.LOW, way=Way.SHORT, maybe=Way.SHORT)

    assert [type(value) for value in attrs.astuple(chosen)] == [int, str, Level, Way]
    data = {"depth": 2, "way": "short", "level": 2, "maybe": "short"}
    assert json.loads(write_json(unstructure(chosen))) == data
    assert structure(data, Chosen) == chosen
    with pytest.raises(ConfigError, match="must be Level, got 3"):
        structure({"level": 3}, Chosen)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_nothing_else_is_a_number(value: Any) -> None:
    assert plain(value) is value
    assert not is_integer(value)
    assert not is_number(value)


def test_numbers_that_are_not_finite_are_refused_as_those_of_python() -> None:
    assert not is_number(np.float32("inf"))
    assert not is_number(np.float64("nan"))


@pytest.mark.parametrize("integer", INTEGERS)
@pytest.mark.parametrize("number", FLOATS)
def test_a_configuration_keeps_plain_numbers(integer: Any, number: Any) -> None:
    data = {"depth": np.int64(2), "stride": integer, "rate": number, "width": integer}

    for net in (Net(**data), attrs.evolve(Net(), **data), structure(data, Net)):
        assert net == Net(depth=2, stride=8, rate=0.5, width=8)
        assert [type(value) for value in attrs.astuple(net)] == [int, int, float, int, float]


def test_json_of_a_field_without_a_validator_has_plain_numbers() -> None:
    data = unstructure(Net(sigma=np.float32(2.5)))

    assert json.loads(json.dumps(data)) == json.loads(write_json({**data, "depth": np.int64(1)}))
    assert type(data["sigma"]) is float


@pytest.mark.parametrize("value", [True, np.bool_(True), np.float64(8)])
def test_what_is_no_integer_is_refused_in_python_and_in_data(value: Any) -> None:
    for make in (lambda: Net(width=value), lambda: structure({"width": value}, Net)):
        with pytest.raises(ConfigError, match="must be an integer"):
            make()


def test_sizes_and_factors_are_numbers_of_numpy_too() -> None:
    assert checked_image((np.int64(64), None, np.uint8(1))) == (64, None, 1)
    assert PreprocessingConfig(input_scaling=np.float64(0.5)).input_scaling == 0.5
    labels = Labels(np.zeros((1, 1, 1, 2), dtype=np.float32))
    assert labels.resized(np.float32(0.5)).points.shape == (1, 1, 1, 2)
    assert labels.cropped(np.zeros((1, 2)), np.int64(4)).points.shape == (1, 1, 1, 2)


def test_names_from_an_array_are_plain_text() -> None:
    skeleton = Skeleton(np.array(["a", "b"]), np.array([["a", "b"]]))  # type: ignore[arg-type]

    assert {type(name) for name in (*skeleton.parts, *skeleton.edges[0])} == {str}
