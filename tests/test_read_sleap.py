"""SLEAP files through the installed plugins: odd model sections, profiles, model folders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

import poise

CASES = json.loads(
    (Path(__file__).parent / "data/sleap_structure/cases.json").read_text(encoding="utf-8")
)
SOURCES = (  # prefix of a name in golden/config → folder of the file
    ("sleap/training_profiles/", "sleap/profiles/"),
    ("tests/data/models/", "sleap/models/"),
)

pytestmark = pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")

UNET, RESNET = "model.backbone.unet", "model.backbone.resnet"
MULTI = "model.heads.multi_instance"

READ: dict[str, list[str]] = {
    "empty": [],
    "unknown_top_key": ["not_carried_over model.foo"],
    "two_backbones_one_null": [],
    "empty_unet": [],
    "numeric_strings": [
        f"coerced {UNET}.filters",
        f"coerced {UNET}.filters_rate",
        f"coerced {UNET}.max_stride",
        f"coerced {UNET}.stem_stride",
    ],
    "paf_edges_lists": [],  # edition sleap-1.4 accepts an edge to no part
    "multi_instance_empty": [],
    "resnet_upsampling_empty": [],
    "resnet_upsampling_legacy_conv_batchnorm": [f"aliased {RESNET}.upsampling.conv_batchnorm"],
    "resnet_upsampling_batch_norm": [],
    "base_checkpoint": [],
    "old_no_loss_weight": [],
    "class_maps_loss_int": [],  # 2 and 2.0 are the same number in JSON
}
"""Cases that are read → the notes they must leave, apart from absent fields and editions."""

REFUSED: dict[str, list[str]] = {
    "two_backbones": ["model.backbone"],
    "two_heads": ["model.heads"],
    "heads_null": ["model.heads"],
    "bool_strings": [f"{UNET}.middle_block", f"{UNET}.up_interpolate"],
    "int_null": [f"{UNET}.filters"],
    "bad_int": [f"{UNET}.filters"],
    "paf_edges_triple": [f"{MULTI}.pafs.edges[0]"],
    "paf_edges_single": [f"{MULTI}.pafs.edges[0]"],
    "part_names_string": ["model.heads.single_instance.part_names"],
    "resnet_bad_version": [f"{RESNET}.version"],
    "resnet_bad_weights": [f"{RESNET}.weights"],
    "resnet_upsampling_bad_skip": [f"{RESNET}.upsampling.skip_connections"],
    "encoder_bad_name": ["model.backbone.pretrained_encoder.encoder"],
    "base_checkpoint_number": ["model.base_checkpoint"],
    "filters_negative": [f"{UNET}.filters"],
}
"""Cases that are refused → the paths of their faults."""


def section_of_missing_plugin(data: dict[str, Any]) -> str | None:
    """The path of a section that no installed plugin reads."""
    for field, installed in (("backbone", poise.backbones), ("heads", poise.heads)):
        for key, value in (data.get(field) or {}).items():
            if value is not None and key not in installed:
                return f"model.{field}.{key}"
    return None


def read_model(data: dict[str, Any], folder: Path) -> poise.SleapJob:
    path = folder / "training_config.json"
    path.write_text(json.dumps({"model": data}), encoding="utf-8")
    return poise.read_sleap(path)


def notes_beyond_absent_fields(job: poise.SleapJob) -> list[str]:
    dull = ("defaulted", "edition")
    return [f"{note.kind} {note.path}" for note in job.report if note.kind not in dull]


def test_the_table_has_every_case():
    assert sorted([*READ, *REFUSED]) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_an_odd_model_section_is_read_with_a_note_or_refused_with_its_path(name, tmp_path):
    case = CASES[name]
    section = section_of_missing_plugin(case["input"])
    if section is not None and name != "two_backbones":
        # Kept and listed, because no plugin can validate it.
        job = read_model(case["input"], tmp_path)
        assert notes_beyond_absent_fields(job) == [f"unchecked {section}"]
        kind, key = section.split(".")[1:]
        assert job.config.to_data()[kind][key] == case["input"][kind][key]
    elif name in READ:
        job = read_model(case["input"], tmp_path)
        assert notes_beyond_absent_fields(job) == READ[name]
        if "conv_batchnorm" not in name:  # which the original dropped
            assert job.config.to_data() == case["sleap"]
    else:
        with pytest.raises(poise.ConfigError) as error:
            read_model(case["input"], tmp_path)
        assert [fault.path for fault in error.value.faults] == REFUSED[name]


@pytest.mark.parametrize("name", [name for name in CASES if name in READ])
def test_every_absent_field_of_a_model_is_reported_with_the_default_that_is_taken(name, tmp_path):
    data = CASES[name]["input"]
    if section_of_missing_plugin(data) is not None:
        pytest.skip("its plugin is not installed")
    job = read_model(data, tmp_path)
    reported = {note.path for note in job.report.of("defaulted")}
    taken = {*leaves(job.config.to_data(), "model")}
    in_file = {*leaves(data, "model")}
    for path in taken - in_file:
        parents = {path.rsplit(".", n)[0] for n in range(path.count(".") + 1)}
        is_unset_member = path.count(".") == 2 and path.split(".")[1] in ("backbone", "heads")
        aliased = path == f"{RESNET}.upsampling.batch_norm" and "conv_batchnorm" in name
        assert is_unset_member or aliased or parents & reported, path


def leaves(data: Any, path: str) -> list[str]:
    if isinstance(data, dict) and data:
        return [leaf for key, value in data.items() for leaf in leaves(value, f"{path}.{key}")]
    return [path]


@pytest.mark.parametrize(
    ("backbone", "stride"),
    [
        ({"unet": {"max_stride": 8, "output_stride": 16}}, 4),
        ({"unet": {"max_stride": 16, "stem_stride": 4, "stacks": 2, "output_stride": 1}}, 4),
        ({"leap": {"stacks": 2, "output_stride": 2}}, 1),
        ({"hourglass": {"stacks": 1, "output_stride": 2}}, 4),
        ({"pretrained_encoder": {"output_stride": 32}}, 4),
    ],
    ids=str,
)
def test_an_invalid_backbone_stride_becomes_the_heads_as_in_sleap(backbone, stride, tmp_path):
    (key,) = backbone
    model = {"backbone": backbone, "heads": {"centroid": {"output_stride": stride}}}
    job = read_model(model, tmp_path)

    assert job.config.backbone.which_oneof().output_stride == stride
    assert [note.path for note in job.report.of("derived")] == [
        f"model.backbone.{key}.output_stride"
    ]
    poise.resolve(job.config)


def test_a_stride_that_is_not_a_power_of_two_is_floored_as_in_sleap(tmp_path):
    job = read_model({"backbone": {"unet": {"max_stride": 24}}}, tmp_path)
    assert job.config.backbone.unet.max_stride == 16
    assert notes_beyond_absent_fields(job) == [f"floored {UNET}.max_stride"]


@pytest.mark.parametrize(("stride", "paths"), [(1, []), (4, ["model.heads.centroid.sigma"])])
def test_sigma_in_grid_cells_is_reported_where_it_matters(tmp_path, stride, paths):
    data = {"heads": {"centroid": {"output_stride": stride}}}
    notes = read_model(data, tmp_path).report.of("edition")
    assert [note.path for note in notes if note.what.startswith("sigma_in_grid_cells")] == paths


def test_every_structure_case_of_the_original_is_accounted_for(golden, tmp_path):
    cases = json.loads((golden / "config/structure_cases.json").read_text(encoding="utf-8"))
    assert {name for name in cases if not name.startswith("file:")} == {*CASES}
    for name, case in cases.items():
        if not name.startswith("file:"):
            continue
        if "training_profiles/set_" in name:  # from before 1.0
            with pytest.raises(poise.ConfigError, match=r"before 1\.0"):
                read_model(case["input"], tmp_path)
            continue
        job = read_model(case["input"], tmp_path)
        assert not job.report.of("coerced"), name
        assert not job.report.of("not_carried_over"), name
        if section_of_missing_plugin(case["input"]) is None:
            assert job.config.to_data() == case["result"], name


def files_of(shared: Path) -> dict[str, Path]:
    cases = json.loads(
        (shared / "golden/config/structure_training_job_files.json").read_text(encoding="utf-8")
    )
    files = {}
    for name in cases:
        for prefix, folder in SOURCES:
            path = shared / name.replace(prefix, folder)
            if name.startswith(prefix) and path.is_file():
                files[name] = path
    return files


def test_every_real_file_gives_the_model_that_the_original_read(shared):
    golden = json.loads(
        (shared / "golden/config/structure_training_job_files.json").read_text(encoding="utf-8")
    )
    files = files_of(shared)
    assert len(files) >= 12
    for name, path in files.items():
        job = poise.read_sleap(path, prefer_training=False)
        expected = golden[name]["result"]
        assert job.source == path
        if section_of_missing_plugin(expected) is None:
            assert job.config.to_data() == expected, name


def test_all_stock_profiles_are_read(shared):
    profiles = sorted((shared / "sleap/profiles").glob("*.json"))
    assert len(profiles) == 11
    for path in profiles:
        job = poise.read_sleap(path)
        assert job.config.edition == "sleap-1.4"
        assert job.config.heads.which_oneof_attrib_name() is not None, path
        assert job.config.backbone.which_oneof() is not None, path
        written = json.loads(path.read_text(encoding="utf-8"))["data"]["preprocessing"]
        assert job.skeleton is None
        assert job.preprocessing.input_scaling == written["input_scaling"]
        assert job.sections.optimization.epochs == 200
        assert job.sections.extra == {}


def test_all_model_folders_are_read_with_their_skeletons(shared):
    folders = sorted((shared / "sleap/models").iterdir())
    assert len(folders) == 5
    for folder in folders:
        job = poise.read_sleap(folder)
        assert job.source == folder / "training_config.json"
        if folder.name.startswith("min_tracks"):
            head_of_thorax = poise.Skeleton(["head", "thorax"], [("thorax", "head")])
            assert job.skeleton == attrs.evolve(head_of_thorax, name="Skeleton-3")
            assert job.report.of("version") == ()
        else:
            assert job.skeleton == poise.Skeleton(["A", "B"], [("A", "B")], name="Skeleton-0")
            assert job.report.of("version")[0].what.endswith("load_weights accepts either name")
        initial = poise.read_sleap(folder / "initial_config.json")
        assert initial.config == job.config
        assert [note.path for note in initial.report.of("derived")] == ["initial_config.json"]
        asked = poise.read_sleap(folder / "initial_config.json", prefer_training=False)
        assert asked.skeleton is None


def test_crop_size_comes_with_a_network_that_sees_one_animal(shared):
    job = poise.read_sleap(shared / "sleap/models/minimal_instance.UNet.centered_instance")
    assert job.cropping.crop_size == 96
    assert job.preprocessing.pad_to_stride == 1


def test_reading_loads_neither_keras_nor_a_backend(tmp_path):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(CASES["numeric_strings"]["input"]), encoding="utf-8")
    code = (
        "import sys, poise\n"
        "job = poise.read_sleap(sys.argv[1])\n"
        "assert job.config.backbone.unet.filters == 4\n"
        "print(*{'tensorflow', 'keras', 'jax', 'torch', 'h5py'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
