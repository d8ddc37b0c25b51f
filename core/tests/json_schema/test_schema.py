"""JSON Schema of configurations: it says of a file what the strict reader says."""

from __future__ import annotations

import enum
import json
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poise
from poise import BackboneSpec, ConfigError, HeadSpec, ModelConfig, PluginError, editions, fields
from poise.errors import PluginNotInstalledWarning, PoiseError, UnknownKeyError
from poise.json_schema.classes import Classes
from poise.json_schema.layout import text_of
from poise.registry import documented
from poise.wire.structure import structure

json_schema = pytest.importorskip("jsonschema", reason="schemas are checked with jsonschema")
Validator = json_schema.Draft202012Validator


class Method(enum.Enum):
    ADD = "add"
    JOIN = "join"


@attrs.frozen(kw_only=True)
class Inner:
    """What is inside.

    Attributes:
        parts: names, ``None`` for all.
    """

    parts: tuple[str, ...] | None = attrs.field(
        default=None, converter=fields.to_tuple, validator=fields.optional(fields.names())
    )


@attrs.frozen(kw_only=True)
class Config:
    """A made-up backbone.

    It has a second paragraph.

    Attributes:
        max_stride: stride of the coarsest features, in pixels.
        output_stride: stride of the finest ones.
        stem_stride: where it begins, ``None`` to begin with the image.
        deep: whether it is deep.
        filters: how many there are.
        inner: what is inside.
        maybe: what may be inside.
    """

    max_stride: int = attrs.field(default=8, validator=fields.power_of_two(at_least=2))
    output_stride: int = attrs.field(
        default=4, validator=[fields.power_of_two(), fields.at_most("max_stride")]
    )
    stem_stride: int | None = attrs.field(
        default=None,
        validator=[fields.optional(fields.power_of_two()), fields.below("max_stride")],
    )
    deep: bool = attrs.field(
        default=False,
        validator=[
            fields.boolean(),
            fields.rule(
                "needs a max_stride of 16", lambda config, deep: not deep or config.max_stride >= 16
            ),
        ],
    )
    filters: int = attrs.field(
        default=8,
        validator=[
            fields.integer(at_least=1),
            fields.rule("must be even", lambda config, filters: filters % 2 == 0),
        ],
    )
    inner: Inner = attrs.field(factory=Inner, validator=fields.instance_of(Inner))
    maybe: Inner | None = attrs.field(
        default=None, validator=fields.optional(fields.instance_of(Inner))
    )


@attrs.frozen(kw_only=True)
class Tree:
    branch: Tree | None = None


DEEP = editions.Difference(name="deep", sleap="anything goes", documented="up to 2")


@attrs.frozen(kw_only=True)
class Part:
    depth: int = attrs.field(
        default=1,
        validator=[
            fields.power_of_two(),
            fields.rule("must be at most 2", lambda c, d: d <= 2 or editions.means_sleap(DEEP)),
        ],
    )


@attrs.frozen(kw_only=True)
class Whole:
    part: Part = attrs.field(factory=Part, validator=fields.instance_of(Part))


def backbone(key: str = "toy", config: type = Config) -> BackboneSpec:
    return BackboneSpec(
        key=key, config=config, build=lambda config, image: [], max_stride=lambda config: 1
    )


def head(key: str = "dots") -> HeadSpec:
    return HeadSpec(key=key, config=Inner, outputs=lambda config, skeleton, classes: ())


@pytest.fixture(autouse=True)
def registry(use: Any) -> None:
    use(backbone(), head())


def section() -> dict[str, Any]:
    return poise.schema("toy")


@cache
def validator_of(key: str | None) -> Any:
    """Of the plugins that every test has unless it says otherwise."""
    return Validator(poise.schema(key, others=None if key else "^vit$"))


def reads(data: Any, cls: type = Config) -> bool:
    try:
        structure(data, cls)
    except ConfigError:
        return False
    return True


def model_reads(data: Any) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginNotInstalledWarning)
        try:
            ModelConfig.from_data(data)
        except ConfigError:
            return False
    return True


# Types.

VALUES: list[Any] = [
    None, True, 4, 4.5, "4", "abc", "", ["a", "b"], ["a"], [1, 2], [["a", "b"]], [], {"a": 2.5}, {},
    {"parts": ["a"]}, "add", ["a", 1],
]  # fmt: skip
TYPES = [
    bool,
    int,
    float,
    str,
    int | None,
    float | None,
    int | str,
    int | float,
    int | tuple[int, ...],
    tuple,
    list,
    dict,
    tuple[str, ...],
    list[str],
    Sequence[str],
    tuple[str, str],
    tuple[str, int],
    tuple[tuple[str, str], ...],
    Literal["abc", 4],
    Literal["abc"] | None,
    Inner,
    Inner | None,
    dict[str, float],
    Mapping[str, int],
    Any,
    Method,
]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_type_allows_what_the_reader_takes_and_nothing_else(kind: Any) -> None:
    cls = attrs.make_class("Made", {"x": attrs.field(type=kind, kw_only=True)}, frozen=True)
    classes = Classes()
    node = {**classes.of(cls, ""), "$defs": classes.definitions}

    Validator.check_schema(node)
    allowed = [value for value in VALUES if Validator(node).is_valid({"x": value})]
    assert allowed == [value for value in VALUES if reads({"x": value}, cls)]


def test_a_field_without_a_default_is_required() -> None:
    cls = attrs.make_class("Made", {"x": attrs.field(type=int, kw_only=True)}, frozen=True)
    node = Classes().of(cls, "")

    assert not Validator(node).is_valid({})
    assert "default" not in node["properties"]["x"]


def test_a_class_may_hold_itself() -> None:
    classes = Classes()
    node = {**classes.of(Tree, "tree"), "$defs": classes.definitions}

    assert Validator(node).is_valid({"branch": {"branch": {"branch": None}}})
    assert not Validator(node).is_valid({"branch": {"branch": {"branch": 1}}})


# Rules over several fields.

powers = st.sampled_from([1, 2, 4, 8, 16, 32, 3, 0])
sections = st.fixed_dictionaries(
    {},
    optional={
        "max_stride": powers,
        "output_stride": powers,
        "stem_stride": st.none() | powers,
        "deep": st.booleans(),
        "filters": st.sampled_from([0, 2, 64]),
        "inner": st.sampled_from([{}, {"parts": ["a"]}, {"parts": []}, {"part": []}, None]),
        "maybe": st.sampled_from([{}, {"parts": ["a", "a"]}, None, []]),
        "filter": st.just(1),
    },
)


@settings(deadline=None)  # the first example makes the schema
@given(data=sections)
def test_a_section_is_valid_exactly_where_the_reader_takes_it(data: Any) -> None:
    assert validator_of("toy").is_valid(data) == reads(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"output_stride": 16}, "16 is greater than the maximum of 8"),
        ({"max_stride": 2}, "'output_stride' is a required property"),
        ({"max_stride": 2, "output_stride": 4}, "4 is greater than the maximum of 2"),
        ({"stem_stride": 8}, "8 is greater than the maximum of 4"),
        ({"deep": True}, "True is not one of [False]"),
    ],
)
def test_a_rule_is_refused_at_the_field_that_has_it(data: Any, said: str) -> None:
    assert [error.message for error in Validator(section()).iter_errors(data)] == [said]


def test_a_rule_that_no_schema_can_say_is_named_for_who_reads_the_schema() -> None:
    assert section()["$comment"] == "Left to the reader: filters must be even"
    assert section()["properties"]["filters"]["description"].endswith("there are. Must be even.")
    assert Validator(section()).is_valid({"filters": 3})


def test_a_rule_that_reads_a_field_of_several_types_is_left_to_the_reader(use: Any) -> None:
    words = fields.Domain(
        "text or null", lambda v: v is None or type(v) is str, {"type": ["string", "null"]}
    )
    fits = fields.rule("fits", lambda config, b: b == 1 or config.a is None)

    @attrs.frozen(kw_only=True)
    class Mixed:
        a: str | None = attrs.field(default=None, validator=words)
        b: int = attrs.field(default=1, validator=[fields.one_of([1, 2]), fits])

    use(backbone(config=Mixed))

    assert section()["$comment"] == "Left to the reader: b fits"


def test_a_rule_that_fails_when_it_is_asked_is_left_to_the_reader(use: Any) -> None:
    @attrs.frozen(kw_only=True)
    class Fragile:
        a: int = attrs.field(
            default=1,
            validator=[fields.one_of([1, 2]), fields.rule("is fragile", lambda c, a: a < 1 / 0)],
        )

    use(backbone(config=Fragile))

    assert section()["$comment"] == "Left to the reader: a is fragile"


def test_a_rule_that_looks_at_too_much_is_left_to_the_reader(use: Any) -> None:
    power = fields.power_of_two
    five = fields.rule("grow", lambda c, e: c.a <= c.b <= c.c <= c.d <= e)

    @attrs.frozen(kw_only=True)
    class Wide:
        a: int = attrs.field(default=1, validator=power())
        b: int = attrs.field(default=1, validator=power())
        c: int = attrs.field(default=1, validator=power())
        d: int = attrs.field(default=1, validator=power())
        e: int = attrs.field(default=1, validator=[power(), five])

    use(backbone(config=Wide))

    assert section()["$comment"] == "Left to the reader: e grow"


def test_what_one_edition_alone_refuses_is_refused_of_models_of_that_edition(use: Any) -> None:
    use(backbone(config=Whole))
    validator = Validator(poise.schema())
    for edition, depth in [("2026", 2), ("2026", 4), ("sleap-1.4", 4), (None, 4)]:
        data = {"backbone": {"toy": {"part": {"depth": depth}}}}
        data |= {} if edition is None else {"edition": edition}
        allowed = edition == "sleap-1.4" or depth == 2
        assert validator.is_valid(data) == model_reads(data) == allowed
    assert Validator(section()).is_valid({"part": {"depth": 4}})


def test_without_an_edition_every_key_of_sleap_means_the_edition_of_sleap(use: Any) -> None:
    use(backbone(config=Whole))
    backbones = dict.fromkeys(documented.first_keys("backbone"))
    heads = dict.fromkeys(documented.first_keys("head"))
    sleaps = {"backbone": {**backbones, "toy": {"part": {"depth": 4}}}, "heads": heads}

    for data, allowed in [(sleaps, True), ({**sleaps, "heads": {}}, False)]:
        assert Validator(poise.schema()).is_valid(data) == model_reads(data) == allowed


# What is said of each field.


def test_classes_and_fields_say_what_their_docstrings_say() -> None:
    node = section()

    assert node["title"] == "Config"
    assert node["description"] == "A made-up backbone.\n\nIt has a second paragraph."
    assert node["properties"]["max_stride"] == {
        "title": "Config.max_stride",
        "description": "Stride of the coarsest features, in pixels.",
        "default": 8,
        "enum": [2**n for n in range(1, 11)],
    }
    stem = node["properties"]["stem_stride"]
    assert stem["description"] == (
        "Where it begins, null to begin with the image. Must be below max_stride."
    )
    assert stem["anyOf"][1] == {"type": "null"}
    assert node["properties"]["inner"] == {
        "title": "Config.inner",
        "description": "What is inside.",
        "default": {"parts": None},
        "$ref": "#/$defs/inner",
    }
    assert node["$defs"]["inner"]["properties"]["parts"]["default"] is None


# The whole model.

members = st.sampled_from(
    [{}, None, {"filters": 3, "a": 1}, {"max_stride": 16}, {"output_stride": 16}, 5, []]
)
models = st.fixed_dictionaries(
    {},
    optional={
        "backbone": st.dictionaries(
            st.sampled_from(["toy", "toy", "unet", "vit"]), members, max_size=2
        )
        | st.sampled_from([None, 3]),
        "heads": st.dictionaries(
            st.sampled_from(["dots", "centroid"]), st.none() | st.just({}), max_size=2
        ),
        "base_checkpoint": st.sampled_from([None, "models/flies", 3]),
        "edition": st.sampled_from(["2026", "sleap-1.4", "2025", None]),
        "$schema": st.sampled_from(["./poise.schema.json", None, 3]),
        "head": st.none(),
    },
)


@settings(deadline=None)
@given(data=models)
def test_a_model_is_valid_exactly_where_the_reader_takes_it(data: Any) -> None:
    valid = validator_of(None).is_valid(data)

    assert valid == model_reads(data) or two_are_not_installed(data["backbone"])


def two_are_not_installed(container: Any) -> bool:
    # "At most one" of keys that the schema does not know is what it cannot say.
    return {key for key, value in container.items() if value is not None} == {"unet", "vit"}


def test_the_schema_of_a_model_is_valid_json_schema() -> None:
    node = poise.schema()

    assert node["$schema"] == Validator.META_SCHEMA["$schema"]
    assert "$id" not in node
    Validator.check_schema(node)


def test_the_defaults_of_a_model_are_those_of_a_file() -> None:
    own = poise.schema()["properties"]
    default = ModelConfig.from_data({}).to_data()

    assert own["edition"]["default"] == ModelConfig.from_data({}).edition
    assert own["base_checkpoint"]["default"] == default["base_checkpoint"]
    assert Validator(poise.schema()).is_valid(default)


def test_keys_come_in_the_order_of_files() -> None:
    node = poise.schema()["$defs"]

    assert list(node["BackboneConfig"]["properties"]) == [
        *("leap", "unet", "hourglass", "resnet", "pretrained_encoder"),
        "toy",
    ]
    assert list(node)[-2:] == ["backbone.toy.inner", "head.dots"]


def test_a_documented_backbone_that_is_not_installed_is_allowed_and_said_so() -> None:
    node = poise.schema()["$defs"]["BackboneConfig"]

    assert node["properties"]["unet"] == {
        "description": "Not checked: no backbone 'unet' is installed: poise-unet provides it "
        "(pip install poise-unet).",
    }
    for section in (None, {"whatever": 1}):
        assert Validator(poise.schema()).is_valid({"backbone": {"unet": section}})
    assert not Validator(poise.schema()).is_valid({"backbone": {"unet": 3}})


def test_a_broken_plugin_is_refused_with_its_cause_as_the_reader_does(site: Any) -> None:
    site.install("poise-vit", {"poise_vit.py": "1 / 0"}, {"poise.backbones": {"vit": "poise_vit"}})
    poise.registry.reset()
    vit = poise.schema()["$defs"]["BackboneConfig"]["properties"]["vit"]
    data = {"backbone": {"vit": {}}}

    assert vit["description"].startswith("Cannot be used: backbone 'vit' cannot be used: ZeroDiv")
    assert Validator(poise.schema()).is_valid(data) == model_reads(data) is False
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        poise.schema("vit")


def test_strict_gives_no_schema_beside_a_broken_plugin(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("poise-vit", {"poise_vit.py": "1 / 0"}, {"poise.backbones": {"vit": "poise_vit"}})
    monkeypatch.setenv("POISE_STRICT", "1")
    poise.registry.reset()

    with pytest.raises(PluginError, match="POISE_STRICT is set"):
        poise.schema()


# What an editor says.


def said(data: Any) -> str:
    """The message that a program shows of all that is wrong."""
    return str(
        json_schema.exceptions.best_match(Validator(poise.schema()).iter_errors(data)).message
    )


def test_a_key_that_nobody_knows_is_told_by_its_name() -> None:
    assert said({"backbone": {"tyo": {}}}).startswith(
        "Additional properties are not allowed ('tyo'"
    )


def test_keys_of_plugins_that_are_not_installed_are_allowed_by_a_pattern() -> None:
    open_schema = Validator(poise.schema(others="^lab_"))

    for section in ({"lab_net": {"any": 1}}, {"lab_net": None, "toy": {}}):
        assert open_schema.is_valid({"backbone": section})
        assert not Validator(poise.schema()).is_valid({"backbone": section})
    for section in ({"lab_net": 1}, {"lab_net": {}, "toy": {}}, {"tyo": {}}):
        assert not open_schema.is_valid({"backbone": section})
    with pytest.raises(PoiseError, match=r"others must be a regular expression, got '\('"):
        poise.schema(others="(")


def test_a_fault_in_a_section_is_told_at_its_field_and_not_at_the_one_of() -> None:
    assert said({"backbone": {"toy": {"filters": 0}}}) == "0 is less than the minimum of 1"
    assert said({"backbone": {"toy": {"filtres": 8}}}).startswith("Additional properties are not")
    node = poise.schema()["$defs"]["BackboneConfig"]
    assert [branch["title"] for branch in node["oneOf"]][0::6] == ["no backbone", "toy"]


def test_rules_under_one_condition_stand_together() -> None:
    conditions = [json.dumps(rule["if"]) for rule in section()["allOf"] if "if" in rule]

    assert len(conditions) == len(set(conditions))


def test_a_line_of_the_printed_schema_is_long_only_for_a_long_text() -> None:
    text = text_of(poise.schema())

    assert json.loads(text) == poise.schema()
    for line in text.splitlines():
        assert len(line) <= 100 or line.count('": ') == 1, line


# Which section.


def test_a_key_of_a_backbone_and_a_head_is_told_apart_by_its_kind(use: Any) -> None:
    use(backbone("dots"), head("dots"))

    assert poise.schema("dots", kind="backbone")["title"] == "Config"
    assert poise.schema("head:dots")["title"] == "Inner"
    with pytest.raises(PoiseError, match="use backbone:dots or head:dots"):
        poise.schema("dots")


def test_an_unknown_key_is_answered_with_the_closest_one() -> None:
    with pytest.raises(UnknownKeyError, match=r"no backbone, head.* 'tou'; did you mean"):
        poise.schema("tou")


def test_an_encoder_has_no_section(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    spec = poise.EncoderSpec(key="small", build=lambda image: {})
    plugin = SimpleNamespace(poise_encoders=poise.hookimpl(lambda: [spec]))
    poise.registry.reset(poise.Registry([plugin]))

    with pytest.raises(PoiseError, match="'small' is an encoder, which has no section"):
        poise.schema("small")


def test_a_plugin_of_an_opened_kind_has_no_section(installed: Any) -> None:
    """Trackers, for example, are not part of a model's configuration."""
    installed.install(
        "poise-opening",
        {"opening.py": ""},
        {"poise.kinds": {"filter": "opening:KIND"}, "poise.filters": {"blur": "opening"}},
    )
    done = installed.poise("schema", "blur")

    assert (done.returncode, done.stderr) == (
        2,
        "poise: 'blur' is a filter, which has no section; poise show blur has its options\n",
    )


# The command, and what editors write into a file.


@pytest.fixture
def with_toy(installed: Any) -> Any:
    installed.install_backbone("toy")
    return installed


def test_the_command_prints_the_same_in_every_process(with_toy: Any) -> None:
    first, second = (with_toy.poise("schema", PYTHONHASHSEED=seed) for seed in "12")

    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["$defs"]["backbone.toy"]["title"] == "Config"


def test_the_command_writes_the_same_to_a_file(with_toy: Any) -> None:
    printed = with_toy.poise("schema", "toy").stdout
    done = with_toy.poise("schema", "toy", "-o", "toy.schema.json")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (with_toy.work / "toy.schema.json").read_text() == printed


def test_the_command_says_which_keys_there_are(with_toy: Any) -> None:
    done = with_toy.poise("schema", "unte")

    assert done.returncode == 2
    assert done.stderr == "poise: no backbone, head or encoder 'unte'; installed: toy\n"


def test_the_place_of_the_schema_is_kept_and_is_no_part_of_the_model() -> None:
    data = {"$schema": "./poise.schema.json", "backbone": {"toy": {"filters": 2}}}
    config = ModelConfig.from_data(data)

    assert config.schema == "./poise.schema.json"
    assert list(config.to_data()) == ["$schema", "backbone", "heads", "base_checkpoint", "edition"]
    for text, read in [
        (config.to_json(), ModelConfig.from_json),
        (config.to_yaml(), ModelConfig.from_yaml),
    ]:
        assert read(text).schema == config.schema
    assert config == ModelConfig.from_data({"backbone": data["backbone"]})
    assert "$schema" not in ModelConfig.from_data({"backbone": data["backbone"]}).to_data()


@pytest.mark.parametrize("value", [3, None, {}])
def test_the_place_of_the_schema_is_a_string(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"must be the path or URL of a JSON Schema.*schema"):
        ModelConfig.from_data({"$schema": value})


def test_a_file_of_sleaps_shape_keeps_it_too(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text('{"$schema": "./poise.schema.json", "backbone": {"toy": {}}, "heads": {}}')

    assert poise.read_sleap(file).config.schema == "./poise.schema.json"
