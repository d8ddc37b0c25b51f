import json

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise import registry
from poise.config import UninstalledSection
from poise.errors import ConfigError, PluginError, PluginNotInstalledWarning
from poise.registry.discovery import BACKBONE, HEAD
from poise.sleap import read_sleap
from poise.testing.standins import registry_of

from .conftest import FLY, NO_BATCH_NORM, Encoder, fly

MODEL = {
    "backbone": {"net": {"max_stride": 8, "output_stride": 2, "filters": 4, "batch_norm": True}},
    "heads": {"maps": {"part_names": ["A", "B"], "sigma": 2.5, "output_stride": 2}},
    "base_checkpoint": None,
}


def with_backbone(**changes):
    return {**MODEL, "backbone": {"net": {**MODEL["backbone"]["net"], **changes}}}


def notes_of(job, kind):
    return [str(note) for note in job.report.of(kind)]


def test_a_complete_bare_model_needs_no_note(write):
    job = read_sleap(write({**MODEL, "edition": "2026"}, "model.json"))
    assert len(job.report) == 0, job.report
    assert job.config.to_data()["backbone"]["net"] == MODEL["backbone"]["net"]
    assert (job.skeleton, job.classes, job.sleap_version) == (None, None, None)


def test_a_file_without_an_edition_means_what_sleap_did(write):
    assert read_sleap(write(MODEL)).config.edition == "sleap-1.4"


def test_a_folder_is_read_by_its_training_config(write):
    write({"model": with_backbone(filters=1)}, "initial_config.json")
    path = write({"model": MODEL})
    job = read_sleap(path.parent)
    assert job.source == path
    assert job.config.backbone.net.filters == 4
    assert notes_of(job, "derived") == []


def test_the_initial_config_gives_way_to_the_training_config_beside_it(write):
    initial = write({"model": with_backbone(filters=1)}, "initial_config.json")
    training = write({"model": MODEL})
    job = read_sleap(initial)
    assert job.source == training
    assert job.config.backbone.net.filters == 4
    assert notes_of(job, "derived") == [
        "initial_config.json: read from training_config.json beside it, which training wrote; "
        "initial_config.json is not read"
    ]


def test_the_initial_config_can_be_requested(write):
    initial = write({"model": with_backbone(filters=1)}, "initial_config.json")
    write({"model": MODEL})
    job = read_sleap(initial, prefer_training=False)
    assert (job.source, job.config.backbone.net.filters) == (initial, 1)


def test_the_name_that_the_documentation_uses_is_found_in_a_folder(write):
    path = write({"model": MODEL}, "training_job.json")
    job = read_sleap(path.parent)
    assert notes_of(job, "aliased") == [
        "training_job.json: read as training_config.json, as in SLEAP's documentation"
    ]


def test_comments_are_ignored(write):
    text = '{ // a comment\n "heads": {/* none */}, "backbone": {"net": {"filters": 3}}, '
    path = write(text + '"base_checkpoint": "http://x//y"}')
    job = read_sleap(path)
    assert job.config.backbone.net.filters == 3
    assert job.config.base_checkpoint == "http://x//y"


def test_a_path_may_be_a_string_and_the_file_may_begin_with_a_byte_order_mark(write):
    path = write(b'\xef\xbb\xbf{"model": {"backbone": {"net": {}}}}')
    assert read_sleap(str(path)).config.backbone.net.filters == 8


def test_skeleton_classes_preprocessing_and_cropping_come_with_the_model(write):
    sorts = {"classes": ["f", "m"], "output_stride": 2}
    job = read_sleap(
        write(
            {
                "data": {
                    "labels": {"skeletons": [fly()]},
                    "preprocessing": {"input_scaling": 0.5},
                    "instance_cropping": {"crop_size": 96},
                },
                "model": {**MODEL, "heads": {"two_parts": {"sorts": sorts}}},
                "sleap_version": "1.4.1",
            }
        )
    )
    assert job.skeleton == FLY
    assert job.classes == ("f", "m")
    assert job.preprocessing.input_scaling == 0.5
    assert job.cropping.crop_size == 96
    assert job.sleap_version == "1.4.1"


def test_only_the_first_skeleton_counts_and_the_others_are_listed(write):
    other = Encoder().graph(["A"], [])
    job = read_sleap(write({"data": {"labels": {"skeletons": [fly(), other]}}}))
    assert job.skeleton == FLY
    assert job.sections.labels.skeletons == (fly(), other)
    assert notes_of(job, "not_carried_over")[-1].startswith("data.labels.skeletons[1]: ")


def test_a_note_about_the_skeleton_has_its_whole_path(write):
    job = read_sleap(write({"data": {"labels": {"skeletons": [fly(weights={"head": 2.0})]}}}))
    assert "data.labels.skeletons[0].links[3].source: weight 2.0 of part 'head'" in notes_of(
        job, "not_carried_over"
    )


def test_every_accepted_deviation_leaves_a_note(write):
    job = read_sleap(
        write(
            {
                "data": {"preprocessing": {"input_scale": "0.5"}},
                "model": with_backbone(max_stride=24, filters="4", colour="red"),
                "outputs": {"delete_viz_images": False},
                "notes": "mine",
            }
        )
    )
    assert job.config.backbone.net.max_stride == 16
    assert job.preprocessing.input_scaling == 0.5
    assert job.sections.outputs.keep_viz_images is True
    assert notes_of(job, "floored") == ["model.backbone.net.max_stride: 24 read as 16"]
    assert notes_of(job, "coerced") == [
        'data.preprocessing.input_scale: "0.5" read as 0.5',
        'model.backbone.net.filters: "4" read as 4',
    ]
    assert [note.path for note in job.report.of("aliased")] == [
        "data.preprocessing.input_scale",
        "outputs.delete_viz_images",
    ]
    assert job.sections.extra == {"notes": "mine", "model.backbone.net.colour": "red"}


def test_what_the_model_does_not_need_is_kept_and_listed_with_what_is_special(write):
    job = read_sleap(
        write(
            {
                "model": MODEL,
                "optimization": {"epochs": 7, "early_stopping": {"plateau_patience": 3}},
                "outputs": {"tags": ["a"]},
                "name": "mine",
                "filename": "",
                "description": None,
            }
        )
    )
    assert job.sections.optimization.epochs == 7
    assert job.sections.outputs.tags == ("a",)
    assert (job.sections.name, job.sections.description) == ("mine", None)
    assert notes_of(job, "not_carried_over") == [
        "optimization: not part of the model; kept in sections.optimization, with epochs = 7, "
        "early_stopping.plateau_patience = 3",
        'outputs: not part of the model; kept in sections.outputs, with tags = ["a"]',
        'name: "mine"; kept in sections.name',
    ]


def test_absent_sections_are_one_line_each(write):
    job = read_sleap(write({"model": MODEL}))
    assert notes_of(job, "defaulted") == [
        "data.labels: all of its defaults",
        "data.preprocessing: all of its defaults",
        "data.instance_cropping: all of its defaults",
        "optimization: all of its defaults",
        "outputs: all of its defaults",
    ]


def test_a_section_whose_plugin_is_not_installed_survives_and_is_listed(write):
    heads = {"centroid": {"sigma": "2.5", "any": [1]}}
    with pytest.warns(PluginNotInstalledWarning, match="poise-heads provides it"):
        job = read_sleap(write({"model": {**MODEL, "heads": heads}}))
    assert job.config.heads.which_oneof() == UninstalledSection("centroid", heads["centroid"])
    (note,) = job.report.of("unchecked")
    assert note.path == "model.heads.centroid"
    assert "pip install poise-heads" in note.what


def test_classes_are_found_in_a_section_that_is_not_understood(write):
    heads = {"multi_class_topdown": {"class_vectors": {"classes": ["f", "m"]}}}
    with pytest.warns(PluginNotInstalledWarning):
        job = read_sleap(write({"model": {**MODEL, "heads": heads}}))
    assert job.classes == ("f", "m")


def test_an_unknown_key_that_is_null_is_listed_as_not_carried_over(write):
    heads = {**MODEL["heads"], "vit": None}
    job = read_sleap(write({"model": {**MODEL, "heads": heads}}))

    assert (
        "model.heads.vit: null; not written back: no head 'vit'; installed: centers, crops, "
        "maps, two_parts" in (notes_of(job, "not_carried_over"))
    )
    assert job.sections.extra == {"model.heads.vit": None}


@pytest.mark.parametrize("version", [None, "1.0.10", "1.4.1"])
@pytest.mark.parametrize("stride", [32, 24])
def test_an_invalid_stride_becomes_the_heads_as_in_sleap(write, version, stride):
    data = {"model": with_backbone(output_stride=stride), "sleap_version": version}
    job = read_sleap(write(data))

    assert job.config.backbone.net.output_stride == 2
    assert notes_of(job, "derived") == [
        "model.backbone.net.output_stride: {} is invalid (must be at most max_stride, got {}; "
        "max_stride is 8 @ output_stride); read as 2 from model.heads.maps.output_stride, "
        "which SLEAP since 1.0.10 uses instead".format(*[16 if stride == 24 else 32] * 2)
    ]
    assert notes_of(job, "edition") == []


@pytest.mark.parametrize(
    "change",
    [
        {"sleap_version": "1.0.9"},  # which built what the file says
        {"edition": "2026"},
        {"heads": {}},
        {"heads": {"maps": {"output_stride": 16}}},  # no better
        {"output_stride": "x"},
        {"filters": 0},
    ],
    ids=str,
)
def test_an_invalid_stride_is_otherwise_refused(write, change):
    section = {"output_stride": 32}
    section |= {key: value for key, value in change.items() if key in ("output_stride", "filters")}
    model = {**with_backbone(max_stride=8, **section)}
    model |= {key: value for key, value in change.items() if key in ("edition", "heads")}
    with pytest.raises(ConfigError) as error:
        read_sleap(write({"model": model, "sleap_version": change.get("sleap_version")}))

    refused = [fault.path for fault in error.value.faults]
    fault = "filters" if "filters" in change else "output_stride"
    assert refused == [f"model.backbone.net.{fault}"]


def test_differences_that_touch_the_model_are_listed(write):
    job = read_sleap(write({"model": with_backbone(batch_norm=False, output_stride=4)}))
    assert notes_of(job, "edition") == [
        "model.backbone.net.output_stride: backbone_stride_of_main_output: the file has 4; SLEAP "
        "since 1.0.10 builds for the 2 of model.heads.maps.output_stride",
        "model.backbone.net.batch_norm: batch_norm_ignored: batch_norm is ignored; by the "
        "documentation, batch_norm decides",
    ]


def test_differences_that_touch_the_model_are_listed_whatever_its_fields_are_called(write):
    model = {**MODEL, "backbone": {"tower": {"finest": 4, "floors": 2}}}
    stride, stacks = notes_of(read_sleap(write({"model": model})), "edition")
    assert stride == (
        "model.backbone.tower: backbone_stride_of_main_output: the file has 4; SLEAP "
        "since 1.0.10 builds for the 2 of model.heads.maps.output_stride"
    )
    assert stacks.startswith("model.backbone.tower: heads_of_several_stacks: ")


@pytest.mark.parametrize("backbone", ["net", "coarse"])
def test_differences_that_do_not_touch_the_model_are_not_listed(write, backbone):
    section = MODEL["backbone"] if backbone == "net" else {"coarse": {}}
    model = {**MODEL, "backbone": section}
    assert notes_of(read_sleap(write({"model": model})), "edition") == []


def test_a_plugin_whose_difference_fails_is_named(write):
    broken = attrs.evolve(NO_BATCH_NORM, touches=lambda config: config.batchnorm)
    spec = attrs.evolve(registry.default().spec_of_section(BACKBONE, "net"), differences=(broken,))
    head = registry.default().spec_of_section(HEAD, "maps")
    registry.reset(registry_of(spec, head))

    with pytest.raises(PluginError) as error:
        read_sleap(write({"model": MODEL}))

    assert str(error.value).startswith("touches of 'batch_norm_ignored' failed: AttributeError: ")
    assert str(error.value).endswith(" @ model.backbone.net")


REFUSED = [
    ({"model": {"heads": None}}, "must be an object with one head", "model.heads"),
    ({"model": None}, "must be an object, got null", "model"),
    ({"model": with_backbone(filters=None)}, "got null", "model.backbone.net.filters"),
    ({"model": with_backbone(filters=4.9)}, "got 4.9", "model.backbone.net.filters"),
    ({"model": with_backbone(filters="many")}, "got 'many'", "model.backbone.net.filters"),
    ({"model": with_backbone(filters=-3)}, "got -3", "model.backbone.net.filters"),
    (
        {"model": with_backbone(batch_norm="false")},
        "got 'false'",
        "model.backbone.net.batch_norm",
    ),
    (
        {"model": {"heads": {"maps": {"output_stride": 3}}}},
        "a power of two",
        "model.heads.maps.output_stride",
    ),
    (
        {"model": {"heads": {"maps": {"part_names": "abc"}}}},
        "must be a list, got 'abc'",
        "model.heads.maps.part_names",
    ),
    ({"model": {"heads": {"two_parts": {"maps": None}}}}, "null", "model.heads.two_parts.maps"),
    (
        {"model": {"backbone": {"net": {}, "leap": {}}}},
        "must have only one backbone set",
        "model.backbone",
    ),
    ({"model": {"backbone": {"net": 0}}}, "an object, got 0", "model.backbone.net"),
    ({"data": []}, "must be an object, got a list of 0", "data"),
    ({"data": {"preprocessing": None}}, "got null", "data.preprocessing"),
    (
        {"data": {"preprocessing": {"imagenet_mode": "cafe"}}},
        "did you mean 'caffe'?",
        "data.preprocessing.imagenet_mode",
    ),
    ({"optimization": {"epochs": "many"}}, "got 'many'", "optimization.epochs"),
    ({"outputs": {"tags": "abc"}}, "must be a list", "outputs.tags"),
    (
        {"outputs": {"delete_viz_images": True, "keep_viz_images": False}},
        "another name for 'keep_viz_images'",
        "outputs.delete_viz_images",
    ),
    ({"model": {}, "sleap_version": 1.4}, "must be a string", "sleap_version"),
    (
        {"data": {"labels": {"skeletons": [{"nodes": []}]}}},
        "must have the key 'links'",
        "data.labels.skeletons[0]",
    ),
]


@pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")
@pytest.mark.parametrize(("data", "what", "path"), REFUSED)
def test_what_sleap_coerced_or_crashed_on_is_refused_with_its_path(write, data, what, path):
    file = write(data)
    with pytest.raises(ConfigError) as error:
        read_sleap(file)
    fault = next(fault for fault in error.value.faults if fault.path == path)
    assert what in fault.what
    assert str(file) in str(error.value)


def test_the_faults_of_all_sections_come_at_once(write):
    with pytest.raises(ConfigError) as error:
        read_sleap(
            write(
                {
                    "data": {"labels": {"skeletons": "none"}, "preprocessing": {"ensure_rgb": 1}},
                    "model": with_backbone(filters="many", n_filters=3),
                    "optimization": {"epochs": None},
                }
            )
        )
    assert {fault.path for fault in error.value.faults} == {
        "data.labels.skeletons",
        "data.preprocessing.ensure_rgb",
        "model.backbone.net.filters",
        "model.backbone.net.n_filters",
        "optimization.epochs",
    }
    assert len(str(error.value).splitlines()) <= 12


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"data": {}, "model": {"output_type": 3, "backbone": {}}}, "model.output_type"),
        ({"trainer": {"batch_size": 4}, "model": {"backbone_name": "UNet"}}, "trainer"),
    ],
)
def test_files_from_before_1_0_are_recognized_and_refused(write, data, path):
    with pytest.raises(ConfigError) as error:
        read_sleap(write(data))
    (fault,) = error.value.faults
    assert fault.path == path
    assert "written by SLEAP before 1.0" in fault.what


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{}", "must be a training job (with data, model, optimization or outputs) or a model"),
        ('{"modle": {}}', ", got the keys modle"),
        ("[1, 2]", "a training job must be an object, got a list of 2"),
        ("", "got an empty file"),
        (" [", "not JSON: Expecting value in line 1, column 3"),
        ('{"model": {},}', "not JSON"),
        (b"\xff\xfe{\0}\0", "got text in UTF-16; save it as UTF-8"),
        (b"{\xff}", "byte 1 is not UTF-8; save it as UTF-8"),
        (
            '{"optimization": {"epochs": 1e999}}',
            "must be a number between -1.8e308 and 1.8e308, got 1e999",
        ),
        ('{"optimization": {"epochs": %s}}' % ("9" * 5000), "got 5000: 99999999999999999999…"),
        ('{"model": {"heads": {}, "heads": {}}}', "keys must be unique, got 'heads' twice"),
    ],
)
def test_a_file_that_is_not_a_configuration_is_refused_with_its_name(write, content, what):
    file = write(content)
    with pytest.raises(ConfigError) as error:
        read_sleap(file)
    assert what in str(error.value)
    assert str(file) in str(error.value)


def test_the_error_on_a_missing_file_lists_the_files_beside_it(write):
    existing = write({"model": MODEL}, "profile.json")
    missing = existing.with_name("profil.json")
    with pytest.raises(ConfigError) as error:
        read_sleap(missing)
    assert str(error.value) == f"no such file or folder: {missing}; beside it: profile.json"


def test_the_error_on_a_folder_without_a_configuration_lists_alternatives(write, tmp_path):
    write({"model": MODEL})
    write({"model": MODEL}, "../other.json")
    with pytest.raises(ConfigError) as error:
        read_sleap(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: the folder has no training_config.json; to read one of these, give its "
        "path: other.json; model folders inside it: run"
    )


WHOLE = {
    "data": {
        "labels": {"skeletons": [fly()], "training_inds": [1, 2], "search_path_hints": ["a"]},
        "preprocessing": {"input_scaling": 0.5, "imagenet_mode": None},
        "instance_cropping": {"crop_size": 96},
    },
    "model": {
        "backbone": {"net": {"max_stride": 8, "n_filters": 4}},
        "heads": {"two_parts": {"maps": {"part_names": ["A"]}, "sorts": {"classes": ["f"]}}},
    },
    "optimization": {"hard_keypoint_mining": {"online_mining": True}},
    "outputs": {"delete_viz_images": True},
    "sleap_version": "1.0.9",
}

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "8", "false", "1e400", "9" * 5000, "1.4", "net"]),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just({"py/object": "os.system"}),
    st.just({"deep": {"deep": [None]}}),
)


def places(data, path=()):
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(places(WHOLE))), JUNK)
@pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")
def test_junk_anywhere_in_a_file_is_read_or_refused_but_breaks_nothing(write, path, junk):
    data = json.loads(json.dumps({"file": WHOLE}))
    inner, last = data, "file"
    for key in path:
        inner, last = inner[last], key
    inner[last] = junk
    try:
        job = read_sleap(write(data["file"]))
    except ConfigError as error:
        assert error.faults
        assert len(str(error).splitlines()) <= 12
    else:
        assert str(job.report)
