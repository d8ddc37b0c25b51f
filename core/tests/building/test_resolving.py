"""Where a stride meets a head, without Keras."""

import copy

import attrs
import pytest

from poise import (
    BackboneSpec,
    BuildError,
    ConfigError,
    HeadSpec,
    ModelConfig,
    Output,
    PluginError,
    Skeleton,
    UninstalledSection,
    editions,
    resolve,
)
from poise.errors import Fault
from poise.fields import at_most, power_of_two


@attrs.frozen(kw_only=True)
class PyramidConfig:
    max_stride: int = attrs.field(default=16, validator=power_of_two())
    output_stride: int = attrs.field(default=1, validator=[power_of_two(), at_most("max_stride")])
    stacks: int = 1


@attrs.frozen(kw_only=True)
class FixedConfig:
    pass


@attrs.frozen(kw_only=True)
class TowerConfig:
    """Nothing in it is called as in other backbones."""

    finest: int = attrs.field(default=1, validator=power_of_two())
    floors: int = 1
    trunk: str = "oak"


@attrs.frozen(kw_only=True)
class MapsConfig:
    stride: int = 2
    second: int | None = None
    part_names: tuple[str, ...] | None = None


def output(name, stride, **options):
    return Output(name=name, layer_name=name, stride=stride, channels=1, build=None, **options)


def outputs(config, skeleton, classes):
    if config.part_names is None and skeleton is None:
        raise BuildError([Fault("no parts are named", "part_names")])
    declared = [output("maps", config.stride, where="maps.stride")]
    if config.second is not None:
        declared.append(output("fields", config.second, where="fields.stride"))
    return tuple(declared)


def named(config, skeleton, classes):
    return attrs.evolve(config, part_names=config.part_names or skeleton.parts)


PYRAMID = BackboneSpec(
    key="pyramid",
    config=PyramidConfig,
    build=lambda config, image: [],
    max_stride=lambda config: config.max_stride,
)
FIXED = BackboneSpec(
    key="fixed",
    config=FixedConfig,
    build=lambda config, image: [],
    max_stride=lambda config: 8,
    output_stride=lambda config: 8,
)
TOWER = BackboneSpec(
    key="tower",
    config=TowerConfig,
    build=lambda config, image: [],
    max_stride=lambda config: 16,
    output_stride=lambda config: config.finest,
    at_stride=lambda config, stride: attrs.evolve(config, finest=stride),
    stacks=lambda config: config.floors,
    encoders=lambda config: (config.trunk,),
)
MAPS = HeadSpec(key="maps", config=MapsConfig, outputs=outputs, resolve=named)
SKELETON = Skeleton(["head", "tail"])


@pytest.fixture(autouse=True)
def toys(use):
    return use(PYRAMID, FIXED, TOWER, MAPS)


def config(edition="2026", *, pyramid=None, **maps):
    backbone = PyramidConfig() if pyramid is None else pyramid
    return ModelConfig(backbone=backbone, heads=MapsConfig(**maps), edition=edition)


def message_about(*arguments, **options):
    with pytest.raises(BuildError) as error:
        resolve(*arguments, **options)
    return str(error.value)


def test_specs_outputs_and_the_multiple_of_sizes_are_decided():
    resolution = resolve(config(stride=2, second=4), SKELETON)

    assert (resolution.backbone, resolution.head) == (PYRAMID, MAPS)
    assert [output.name for output in resolution.outputs] == ["maps", "fields"]
    assert resolution.max_stride == 16


@pytest.mark.parametrize(
    ("edition", "stride", "second", "built"),
    [
        ("2026", 2, None, 2),
        ("2026", 2, 4, 2),
        ("2026", 4, 2, 2),
        ("sleap-1.4", 2, None, 2),
        ("sleap-1.4", 2, 4, 2),
        ("sleap-1.4", 4, 4, 4),
    ],
)
def test_the_backbone_is_built_for_the_stride_that_the_edition_means(
    edition, stride, second, built
):
    resolution = resolve(config(edition, stride=stride, second=second), SKELETON)

    assert resolution.config.backbone.pyramid.output_stride == built


def test_an_output_finer_than_the_main_one_cannot_be_built_as_sleap_did():
    assert message_about(config("sleap-1.4", stride=4, second=2), SKELETON) == (
        "stride 2 is finer than that of the main output, 4, which SLEAP 1.4 builds the backbone "
        "for; use 4 or more, or edition '2026' @ model.heads.maps.fields.stride"
    )


def test_outputs_coarser_than_the_backbone_are_all_told():
    assert message_about(config(stride=32, second=64), SKELETON).splitlines() == [
        "strides do not fit:",
        "  stride 32 is coarser than the backbone's 16; raise model.backbone.pyramid.max_stride, "
        "or lower it @ model.heads.maps.maps.stride",
        "  stride 64 is coarser than the backbone's 16; raise model.backbone.pyramid.max_stride, "
        "or lower it @ model.heads.maps.fields.stride",
    ]


def test_a_backbone_without_a_field_for_it_is_not_said_to_have_one():
    assert message_about(config(pyramid=FixedConfig(), stride=16), SKELETON) == (
        "stride 16 is coarser than the backbone's 8; lower it @ model.heads.maps.maps.stride"
    )


def test_a_backbone_that_cannot_have_the_stride_says_why(use):
    def refuse(config, stride):
        raise ConfigError([Fault("must be 4 with stacks", "stacks")])

    use(attrs.evolve(PYRAMID, at_stride=refuse), MAPS)

    assert message_about(config(), SKELETON) == (
        "the backbone cannot have the stride 2 that its heads need: "
        "must be 4 with stacks @ model.backbone.pyramid.stacks"
    )


def test_what_a_validator_of_attrs_refuses_is_told_like_any_other_fault(use):
    @attrs.frozen(kw_only=True)
    class CoarseConfig:
        output_stride: int = attrs.field(default=4, validator=attrs.validators.in_([4]))

    coarse = attrs.evolve(PYRAMID, key="coarse", config=CoarseConfig, max_stride=lambda config: 16)
    use(coarse, MAPS)

    assert message_about(config(pyramid=CoarseConfig(), stride=8), SKELETON) == (
        "the backbone cannot have the stride 8 that its heads need: "
        "'output_stride' must be in [4] (got 8) @ model.backbone.coarse.output_stride"
    )


def test_what_was_derived_is_noted():
    assert resolve(config(stride=2), SKELETON).notes == (
        "model.backbone.pyramid.output_stride is built as 2 (the finest of its outputs), not 1",
    )
    assert resolve(config("sleap-1.4", stride=2), SKELETON).notes == (
        "model.backbone.pyramid.output_stride is built as 2 (the main output's), not 1",
    )


def test_another_stride_is_noted_whatever_the_field_is_called():
    resolution = resolve(config(pyramid=TowerConfig(finest=1), stride=4), SKELETON)

    assert resolution.config.backbone.tower.finest == 4
    assert resolution.notes == (
        "model.backbone.tower is built for output stride 4 (the finest of its outputs), not 1",
    )


def test_stacks_and_encoders_are_what_the_spec_says():
    tower = resolve(config(pyramid=TowerConfig(finest=2, floors=3, trunk="elm")), SKELETON)
    others = resolve(config(pyramid=PyramidConfig(stacks=3)), SKELETON)

    assert (tower.stacks, tower.encoders) == (3, ("elm",))
    assert (others.stacks, others.encoders) == (1, ())


def test_more_stacks_than_anybody_builds_are_refused_before_the_first_layer(monkeypatch):
    assert resolve(config(pyramid=TowerConfig(finest=2, floors=100)), SKELETON).stacks == 100
    many = config(pyramid=TowerConfig(finest=2, floors=900))

    with pytest.raises(BuildError) as error:
        resolve(many, SKELETON)

    assert str(error.value) == (
        "must be a network of at most 100 stacks, got 900; use smaller numbers, or set "
        "POISE_MAX_STACKS to a higher limit @ model.backbone.tower"
    )
    monkeypatch.setenv("POISE_MAX_STACKS", "900")
    assert resolve(many, SKELETON).stacks == 900


def test_nothing_is_noted_where_nothing_was_changed():
    assert resolve(config(stride=1), SKELETON).notes == ()
    assert resolve(config(pyramid=FixedConfig(), stride=8), SKELETON).notes == ()


def test_a_head_may_note_what_its_decoder_will_not_find(use):
    def notes(section):
        return [f"never finds {part}" for part in section.part_names[1:]]

    use(PYRAMID, attrs.evolve(MAPS, notes=notes))
    resolution = resolve(config(stride=2), SKELETON)

    assert resolution.notes[-1] == "model.heads.maps: never finds tail"
    assert len(resolution.notes) == 2


@pytest.mark.parametrize("folder", ["C:\\models\\flies", "", "x" * 5000, "a\0b"])
def test_weights_to_start_training_from_are_noted_with_their_folder(folder):
    starting = attrs.evolve(config(stride=1), base_checkpoint=folder)

    assert resolve(starting, SKELETON).notes == (
        f"model.base_checkpoint: training starts from the weights in '{folder}', but there is no "
        "such folder here; poise.load_weights(model, folder, strict=False) loads them, building "
        "does not",
    )


def test_a_folder_of_weights_that_is_there_is_noted_without_a_complaint(tmp_path):
    (note,) = resolve(attrs.evolve(config(stride=1), base_checkpoint=str(tmp_path)), SKELETON).notes

    assert note.startswith(
        f"model.base_checkpoint: training starts from the weights in '{tmp_path}'; poise."
    )


def test_names_come_from_the_skeleton_only_where_the_configuration_has_none():
    assert resolve(config(), SKELETON).config.heads.maps.part_names == ("head", "tail")
    own = resolve(config(part_names=("eye",)), SKELETON)
    assert own.config.heads.maps.part_names == ("eye",)


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_the_configuration_that_was_given_is_never_changed(edition):
    given = config(edition, stride=4, second=4)
    before = copy.deepcopy(given)
    text = given.to_json()

    resolve(given, SKELETON)

    assert given == before
    assert given.to_json() == text


def test_plugins_are_asked_in_the_edition_that_is_meant(use):
    seen = []

    def watched(name, result):
        def ask(*arguments):
            seen.append((name, editions.current()))
            return result(*arguments)

        return ask

    use(
        attrs.evolve(
            PYRAMID,
            max_stride=watched("max_stride", PYRAMID.max_stride),
            at_stride=watched("at_stride", PYRAMID.at_stride),
        ),
        attrs.evolve(
            MAPS,
            outputs=watched("outputs", outputs),
            resolve=watched("resolve", named),
        ),
    )

    resolve(config("sleap-1.4"), SKELETON)

    assert {name for name, _ in seen} == {"max_stride", "at_stride", "outputs", "resolve"}
    assert {edition for _, edition in seen} == {"sleap-1.4"}
    assert editions.current() == "2026"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (ModelConfig(),),
            "no model can be built:\n"
            "  must set one backbone, got none; installed: fixed, pyramid, tower @ model.backbone\n"
            "  must set one head, got none; installed: maps @ model.heads",
        ),
        (({"backbone": {}},), "must be a poise.ModelConfig, got {'backbone': {}} @ config"),
        (
            (None, ["a"], "ab"),
            "no model can be built:\n"
            "  must be a poise.ModelConfig, got None @ config\n"
            "  must be a poise.Skeleton(parts, edges), got ['a'] @ skeleton\n"
            "  must be a list of names, got 'ab' @ classes",
        ),
        ((ModelConfig(), None, [1, 2]), "must be a list of names, got [1, 2] @ classes"),
        ((ModelConfig(), None, 5), "must be a list of names, got 5 @ classes"),
        (
            (ModelConfig(), None, ["a", "b", "a"]),
            "class names must be unique, got 'a' twice @ classes[2]",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    assert message_about(*arguments) == message


def test_reasons_of_head_and_backbone_are_told_together():
    given = ModelConfig(backbone=UninstalledSection("leap", {}), heads=MapsConfig())

    assert message_about(given) == (
        "no model can be built:\n"
        "  no backbone 'leap' is installed: poise-leap provides it (pip install poise-leap) "
        "@ model.backbone.leap\n"
        "  no parts are named @ model.heads.maps.part_names"
    )


def test_a_section_that_was_read_before_its_plugin_was_there_is_to_be_read_again(use):
    given = ModelConfig(backbone=UninstalledSection("pyramid", {}), heads=MapsConfig())

    assert message_about(given, SKELETON) == (
        "backbone 'pyramid' was read before a plugin provided it; read it again "
        "@ model.backbone.pyramid"
    )


def test_a_plugin_that_is_gone_since_is_named(use):
    given = config()
    use(MAPS)

    assert message_about(given, SKELETON) == (
        "no backbone 'pyramid'; installed: none @ model.backbone.pyramid"
    )


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (None, "outputs of head 'maps' must be a tuple of poise.Output, got None"),
        ((), "outputs of head 'maps' must be a tuple of poise.Output, got ()"),
        (("a",), "outputs of head 'maps' must all be poise.Output, got a str"),
        (
            (output("a", 0),),
            "outputs of head 'maps': stride of 'a' must be an integer ≥ 1, got 0",
        ),
        (
            (output("a", 2.0),),
            "outputs of head 'maps': stride of 'a' must be an integer ≥ 1, got 2.0",
        ),
        (
            (output("a", 1), output("b", 1), output("a", 2)),
            "outputs of head 'maps' must have unique names, got a twice",
        ),
    ],
)
def test_a_head_that_gives_nonsense_is_blamed(use, outputs, message):
    use(PYRAMID, attrs.evolve(MAPS, outputs=lambda *arguments: outputs))

    with pytest.raises(PluginError) as error:
        resolve(config(), SKELETON)

    assert str(error.value).splitlines()[0] == message


@pytest.mark.parametrize("number", [None, 0, -2, 16.0, True])
@pytest.mark.parametrize("name", ["max_stride", "output_stride", "stacks"])
def test_a_backbone_that_gives_a_nonsensical_number_is_blamed(use, name, number):
    use(attrs.evolve(PYRAMID, **{name: lambda config: number}), MAPS)

    with pytest.raises(PluginError) as error:
        resolve(config(), SKELETON)

    assert str(error.value).splitlines()[0] == (
        f"{name} of backbone 'pyramid' must be an integer ≥ 1, got {number!r}"
    )


@pytest.mark.parametrize("keys", [None, "oak", [1], {"oak": 1}])
def test_a_backbone_that_gives_nonsensical_encoders_is_blamed(use, keys):
    use(attrs.evolve(PYRAMID, encoders=lambda config: keys), MAPS)

    with pytest.raises(PluginError) as error:
        resolve(config(), SKELETON)

    assert str(error.value).splitlines()[0] == (
        f"encoders of backbone 'pyramid' must be a tuple of keys, got {keys!r}"
    )


def test_a_backbone_that_says_nowhere_what_its_output_stride_is_is_blamed(use):
    use(attrs.evolve(TOWER, output_stride=PYRAMID.output_stride), MAPS)

    with pytest.raises(PluginError) as error:
        resolve(config(pyramid=TowerConfig()), SKELETON)

    assert str(error.value).splitlines()[0] == (
        "TowerConfig must have a field output_stride, or its BackboneSpec a function "
        "output_stride(config), got neither"
    )
