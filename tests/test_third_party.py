"""Third-party backbones and heads work like the first-party ones.

tox builds, installs and tests their distributions in tests/third_party as their authors do. Here
they are only made visible, through the metadata that an installation leaves behind.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import poise
import poise_workflows
import small_trainings
from poise import registry
from poise.testing import cases, registry_of, using
from poise_workflows import NetworkFacts, diff, inspect
from poise_workflows.recommending.estimates import Machine
from poise_workflows.recommending.spaces import SCALING
from report_pages import ReportPage
from showcase import furnish

DISTRIBUTIONS = (
    "poise-tinyvgg",
    "poise-heatline",
    "poise-disks",
    "poise-tinycoder",
    "poise-nearest",
    "poise-crowded",
    "poise-shell",
    "poise-litert",
    "poise-convnext",
)
SKELETON = poise.Skeleton(
    ["head", "thorax", "abdomen"], [("head", "thorax"), ("thorax", "abdomen")]
)
CLASSES = ("female", "male")


def project(folder: Path) -> Any:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="session")
def site(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the metadata of the installed third-party distributions."""
    site = tmp_path_factory.mktemp("site")
    for name in DISTRIBUTIONS:
        folder = workspace / "tests" / "third_party" / name
        declared = project(folder)
        compiled = shutil.ignore_patterns("__pycache__")
        shutil.copytree(folder / "src", site, dirs_exist_ok=True, ignore=compiled)
        info = site / f"{name.replace('-', '_')}-{declared['version']}.dist-info"
        info.mkdir()
        headers = f"Metadata-Version: 2.1\nName: {name}\nVersion: {declared['version']}\n"
        (info / "METADATA").write_text(headers, encoding="utf-8")
        lines = [
            f"[{group}]\n{key} = {value}"
            for group, names in declared["entry-points"].items()
            for key, value in names.items()
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return site


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make the third-party plugins visible to this process."""
    monkeypatch.syspath_prepend(site)
    registry.reset()
    yield site
    registry.reset()


def run_poise(site: Path, *arguments: str) -> str:
    environ = {
        **os.environ,
        "PYTHONPATH": str(site),
        "PYTHONIOENCODING": "utf-8",
        "POISE_CACHE_DIR": str(site / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "poise", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_third_party_backbone_is_one_module_of_forty_lines(workspace: Path) -> None:
    modules = list((workspace / "tests/third_party/poise-tinyvgg/src").iterdir())

    assert [path.name for path in modules if path.suffix == ".py"] == ["poise_tinyvgg.py"]
    assert len((modules[0]).read_text(encoding="utf-8").splitlines()) <= 40


def test_the_listing_has_third_party_plugins_among_the_others(site: Path) -> None:
    listing = run_poise(site, "list")

    for name in ("tinyvgg", "heatline", "disks", "nearest", "crowded", "shell", "unet", "simple"):
        assert name in listing
    assert "poise-tinyvgg" in listing


def test_a_third_party_command_is_listed_and_runs(site: Path, tmp_path: Path) -> None:
    heads = {"heatline": {"edges": [["head", "tail"]]}}
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"backbone": {"tinyvgg": {}}, "heads": heads}), encoding="utf-8")

    assert re.search(r"heatlines +from poise-heatline 0\.1\.0", run_poise(site, "--help"))
    assert run_poise(site, "heatlines", str(file)) == f"{file}\n  head – tail\n"


def test_a_backbone_and_a_head_of_strangers_are_inspected_and_drawn(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    heads = {"heatline": {"edges": [["head", "tail"]]}}
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"backbone": {"tinyvgg": {}}, "heads": heads}), encoding="utf-8")
    parts, drawn = poise.Skeleton(["head", "tail"]), tmp_path / "model.svg"

    facts = inspect(file, image=(64, 64, 1), skeleton=parts, diagram=drawn)

    assert isinstance(facts, NetworkFacts)
    assert (facts.backbone, facts.head) == ("tinyvgg", "heatline")
    count = sum(block.parameters for block in facts.blocks)
    assert count == facts.inspection.parameters > 0
    assert drawn.read_text(encoding="utf-8").count("<rect x=") == len(facts.blocks)
    assert diff(file, file).equal


def test_a_layer_of_strangers_says_what_it_costs_and_sees(keras: Any) -> None:
    """Two members of its class are the door: nobody has to be told of its name."""

    @keras.saving.register_keras_serializable(package="strangers")
    class Gram(keras.layers.Layer):
        cell_by_cell = False

        def call(self, x: Any) -> Any:
            ops = keras.ops
            cells = ops.reshape(x, (ops.shape(x)[0], -1, x.shape[-1]))
            return ops.einsum("nhwc,nkc,nkd->nhwd", x, cells, cells)

        def flops(self, shapes: Any) -> int:
            _, height, width, channels = shapes[0]
            return int(4 * height * width * channels**2)

    def build(config: Any, image: Any) -> Any:
        features = keras.layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(image)
        return [{2: Gram(name="gram")(features)}]

    @attrs.frozen
    class GramConfig:
        """Features multiplied by their own products."""

    tower = poise.BackboneSpec(
        key="gram",
        config=GramConfig,
        build=build,
        max_stride=lambda _: 2,
        output_stride=lambda _: 2,
    )
    with using(registry_of(tower, poise.heads["centroid"])):
        config = poise.ModelConfig.from_data(
            {"backbone": {"gram": {}}, "heads": {"centroid": {"output_stride": 2}}}
        )
        costs = poise.inspect(poise.build(config, (64, 64, 1), seed=0))

    layers = {layer.name: layer for layer in costs.layers}
    assert layers["gram"].operations == 4 * 32 * 32 * 4**2
    assert layers["gram"].receptive_field is None
    assert layers["conv"].receptive_field == (3, 3)
    assert costs.assumed == ()


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("tinyvgg", ["poise-tinyvgg 0.1.0", "filters", "they double with each pooling", "≥ 1"]),
        ("heatline", ["poise-heatline 0.1.0", "edges", "pairs of part names", "output_stride"]),
        ("disks", ["poise-disks 0.1.0", "radius", "of the disks, in pixels", "> 0"]),
        ("nearest", ["poise-nearest 0.1.0", "reach", "between two frames, in pixels", "> 0"]),
    ],
)
def test_show_tells_fields_domains_and_origin(site: Path, key: str, texts: list[str]) -> None:
    page = " ".join(run_poise(site, "show", key).split())

    assert [text for text in texts if text not in page] == []


def fitted(folder: Path) -> Path:
    """A job of a stranger's backbone, with labels beside it."""
    small_trainings.write_labels(folder / "flies", side=96)
    model = {
        "backbone": {"tinyvgg": {"filters": 64, "max_stride": 8}},
        "heads": {"single_instance": {"output_stride": 2}},
        "edition": "2026",
    }
    return small_trainings.write_job(folder / "job.json", model=model)


@pytest.mark.usefixtures("keras", "installed")
def test_a_backbone_of_strangers_is_fitted_to_a_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(
        backend="tensorflow", training=6e8, predicting=5e8, operations=1e9, traffic=1e9, call=1e-3
    )
    monkeypatch.setattr("poise_workflows.recommending.workflow.measure_machine", lambda: machine)

    result = poise_workflows.recommend(
        fitted(tmp_path),
        tmp_path / "flies" / "labels.slp",
        fps=100,
        values={SCALING: 1.0},
        output=tmp_path / "best.json",
        limit=25,
        measured=0,
    )

    changes = result.configurations[0].changes
    assert result.excluded["speed"] > 1
    filters = "model.backbone.tinyvgg.filters"
    # Layers beyond the stride of the head are no part of the network: max_stride changes nothing.
    assert result.fields == (filters, "model.heads.single_instance.output_stride")
    assert result.fixed == ("model.backbone.tinyvgg.max_stride",)
    assert changes[filters] < 64
    backbone = poise.read(tmp_path / "best.json").config.backbone.which_oneof()
    assert backbone.filters == changes[filters]


@pytest.mark.slow
def test_a_backbone_of_strangers_is_measured_and_fitted_by_its_own_field(
    site: Path, tmp_path: Path
) -> None:
    job, labels = fitted(tmp_path), tmp_path / "flies" / "labels.slp"

    def best(*words: str) -> dict[str, Any]:
        # Of such small networks, the first to be measured may be slower than was estimated.
        words = ("--labels", str(labels), "--set", f"{SCALING}=1.0", "--measured", "4", *words)
        said = json.loads(run_poise(site, "recommend", str(job), *words, "--json"))
        configuration: dict[str, Any] = said["configurations"][0]
        return configuration

    itself = best("--memory", "64GiB", "--limit", "1")
    faster = best("--fps", str(2 * itself["fps"]), "--limit", "25")

    assert (itself["changes"], itself["is_measured"]) == ({}, True)
    assert faster["is_measured"]
    assert faster["fps"] >= 2 * itself["fps"]
    assert faster["changes"]["model.backbone.tinyvgg.filters"] < 64


def test_the_json_has_a_third_party_key_after_those_of_sleap(installed: Path) -> None:
    text = '{"backbone": {"tinyvgg": {"filters": 4}}, "heads": {"heatline": {"output_stride": 2}}}'

    config = poise.ModelConfig.from_json(text)
    written = json.loads(config.to_json())

    assert list(written["backbone"]) == [
        *["leap", "unet", "hourglass", "resnet", "pretrained_encoder"],
        "tinyvgg",
    ]
    assert written["backbone"]["tinyvgg"] == {"filters": 4, "max_stride": 16}
    assert list(written["heads"])[-1] == "heatline"
    assert poise.ModelConfig.from_json(config.to_json()) == config


def test_a_third_party_field_is_checked_like_any_other(installed: Path) -> None:
    text = '{"backbone": {"tinyvgg": {"filter": 4, "max_stride": 12}}}'

    with pytest.raises(poise.ConfigError) as caught:
        poise.ModelConfig.from_json(text)

    assert "did you mean 'filters'? @ model.backbone.tinyvgg.filter" in str(caught.value)
    assert "got 12; did you mean 8 or 16? @ model.backbone.tinyvgg.max_stride" in str(caught.value)


def test_without_the_third_party_plugin_its_section_survives() -> None:
    data = {"backbone": {"tinyvgg": {"filters": 4}}, "heads": {}}

    with pytest.warns(poise.PluginNotInstalledWarning, match="no backbone 'tinyvgg'"):
        config = poise.ModelConfig.from_data(data)

    assert config.to_data()["backbone"]["tinyvgg"] == {"filters": 4}


def at_stride(config: Any, stride: int) -> Any:
    """A head's configuration with every output at one stride."""
    changes: dict[str, Any] = {}
    for field in attrs.fields(type(config)):
        value = getattr(config, field.name)
        if field.name == "output_stride":
            changes[field.name] = stride
        elif attrs.has(type(value)):
            changes[field.name] = at_stride(value, stride)
    return attrs.evolve(config, **changes)


def test_every_head_sits_on_a_third_party_backbone(installed: Path, keras: Any) -> None:
    backbone = poise.backbones["tinyvgg"].config(filters=2, max_stride=8)
    heads = dict(poise.heads.items())

    for key, spec in heads.items():
        head = at_stride(spec.config(), 4)
        config = poise.ModelConfig(
            backbone=poise.BackboneConfig(tinyvgg=backbone), heads=poise.HeadsConfig(**{key: head})
        )
        model = poise.build(config, (16, 24, 1), SKELETON, CLASSES)
        maps = [output.shape for output in model.output.values() if len(output.shape) == 4]
        assert {shape[1:3] for shape in maps} == {(4, 6)}, key

    assert len(heads) >= 7


def test_a_third_party_head_sits_on_every_backbone(installed: Path, keras: Any) -> None:
    heads = poise.HeadsConfig(heatline=poise.heads["heatline"].config(output_stride=4))
    built = []

    for key, spec in poise.backbones.items():
        examples = [
            example for example in spec.examples.values() if spec.output_stride(example) <= 4
        ]
        config = poise.ModelConfig(backbone=poise.BackboneConfig(**{key: examples[0]}), heads=heads)
        model = poise.build(config, (64, 96, 1), SKELETON)
        shapes = {tuple(output.shape) for output in model.output.values()}
        assert shapes == {(None, 16, 24, 2)}, key
        built.append(key)

    assert {"tinyvgg", "unet"} <= set(built)


def test_a_model_of_strangers_is_saved_and_loaded(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    config = poise.ModelConfig.from_data(
        {
            "backbone": {"tinyvgg": {"filters": 2, "max_stride": 8}},
            "heads": {"heatline": {"output_stride": 2}},
            "edition": "2026",
        }
    )
    images = np.random.default_rng(0).random((1, 16, 24, 1), dtype=np.float32)
    model = poise.build(config, (16, 24, 1), SKELETON)

    poise.save(model, tmp_path / "model")
    again = poise.load(tmp_path / "model")

    expected = keras.ops.convert_to_numpy(model(images)["heatlines"])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(again(images)["heatlines"]), expected, atol=1e-6
    )
    provenance = (tmp_path / "model" / "poise.json").read_text(encoding="utf-8")
    assert "poise-tinyvgg" in provenance
    assert "poise-heatline" in provenance


def test_a_model_of_strangers_predicts_with_the_decoder_of_its_head(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    import poise_workflows

    config = poise.ModelConfig.from_data(
        {
            "backbone": {"tinyvgg": {"filters": 2, "max_stride": 8}},
            "heads": {"disks": {"output_stride": 4, "radius": 8}},
            "edition": "2026",
        }
    )
    model = poise.build(config, (32, 48, 1), SKELETON)
    poise.save(model, tmp_path / "model")
    frames = np.random.default_rng(0).integers(0, 256, (3, 32, 48, 1), np.uint8)
    expected = poise.decode(model, model(frames.astype("float32") / 255), threshold=0.1)

    predictor = poise_workflows.load(tmp_path / "model", batch_size=2, peak_threshold=0.1)
    labels = predictor.predict(frames)

    assert predictor.pipeline.skeleton == SKELETON
    assert expected.counts.tolist() == [1, 1, 1]
    points = [frame.instances[0].numpy() for frame in labels]
    np.testing.assert_allclose(points, expected.points[:, 0], atol=1e-3)


def test_a_head_of_strangers_exports_points_by_what_it_declares(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    from poise_workflows.exporting import ExportError
    from poise_workflows.exporting.points import description_of, points_model

    backbone = {"tinyvgg": {"filters": 2, "max_stride": 8}}
    for key in ("disks", "heatline"):
        data = {"backbone": backbone, "heads": {key: {"output_stride": 4}}}
        config = poise.ModelConfig.from_data({**data, "edition": "2026"})
        poise.save(poise.build(config, (32, 48, 1), SKELETON), tmp_path / key)
    frames = np.random.default_rng(0).integers(0, 256, (3, 32, 48, 1), np.uint8)

    model = points_model(tmp_path / "disks")

    network = poise.load(tmp_path / "disks")
    animals = poise.decode(network, network(frames.astype("float32") / 255))
    arrays = model.predict_on_batch(frames)
    assert animals.counts.tolist() == [1, 1, 1]
    np.testing.assert_allclose(arrays["points"], animals.points, atol=0.01)
    np.testing.assert_allclose(arrays["instance_scores"], animals.instance_scores, rtol=1e-5)
    assert description_of(model).names["part"] == tuple(SKELETON.parts)  # type: ignore[union-attr]
    with pytest.raises(ExportError, match="'heatline', which declares no decode_in_graph"):
        points_model(tmp_path / "heatline")


def tower(tmp_path: Path, **fields: Any) -> Path:
    """A SLEAP file with a backbone that shares no field name with SLEAP's backbones."""
    backbone = {"tinytower": {"filters": 2, **fields}}
    data = {"backbone": backbone, "heads": {"single_instance": {"output_stride": 4}}}
    path = tmp_path / "training_config.json"
    path.write_text(json.dumps({"model": data}), encoding="utf-8")
    return path


def test_another_stride_is_told_whatever_a_stranger_calls_it(
    installed: Path, tmp_path: Path
) -> None:
    job = poise.read_sleap(tower(tmp_path, finest=2, floors=1))
    resolution = poise.resolve(job.config, SKELETON)

    assert [str(note) for note in job.report.of("edition") if "tinytower" in str(note)] == [
        "model.backbone.tinytower: backbone_stride_of_main_output: the file has 2; SLEAP since "
        "1.0.10 builds for the 4 of model.heads.single_instance.output_stride"
    ]
    assert resolution.config.backbone.tinytower.finest == 4
    assert resolution.notes == (
        "model.backbone.tinytower is built for output stride 4 (the main output's), not 2",
    )


def test_strangers_stacks_are_known_before_they_are_built(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    job = poise.read_sleap(tower(tmp_path, finest=4, floors=3))
    model = poise.build(job.config, (32, 64, 1), SKELETON)

    assert list(model.output) == ["confmaps_0", "confmaps_1", "confmaps_2"]
    assert set(poise.compile_args(job.config, SKELETON)["loss"]) == set(model.output)
    about = [note.path for note in job.report if "heads_of_several_stacks" in note.what]
    assert about == ["model.backbone.tinytower"]


def test_a_saved_model_records_who_provided_a_strangers_encoder(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    job = poise.read_sleap(tower(tmp_path, finest=4, trunk="tinycoder"))
    poise.save(poise.build(job.config, (32, 64, 1), SKELETON), tmp_path / "model")
    written = json.loads((tmp_path / "model" / "poise.json").read_text(encoding="utf-8"))

    assert [
        (plugin["kind"], plugin["key"], plugin["distribution"]) for plugin in written["plugins"]
    ] == [
        ("backbone", "tinytower", "poise-tinycoder"),
        ("head", "single_instance", "poise-heads"),
        ("encoder", "tinycoder", "poise-tinycoder"),
    ]


def test_weights_travel_in_a_strangers_wheel_with_their_license(
    installed: Path, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_OFFLINE", "1")
    config = poise.ModelConfig(
        backbone=poise.PretrainedEncoderConfig(encoder="tinycoder", decoder_filters=4),
        heads=poise.CentroidsHeadConfig(output_stride=2),
    )
    model = poise.build(config, (32, 64, 1))

    report = poise.load_pretrained(model)

    record = poise.record_of(model)
    assert record is not None
    (origin,) = record.origins
    assert report.source == str(installed / "poise_tinycoder" / "tinycoder.h5")
    assert not [note for note in report.notes if "verified" in note or "checksum" in note]
    assert (origin.kind, origin.name) == ("published weights", "encoder-tinycoder-dots")
    assert (origin.license, origin.verified) == ("CC0-1.0", True)


def test_a_decoder_has_nothing_to_join_below_the_stride_that_an_encoder_begins_at(
    installed: Path, keras: Any
) -> None:
    config = poise.ModelConfig(
        backbone=poise.PretrainedEncoderConfig(encoder="convnext_tiny", decoder_filters=8),
        heads=poise.CentroidsHeadConfig(output_stride=2),
    )

    model = poise.build(config, (32, 64, 3))

    names = [layer.name for layer in model.layers]
    assert {name for name in names if name.endswith("_concat")} == {
        f"decoder_stage{stage}_concat" for stage in range(3)
    }
    assert model.output["confmaps"].shape[1:] == (16, 32, 1)
    assert "convnext_tiny_stage_0_block_2_add" in [each.name for each in model.operations]


@pytest.mark.parametrize("key", ["tinyvgg", "heatline", "tinytower"])
def test_strangers_keep_every_promise(installed: Path, keras: Any, key: str) -> None:
    outcomes = [case.outcome() for case in cases(key)]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert len(outcomes) > 25


def test_a_third_party_tracker_keeps_every_promise(installed: Path) -> None:
    outcomes = [case.outcome() for case in cases("nearest", kind="tracker")]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert len(outcomes) > 25
    assert {"nearest", "simple"} <= set(poise.plugins_of("tracker"))


def test_a_third_party_tracker_tracks_through_the_command(
    site: Path, workspace: Path, keras: Any, tmp_path: Path
) -> None:
    import sleap_io

    flies = workspace / "docs/examples/flies"
    words = [str(flies / "flies.mp4"), "-m", str(flies / "model"), "--frames", "0-9"]
    tracked, small = tmp_path / "tracked.slp", tmp_path / "small.slp"

    said = run_poise(site, "predict", *words, "--track", "nearest", "-o", str(tracked))
    run_poise(
        site, "track", str(tracked), "-o", str(small), "--track=nearest", "--tracking.reach=0.01"
    )

    assert "tracker: nearest, edition 2026" in said
    of_animals = sleap_io.load_slp(str(tracked), open_videos=False)
    assert [track.name for track in of_animals.tracks] == ["track_0", "track_1"]
    for frame, later in pairwise(of_animals):
        by_track = {animal.track.name: animal.numpy() for animal in later}
        for animal in frame:  # flies move few pixels from frame to frame
            moved = np.nanmedian(np.abs(animal.numpy() - by_track[animal.track.name]))
            assert moved < 20
    # Nobody moves less than a hundredth of a pixel, so each is somebody else in each frame.
    assert len(sleap_io.load_slp(str(small), open_videos=False).tracks) > 10


def test_a_third_party_suggester_keeps_every_promise(installed: Path) -> None:
    outcomes = [case.outcome() for case in cases("crowded", kind="suggester")]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert len(outcomes) >= 8


def test_a_third_party_suggester_suggests_through_the_command(site: Path, tmp_path: Path) -> None:
    import sleap_io

    furnish(tmp_path / "place")
    flies, project = tmp_path / "place" / "flies.slp", tmp_path / "project.slp"
    labels = sleap_io.load_slp(str(flies), open_videos=False)
    labels[2][0].points["xy"] = labels[2][1].numpy() + 3
    labels.save(str(flies), verbose=False)

    said = run_poise(site, "suggest", str(flies), "-o", str(project), "--by=crowded", "-n", "1")

    assert "by crowded  1 frame  2\n" in said
    suggestions = sleap_io.load_slp(str(project), open_videos=False).suggestions
    assert [frame.frame_idx for frame in suggestions] == [5, 2]


def test_a_third_party_engine_keeps_every_promise(installed: Path) -> None:
    outcomes = [case.outcome() for case in cases("shell", kind="engine")]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert len(outcomes) >= 11


def test_a_third_party_engine_runs_a_queue_through_the_command(
    site: Path, workspace: Path, keras: Any, tmp_path: Path
) -> None:
    flies, results = workspace / "docs/examples/flies", tmp_path / "results"
    (tmp_path / "videos").mkdir()
    shutil.copy(flies / "flies.mp4", tmp_path / "videos" / "flies.mp4")
    words = ["predict", str(tmp_path / "videos"), "-m", str(flies / "model"), "-o", str(results)]
    template = f"template=echo it ran > {tmp_path}/told; exec {{command}}"
    of_engine = ["--jobs=1", "--engine=shell", "--engine-option", template]

    said = run_poise(site, *words, *of_engine, "--frames", "0-9", "--devices", "cpu")

    assert "1 video: 0 waiting, 0 claimed, 1 done, 0 aside" in said
    assert (tmp_path / "told").read_text() == "it ran\n"
    assert (results / "flies.predictions.slp").is_file()


def test_a_third_party_exporter_keeps_every_promise(installed: Path, keras: Any) -> None:
    outcomes = [case.outcome() for case in cases("litert", kind="exporter")]

    assert [outcome.message for outcome in outcomes if outcome.status == "broken"] == []
    assert sum(outcome.status == "kept" for outcome in outcomes) > 6
    assert {"litert", "onnx"} <= set(poise.plugins_of("exporter"))


@pytest.mark.parametrize("form", ["onnx", "saved_model", "frozen_graph", "litert"])
def test_a_backbone_and_a_head_of_strangers_are_exported_to_every_format(
    form: str, installed: Path, keras: Any, tmp_path: Path
) -> None:
    import poise_workflows

    if form == "onnx":
        pytest.importorskip("tf2onnx", reason="of poise-workflows[onnx]")
    config = poise.ModelConfig.from_data(
        {
            "backbone": {"tinyvgg": {"filters": 2, "max_stride": 8}},
            "heads": {"heatline": {"output_stride": 2}},
            "edition": "2026",
        }
    )
    poise.save(poise.build(config, (None, None, 1), SKELETON), tmp_path / "model")

    exported = poise_workflows.export(
        tmp_path / "model", tmp_path / form, format=form, image=(32, 48), batch=2
    )

    assert exported.difference <= 1e-4
    assert [output["name"] for output in exported.manifest["outputs"]] == ["heatlines"]


def test_a_third_party_runtime_predicts_as_keras_does(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    """The head and the backbone are strangers', too."""
    import poise_workflows

    config = poise.ModelConfig.from_data(
        {"backbone": {"tinyvgg": {"filters": 2}}, "heads": {"disks": {"output_stride": 4}}}
    )
    poise.save(poise.build(config, (None, None, 1), SKELETON, seed=1), tmp_path / "model")
    export = poise_workflows.export(
        tmp_path / "model", tmp_path / "litert", format="litert", image=(32, 48), batch=2
    ).folder
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 48, 1), dtype=np.uint8)
    expected = poise_workflows.load(tmp_path / "model", batch_size=2)

    predictor = poise_workflows.load(export, batch_size=2, runtime="litert")

    here, there = predictor.predict_frames(images), expected.predict_frames(images)
    np.testing.assert_allclose(here.points, there.points, rtol=0, atol=0.01)
    assert poise_workflows.load(export, runtime="auto").options.runtime == "litert"


def test_what_a_third_party_format_cannot_have_is_refused(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    import poise_workflows

    config = poise.ModelConfig.from_data(
        {"backbone": {"tinyvgg": {"filters": 2}}, "heads": {"disks": {"output_stride": 4}}}
    )
    poise.save(poise.build(config, (None, None, 1), SKELETON), tmp_path / "model")

    with pytest.raises(poise_workflows.ExportError) as error:
        poise_workflows.export(tmp_path / "model", tmp_path / "out", format="litert")

    assert [str(fault) for fault in error.value.faults] == [
        "must be a number for LiteRT, got any; pass --image 192,192 @ image",
        "must be a number for LiteRT, got any; pass --batch 1 @ batch",
    ]
    assert not (tmp_path / "out").exists()


def test_a_broken_exporter_of_strangers_takes_no_other_with_it(
    site: Path, keras: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    info = tmp_path / "poise_wreck-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poise-wreck\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[poise.exporters]\nwreck = poise_wreck\n")
    (tmp_path / "poise_wreck.py").write_text("raise RuntimeError('no license')\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry.reset()

    exporters = poise.plugins_of("exporter")

    assert {"onnx", "saved_model", "frozen_graph"} <= set(exporters)
    assert exporters["onnx"].key == "onnx"
    with pytest.raises(poise.PluginError, match="no license"):
        exporters["wreck"]
    registry.reset()


def test_a_third_party_value_with_a_unit_is_converted(installed: Path, keras: Any) -> None:
    heads = {"disks": {"radius": 4.0, "output_stride": 4}}
    config = poise.ModelConfig.from_data(
        {"backbone": {"tinyvgg": {}}, "heads": heads, "edition": "sleap-1.4"}
    )
    labels = poise.Labels(np.array([[[[8.0, 8], [20, 12], [4, 20]]]]), parts=SKELETON.parts)

    moved = poise.to_edition_with_report(config, "2026")

    assert moved.config.heads.disks.radius == 16
    (note,) = moved.report
    assert (note.kind, note.path) == ("converted", "model.heads.disks.radius")
    assert poise.to_edition(moved.config, "sleap-1.4") == config
    before, after, number_kept = (
        keras.ops.convert_to_numpy(
            poise.make_targets(poise.resolve(of, SKELETON), labels, (32, 32))["disks"]
        )
        for of in (config, moved.config, attrs.evolve(config, edition="2026"))
    )
    np.testing.assert_array_equal(after, before)
    assert (number_kept != before).any()


def test_a_backbone_and_a_head_of_strangers_train_and_are_begun_from(
    installed: Path, keras: Any, tmp_path: Path
) -> None:
    import poise_workflows

    labels = small_trainings.write_labels(tmp_path / "flies")
    job = strangers_job(tmp_path, {"disks": {"output_stride": 4, "radius": 8}})
    values = {"optimization.epochs": 2}

    run = poise_workflows.train(job, labels, tmp_path / "run", values=values)
    begun = poise_workflows.train(job, labels, tmp_path / "more", values=values, start=run.folder)

    reading = poise.read(run.folder)
    assert reading.config.heads.which_oneof_attrib_name() == "disks"
    assert reading.build().count_params() > 0
    assert any(f"of {run.folder}" in note for note in begun.notes)
    # They evaluate without a line of their own.
    result = poise_workflows.evaluate(
        labels, models=run.folder, including_training_frames=True, progress="none"
    )
    assert run.metrics["frames.labeled"] == 1
    assert (result.metrics["frames.labeled"], result.metrics["frames.trained"]) == (10, 9)
    assert set(result.parts) == {"head", "tail"}
    page = ReportPage(run.folder)
    assert "tinyvgg + disks" in page.words
    assert page.epochs == [1, 2]
    assert page.tags.count("image") >= 2 * 2  # of two epochs, the frame and the map of its disks
    assert "Errors in pixels of the frames" in page.words
    assert [note for note in run.notes if "report.html" in note] == []


def test_a_strangers_head_without_targets_is_refused_before_anything_is_written(
    installed: Path, tmp_path: Path
) -> None:
    import poise_workflows

    labels = small_trainings.write_labels(tmp_path / "flies")
    job = strangers_job(tmp_path, {"heatline": {"edges": [["head", "tail"]]}})

    with pytest.raises(poise_workflows.TrainingError) as error:
        poise_workflows.train(job, labels, tmp_path / "run")

    assert str(error.value) == (
        "must make targets to be trained, got a head type that makes none for 'heatlines'; "
        "ask its author @ model.heads.heatline"
    )
    assert not (tmp_path / "run").exists()


def strangers_job(folder: Path, heads: Any) -> Path:
    """A job for a stranger's backbone and head."""
    model = {"backbone": {"tinyvgg": {"filters": 2, "max_stride": 8}}, "heads": heads}
    return small_trainings.write_job(folder / "job.json", model={**model, "edition": "2026"})


def test_a_training_begins_with_the_published_weights_that_a_strangers_encoder_brings(
    installed: Path, keras: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import poise_workflows

    monkeypatch.setenv("POISE_OFFLINE", "1")
    labels = small_trainings.write_labels(tmp_path / "flies")
    job = small_trainings.write_job(
        tmp_path / "job.json",
        model={
            "backbone": {"pretrained_encoder": {"encoder": "tinycoder", "decoder_filters": 4}},
            "heads": {"centroid": {"output_stride": 2}},
        },
    )

    run = poise_workflows.train(job, labels, tmp_path / "run", values={"optimization.epochs": 1})

    (note,) = [note for note in run.notes if "published" in note]
    assert re.fullmatch(r"\d+ weights are published ones: .*tinycoder.*", note, re.IGNORECASE)
