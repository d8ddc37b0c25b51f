"""Command lines of ``sleap-export``: which ``poise export`` stands for each."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

import seeing
from lab_lines import save_as_sleap
from poise.cli import main
from poise_workflows.prediction.options import OptionsError
from poise_workflows.sleap_commands.export_parser import parser
from poise_workflows.sleap_commands.export_plan import ExportPlan, plan
from poise_workflows.sleap_commands.parsing import ignored_by

pytestmark = pytest.mark.usefixtures("keras")

ALWAYS = "--format frozen_graph --points"
STAGES = "models/centroid models/centered"
OF_SIZE = "64,96"


HEADS = {
    "single": "single_instance",
    "centroid": "centroid",
    "centered": "centered_instance",
    "bottomup": "multi_instance",
}


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with folders of SLEAP that are never built."""
    monkeypatch.chdir(tmp_path)
    for name, head in HEADS.items():
        write_model(tmp_path / "models" / name, head, target=(64, 96))
    write_model(tmp_path / "models" / "old", "single_instance", shape=[None, 96, 96, 1])
    return tmp_path


def write_model(
    folder: Path,
    head: str,
    target: tuple[int | None, int | None] = (None, None),
    shape: Any = None,
    scaling: float = 1.0,
) -> None:
    """A folder as of SLEAP, with the shape of the network but without its weights."""
    import h5py

    folder.mkdir(parents=True)
    sides = dict(zip(("target_height", "target_width"), target, strict=True))
    data = {
        "data": {"preprocessing": {**sides, "input_scaling": scaling}},
        "model": {"backbone": {"unet": seeing.UNET}, "heads": {head: seeing.HEADS[head]}},
    }
    (folder / "training_config.json").write_text(json.dumps(data), encoding="utf-8")
    layer = {"class_name": "InputLayer", "config": {"batch_input_shape": shape}}
    with h5py.File(folder / "best_model.h5", "w") as file:
        if shape is not None:
            file.attrs["model_config"] = json.dumps({"config": {"layers": [layer]}})


def planned(line: str) -> ExportPlan:
    options, _ = parser().parse_known_args(shlex.split(line))
    return plan(options)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("-m models/old", f"models/old {ALWAYS} --image 96,96 -o exported_model"),
        ("--model models/old -e out", f"models/old {ALWAYS} --image 96,96 -o out"),
        (
            "--mod models/old/training_config.json --export o",
            f"models/old/training_config.json {ALWAYS} --image 96,96 -o o",
        ),
        (
            "-m models/centroid -m models/centered -n 3 --export_path a/b",
            f"{STAGES} {ALWAYS} --max-instances 3 --image {OF_SIZE} -o a/b",
        ),
        (
            "-m models/centered --max_inst 3 -m models/centroid",
            f"models/centered models/centroid {ALWAYS} --max-instances 3 --image {OF_SIZE} "
            "-o exported_model",
        ),
        ("-m models/centered", f"models/centered {ALWAYS} -o exported_model"),
        ("-m gone -n 2", f"gone {ALWAYS} --max-instances 2 -o exported_model"),
    ],
)
def test_a_line_stands_for_an_export(line: str, command: str, lab: Path) -> None:
    result = planned(line)

    assert shlex.join(result.command) == f"export {command} --renew"
    assert result.notes == ()


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("-m models/bottomup -n 3", "--max_instances is ignored, as in SLEAP: the models are bot"),
        ("-m models/centered -n 3", "--max_instances is ignored, a crop has one animal"),
        (
            "-m models/bottomup -m models/centroid -m models/centered",
            "models/bottomup is ignored, as in SLEAP: models/centroid, models/centered is used",
        ),
    ],
)
def test_what_sleap_ignored_is_said(line: str, note: str, lab: Path) -> None:
    result = planned(line)

    assert result.notes[0].startswith(note)
    assert "--max-instances" not in result.command


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "-m models/old -r",
            "must be left out, got -r; the arrays of Poise's graph have fixed shapes",
        ),
        ("", "must name a model folder, got none; pass -m MODEL @ --model"),
        ("-m models/old -n 0", "must be a whole number from 1, got 0 @ --max_instances"),
        ("-m movenet-lightning", "SLEAP downloaded it from TensorFlow Hub"),
    ],
)
def test_what_poise_cannot_do_is_refused(line: str, says: str, lab: Path) -> None:
    with pytest.raises(OptionsError) as caught:
        planned(line)

    assert says in str(caught.value)


def test_all_faults_are_said_at_once(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sleap-export", "-r", "-n", "-1"]) == 2

    said = capsys.readouterr().err
    assert [name for name in ("--model", "--ragged", "--max_instances") if name not in said] == []


def test_frames_of_unknown_size_are_refused_with_the_call_that_says_one(lab: Path) -> None:
    write_model(lab / "any", "multi_instance", target=(64, None), shape=[None, None, None, 1])

    with pytest.raises(OptionsError) as caught:
        planned("-m any")

    assert "must be a folder whose best_model.h5 has the size of the frames" in str(caught.value)
    call = f"run poise export any {ALWAYS} --image HEIGHT,WIDTH -o OUT"
    assert call in str(caught.value)


def test_a_size_that_poise_knows_is_left_to_it(lab: Path) -> None:
    import poise

    sections = {"backbone": {"unet": {**seeing.UNET, "filters": 4}}}
    config = poise.ModelConfig.from_data({**sections, "heads": {"centroid": seeing.FINE}})
    poise.save(poise.build(config, (64, 64, 1)), "sized")

    assert "--image" not in planned("-m sized -m models/centered").command


def test_a_number_of_animals_that_is_none_is_refused_by_the_parser(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sleap-export", "-m", "a", "-n", "two"]) == 2

    assert "argument -n/--max_instances: invalid int value: 'two'" in capsys.readouterr().err


def test_options_and_words_that_sleap_never_had_are_ignored_by_name() -> None:
    grammar = parser()
    options, unknown = grammar.parse_known_args(["-m", "a", "b", "c", "--exportpath", "d"])

    assert options.models == ["a"]
    assert ignored_by(grammar, unknown) == [
        "b c is ignored, as in SLEAP: it belongs to no option",
        "--exportpath d is ignored, as in SLEAP, which has no such option; "
        "the nearest option is --export_path",
    ]


def test_the_shape_of_the_network_counts_before_the_job(lab: Path) -> None:
    model = {"target": (50, 70), "shape": [None, 48, 64, 1], "scaling": 0.5}
    write_model(lab / "both", "single_instance", **model)  # type: ignore[arg-type]

    assert "96,128" in planned("-m both").command


@pytest.mark.parametrize("stored", ["{", "[]", '{"config": {"layers": [3]}}', "[" * 9999])
def test_a_damaged_weights_file_says_no_size(stored: str, lab: Path) -> None:
    import h5py

    with h5py.File(lab / "models" / "single" / "best_model.h5", "w") as file:
        file.attrs["model_config"] = stored

    assert OF_SIZE in planned("-m models/single").command


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("minimal_robot.UNet.single_instance", "320,560"),
        ("minimal_instance.UNet.bottomup", "384,384"),
        ("minimal_instance.UNet.centroid", "384,384"),
        ("min_tracks_2node.UNet.bottomup_multiclass", "1024,1024"),
        ("minimal_instance.UNet.centered_instance", None),
    ],
)
def test_frames_have_the_shape_of_training_divided_by_the_scaling(
    model: str, size: str | None, shared: Path
) -> None:
    command = planned(f"-m {shared / 'sleap' / 'models' / model}").command

    assert ("--image" in command) == (size is not None)
    assert size is None or command[command.index("--image") + 1] == size


def run(folder: str, images: Any) -> dict[str, Any]:
    from poise_workflows.exporting.formats import frozen_graphs

    return frozen_graphs.run(Path(folder), images)


def test_the_graph_is_that_of_the_command_that_is_named_and_a_former_one_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy as np

    if keras.backend.backend() != "tensorflow":
        pytest.skip("Poise writes this format from TensorFlow")
    monkeypatch.chdir(tmp_path)
    save_as_sleap(seeing.save_model("single_instance", Path("single"), filters=4), Path("old"))
    Path("out").mkdir()
    for name in ("frozen_graph.pb", "info.json", "confmap_config.json"):
        Path("out", name).write_text("of SLEAP", encoding="utf-8")

    assert main(shlex.split("sleap-export -m old -e out")) == 0
    said = capsys.readouterr()
    (line,) = [line for line in said.err.splitlines() if " runs poise " in line]
    words = shlex.split(line.split(" runs poise ")[1])
    assert main(["again" if word == "out" else word for word in words]) == 0

    assert "out was there, and is out.1 now" in said.out
    assert Path("out.1/frozen_graph.pb").read_text("utf-8") == "of SLEAP"
    images = np.stack([(255 * each).astype("uint8") for each in seeing.dots(2, 96)])[..., None]
    first, second = run("out", images), run("again", images)
    assert first["points"].shape == (2, 1, 2, 2)
    assert not np.isnan(first["points"]).any()
    assert all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)
    for name in ("info.json", "confmap_config.json"):
        assert Path("out", name).read_text("utf-8") == Path("again", name).read_text("utf-8")
