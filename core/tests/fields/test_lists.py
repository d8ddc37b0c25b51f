"""Lists of integers, of ranges and of choices in a configuration: read, shown, in the schema."""

import attrs
import pytest

from poise import fields
from poise.errors import ConfigError
from poise.fields.descriptions import sections_of
from poise.json_schema.classes import Classes
from poise.wire.structure import structure, unstructure

json_schema = pytest.importorskip("jsonschema", reason="schemas are checked with jsonschema")


@attrs.frozen(kw_only=True)
class StagesConfig:
    """Stages of a network.

    Attributes:
        depths: blocks of each stage.
        drops: probability of leaving out a block, of the first and the last stage.
        kinds: what each stage is made of.
        patch: pixels of a patch.
    """

    depths: tuple[int, ...] = attrs.field(
        default=(3, 3, 9, 3),
        converter=fields.to_tuple,
        validator=fields.list_of(fields.integer(at_least=1)),
    )
    drops: tuple[float, float] = attrs.field(
        default=(0.0, 0.1),
        converter=fields.to_tuple,
        validator=fields.list_of(fields.between(0, 1), length=2),
    )
    kinds: tuple[str, ...] = attrs.field(
        default=("conv",),
        converter=fields.to_tuple,
        validator=fields.list_of(fields.one_of(["conv", "attention"])),
    )
    patch: int = attrs.field(default=4, validator=fields.one_of([2, 4, 8]))


def schema():
    return Classes().of(StagesConfig, "")


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({}, []),
        ({"depths": [2, 2], "drops": [0, 0.5], "kinds": ["attention"], "patch": 8}, []),
        (
            {"depths": [2, 0]},
            ["must be a list of one or more items, each an integer ≥ 1, got (2, 0); item 1 is 0"],
        ),
        ({"depths": []}, ["must be a list of one or more items, each an integer ≥ 1, got ()"]),
        (
            {"drops": [0.5, 2.0]},
            ["must be a list of 2 items, each a number from 0 to 1, got (0.5, 2.0); item 1 is 2.0"],
        ),
        ({"patch": 3}, ["must be one of 2, 4, 8, got 3; did you mean 2?"]),
    ],
)
def test_reader_and_schema_agree_on_lists_ranges_and_choices(data, faults):
    is_valid = json_schema.Draft202012Validator(schema()).is_valid

    assert is_valid(data) is not bool(faults)
    if faults:
        with pytest.raises(ConfigError) as error:
            structure(data, StagesConfig)
        assert [fault.what for fault in error.value.faults] == faults
    else:
        config = structure(data, StagesConfig)
        assert is_valid(unstructure(config))
        assert structure(unstructure(config), StagesConfig) == config


def test_a_page_says_what_a_list_takes():
    (section,) = sections_of(StagesConfig)

    assert [(field.name, field.type, field.domain) for field in section.fields] == [
        (
            "depths",
            "list of integers",
            ("must be a list of one or more items, each an integer ≥ 1",),
        ),
        (
            "drops",
            "list of 2 numbers",
            ("must be a list of 2 items, each a number from 0 to 1",),
        ),
        (
            "kinds",
            "list of strings",
            ("must be a list of one or more items, each one of 'conv', 'attention'",),
        ),
        ("patch", "integer", ("must be one of 2, 4, 8",)),
    ]


def test_the_schema_of_a_list_is_one_node():
    properties = schema()["properties"]

    assert properties["depths"]["items"] == {"type": "integer", "minimum": 1}
    assert properties["depths"]["minItems"] == 1
    assert properties["drops"]["items"] == {"type": "number", "minimum": 0, "maximum": 1}
    assert properties["kinds"]["items"] == {"enum": ["conv", "attention"]}
    assert properties["patch"]["enum"] == [2, 4, 8]
