"""What ``poise build`` prints, saves and refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from poise import BackboneSpec, BuildError, Fault, HeadSpec, Output, Registry, hookimpl, registry
from poise.cli import main
from poise.fields import integer, names, optional, power_of_two, to_tuple

pytestmark = pytest.mark.usefixtures("keras")


@attrs.frozen(kw_only=True)
class TinyConfig:
    """Made up: one convolution, one pooling."""

    filters: int = attrs.field(default=3, validator=integer(at_least=1))
    max_stride: int = attrs.field(default=2, validator=power_of_two())
    output_stride: int = attrs.field(default=2, validator=power_of_two())


@attrs.frozen(kw_only=True)
class DotsConfig:
    """Made up: a map a part."""

    part_names: tuple[str, ...] | None = attrs.field(
        default=None, converter=to_tuple, validator=optional(names())
    )
    output_stride: int = attrs.field(default=2, validator=power_of_two())


def _backbone(config: TinyConfig, image: Any) -> list[dict[int, Any]]:
    from keras import layers

    features = layers.Conv2D(config.filters, 3, padding="same", name="stack0_enc0_conv0")(image)
    return [{2: layers.MaxPooling2D(2, name="stack0_enc1_pool")(features)}]


def _outputs(config: DotsConfig, skeleton: Any, classes: Any) -> tuple[Output, ...]:
    parts = config.part_names or (skeleton and skeleton.parts)
    if not parts:
        raise BuildError([Fault("no parts are named", "part_names")])

    def build(features: Any, suffix: str) -> Any:
        from keras import layers

        return layers.Conv2D(len(parts), 1, name=f"DotsHead{suffix}")(features)

    return (
        Output(
            name="dots",
            layer_name="DotsHead",
            stride=config.output_stride,
            channels=len(parts),
            build=build,
        ),
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder, with ``model.json``, where one backbone and one head are installed."""
    tiny = BackboneSpec(key="tiny", config=TinyConfig, build=_backbone, max_stride=lambda config: 2)
    dots = HeadSpec(key="dots", config=DotsConfig, outputs=_outputs)
    plugin = SimpleNamespace(
        __name__="poise-made-up",
        poise_backbones=hookimpl(lambda: [tiny]),
        poise_heads=hookimpl(lambda: [dots]),
    )
    registry.reset(Registry(plugins=[plugin]))
    monkeypatch.chdir(tmp_path)
    write("model.json", {})
    yield tmp_path
    registry.reset()


def write(name: str, heads: dict[str, Any]) -> None:
    model = {
        "backbone": {"tiny": {}},
        "heads": {"dots": {"part_names": ["nose", "tail"], **heads}},
        "edition": "2026",
    }
    Path(name).write_text(json.dumps(model))


def test_a_model_is_shown_by_parts_and_outputs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["build", "model.json", "--image", "32,48,1"])

    assert capsys.readouterr().out == (
        "model.json: tiny_dots, edition 2026\n"
        "  read from  model.json\n"
        "  image      32 × 48 × 1\n"
        "  weights    none, freshly initialized\n"
        "\n"
        "  PART        LAYERS  WITH WEIGHTS  STRIDE  PARAMETERS\n"
        "  input       1       0             1       0\n"
        "  stack0 enc  2       1             1 → 2   30\n"
        "  DotsHead    1       1             2       8\n"
        "  all         4       2                     38\n"
        "\n"
        "  OUTPUT  LAYER     SHAPE        STRIDE  CHANNELS  LOSS                WEIGHT\n"
        "  dots    DotsHead  16 × 24 × 2  2       2         mean_squared_error  1\n"
    )
    assert status == 0


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        (["--image", "any,any,1"], "any × any × 2"),
        (["--image", "31,47,1", "--auto-pad"], "16 × 24 × 2"),
        (["--image", "any,any,3", "--auto-pad"], "any × any × 2"),
    ],
)
def test_sizes_may_be_any_or_be_padded(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], shape: str
) -> None:
    assert main(["build", "model.json", *arguments]) == 0

    shown = capsys.readouterr().out
    assert f"DotsHead  {shape}" in shown
    assert "stack0 enc  2       1             1 → 2" in shown


def test_a_saved_model_is_read_back_with_its_size_and_weights(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "model.json", "--image", "32,48,1", "-o", "out"]) == 0
    assert capsys.readouterr().out.endswith("\nsaved in out\n")

    assert main(["build", "out"]) == 0

    shown = capsys.readouterr().out
    assert "image      32 × 48 × 1 (from config.json)" in shown
    assert f"weights    {Path('out/model.weights.h5')}" in shown
    assert "4 of the model's 4 weights matched" in shown


def test_how_a_job_prepares_images_is_shown_and_saved(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {"preprocessing": {"input_scaling": 0.5}, "instance_cropping": {"crop_size": 96}}
    model = json.loads(Path("model.json").read_text())
    Path("job.json").write_text(json.dumps({"data": data, "model": model}))
    lines = ("data.preprocessing.input_scaling = 0.5", "data.instance_cropping.crop_size = 96")

    for command in (["build", "job.json", "--image", "32,48,1", "-o", "out"], ["build", "out"]):
        assert main(command) == 0
        shown = capsys.readouterr().out
        assert "\nImages are prepared with\n  " + "\n  ".join(lines) + "\n" in shown
    assert main(["check", "out"]) == 0
    shown = capsys.readouterr().out
    assert "  images prepared with:\n    " + "\n    ".join(lines) + "\n" in shown


def test_a_saved_model_that_pads_is_built_to_do_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["build", "model.json", "--image", "31,48,1", "--auto-pad", "-o", "out"])
    capsys.readouterr()

    assert main(["build", "out"]) == 0
    assert "DotsHead  16 × 24 × 2" in capsys.readouterr().out


@pytest.mark.parametrize("file", ["job", "job/training_config.json", "job.zip"])
def test_a_trained_model_is_built_for_the_channels_of_its_weights(
    folder: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    main(["build", "model.json", "--image", "32,48,3", "-o", "job"])
    capsys.readouterr()
    Path("job/poise.json").unlink()
    Path("job/training_config.json").write_text(
        json.dumps({"model": json.loads(Path("job/config.json").read_text())})
    )
    shutil.make_archive("job", "zip", "job")

    assert main(["build", file]) == 0

    shown = capsys.readouterr().out
    weights = "job.zip" if file == "job.zip" else Path("job/model.weights.h5")
    assert "image      any × any × 3 (channels as the weights take)" in shown
    assert f"weights    {weights}" in shown
    assert "4 of the model's 4 weights matched" in shown


def test_a_folder_that_is_taken_is_not_overwritten_unless_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = ["build", "model.json", "--image", "32,48,1", "-o", "out"]
    main(build)
    capsys.readouterr()

    assert main(build) == 2
    assert "out already holds a model" in capsys.readouterr().err
    assert main([*build, "--overwrite"]) == 0


def test_weights_of_another_model_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("other.json", {"part_names": ["nose"]})
    main(["build", "other.json", "--image", "32,48,1", "-o", "other"])
    capsys.readouterr()

    status = main(["build", "model.json", "--image", "32,48,1", "--weights", "other"])

    assert status == 1
    assert "wrong shape (file for model): 2: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ["--image", "33,48,1"],
            1,
            "poise: model.json: 1 fault\n  height must be a multiple of 2, got 33; use 32 or 34",
        ),
        (["--image", "32,48"], 2, "must be height,width,channels as in 512,512,1"),
        (["--image", "32,48,0"], 2, "got '32,48,0'"),
        (["--image", "32,48,any"], 2, "got '32,48,any'"),
        ([], 2, "--image H,W,C is needed"),
        (["--image", "32,48,1", "--weights", "nowhere.h5"], 2, "nowhere.h5: no such file"),
        (["--image", "32,48,1", "--edition", "1999"], 2, "'1999' is not one of"),
    ],
)
def test_a_mistake_is_a_message_and_an_exit_status(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    message: str,
) -> None:
    assert main(["build", "model.json", *arguments]) == status

    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""


def test_missing_names_are_a_fault_of_building(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("profile.json", {"part_names": None})

    assert main(["build", "profile.json", "--image", "32,48,1"]) == 1

    message = "poise: profile.json: 1 fault\n  no parts are named @ model.heads.dots.part_names\n"
    assert capsys.readouterr().err == message


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "nowhere.json", "--image", "32,48,1"]) == 2
    assert capsys.readouterr().err == "poise: nowhere.json: No such file or directory\n"
