"""What ``poise migrate`` prints, writes and refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import poise
from poise import fields, registry
from poise.cli import main
from poise.editions import SLEAP, Difference
from poise.testing.standins import DOT, POOLS, registry_of


@attrs.frozen(kw_only=True)
class BlobConfig:
    """Made up: a size in cells or pixels."""

    size: float = attrs.field(default=2.0, validator=fields.positive())
    output_stride: int = attrs.field(default=4, validator=fields.power_of_two())


def in_the_other_unit(config: Any, edition: str, job: Any) -> Any:
    stride = config.output_stride
    return attrs.evolve(config, size=config.size * (1 / stride if edition == SLEAP else stride))


BLOB = attrs.evolve(
    DOT,
    key="blob",
    config=BlobConfig,
    examples={},
    differences=(
        Difference(
            name="size_in_cells", sleap="size is in cells", documented="size is in pixels",
            path="size", touches=lambda config: True, convert=in_the_other_unit,
        ),
    ),
)  # fmt: skip
MODEL = {"backbone": {POOLS.key: {"max_stride": 4}}, "heads": {"blob": {"size": 2.5}}}
ALONE = {**MODEL, "edition": "sleap-1.4"}
JOB = {"data": {"preprocessing": {"input_scaling": 0.5}}, "model": MODEL, "name": "flies"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    registry.reset(registry_of(POOLS, BLOB))
    monkeypatch.chdir(tmp_path)
    Path("job.json").write_text(json.dumps(JOB))
    Path("model.json").write_text(json.dumps(ALONE))
    yield tmp_path
    registry.reset()


def test_without_an_output_it_only_says_what_would_change(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "job.json"]) == 0

    shown = capsys.readouterr().out
    assert shown.startswith("job.json: edition sleap-1.4 to 2026\n  converted (1): ")
    assert "    model.heads.blob.size: 2.5 in edition sleap-1.4 is 10 in 2026; " in shown
    assert shown.endswith("nothing written; name a new file with -o\n")
    assert sorted(path.name for path in folder.iterdir()) == ["job.json", "model.json"]


def test_a_job_keeps_its_other_sections(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "job.json", "-o", "new.json"]) == 0

    written = json.loads(Path("new.json").read_text())
    assert {**written, "model": MODEL} == JOB
    reading = poise.read("new.json")
    assert (reading.config.edition, reading.config.heads.blob.size) == ("2026", 10)
    assert reading.input_scaling == 0.5
    assert main(["migrate", "new.json", "--edition", "sleap-1.4", "-o", "old.json"]) == 0
    assert poise.read("old.json").config == poise.read("job.json").config


@pytest.mark.parametrize("name", ["new.json", "new.yaml"])
def test_a_configuration_alone_stays_one(name: str) -> None:
    assert main(["migrate", "model.json", "-o", name]) == 0

    assert poise.ModelConfig.load(name) == poise.to_edition(poise.read("model.json").config, "2026")


def test_nothing_is_replaced_unless_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("job.json").read_bytes()

    assert main(["migrate", "job.json", "-o", "job.json"]) != 0

    assert "must be a new file, got job.json, which exists" in capsys.readouterr().err
    assert Path("job.json").read_bytes() == before
    assert main(["migrate", "job.json", "-o", "job.json", "--overwrite"]) == 0
    assert poise.read("job.json").config.edition == "2026"


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (".", "must be a file, got ., which is a folder"),
        ("new.yml", "must be a .json file, got new.yml: FILE is a job, which is JSON"),
    ],
)
def test_an_output_that_could_not_be_read_again_is_refused(
    output: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "job.json", "-o", output]) != 0

    assert what in capsys.readouterr().err


def test_what_the_new_file_lacks_of_the_old_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    Path("job.json").write_text(json.dumps({**JOB, "model": {**MODEL, "colour": "red"}}))

    assert main(["migrate", "job.json", "-o", "new.json"]) == 0

    assert "model.colour" in capsys.readouterr().out
    assert "colour" not in Path("new.json").read_text()


@pytest.mark.usefixtures("keras")
def test_what_a_saved_model_has_beside_its_configuration_is_reported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {
        "preprocessing": {"input_scaling": 0.5},
        "instance_cropping": {"crop_size": 96},
        "labels": {"training_labels": "flies.slp"},
    }
    Path("job.json").write_text(json.dumps({**JOB, "data": data}))
    skeleton = poise.Skeleton(["head", "tail"])
    built = poise.read("job.json").build(
        (16, 24, 1), skeleton=skeleton, classes=["female", "male"], auto_pad=True
    )
    poise.save(built, "saved")

    assert main(["migrate", "saved", "-o", "new.json"]) == 0

    assert [line.strip() for line in capsys.readouterr().out.splitlines()][-8:-1] == [
        "data.preprocessing.input_scaling: 0.5, only in saved",
        "data.instance_cropping.crop_size: 96, only in saved",
        "the other sections of the job: 7 keys, only in saved",
        'skeleton: ["head", "tail"], only in saved',
        'classes: ["female", "male"], only in saved',
        "image: [16, 24, 1], only in saved",
        "auto_pad: true, only in saved",
    ]
    assert poise.read("new.json").job == poise.read("model.json").job


def test_of_a_configuration_alone_nothing_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "model.json", "-o", "new.json"]) == 0

    assert "not carried over" not in capsys.readouterr().out


def test_faults_of_the_file_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("job.json").write_text(json.dumps({**JOB, "model": {"heads": {"blob": {"size": -1}}}}))

    assert main(["migrate", "job.json", "-o", "new.json"]) == 1

    assert "must be a number > 0, got -1.0 @ model.heads.blob.size" in capsys.readouterr().err
    assert not Path("new.json").exists()
