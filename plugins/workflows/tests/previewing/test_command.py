"""``poise preview`` on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from poise.cli import main

pytestmark = pytest.mark.usefixtures("keras", "made_up")


def test_it_says_what_it_drew(
    job: Any, points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "preview.png"
    arguments = ["--labels", str(points), "-o", str(picture), "--edition", job.edition]

    assert main(["preview", str(job(2)), *arguments]) == 0

    lines = capsys.readouterr().out.splitlines()
    off = "0.71" if job.edition == "sleap-1.4" else "0.35"
    assert lines == [
        f"training_config.json: cells, edition {job.edition}",
        "  labeled   2 in points.json",
        f"  decoded   1, parts {off} pixels off on average, {off} at most",
        f"  drawn in  {picture}",
    ]
    assert picture.is_file()


def test_json_has_what_it_drew_in_numbers(
    job: Any, points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "preview.png"
    arguments = ["--labels", str(points), "-o", str(picture), "--edition", "2026", "--json"]

    assert main(["preview", str(job(2)), *arguments]) == 0

    (frame,) = (data := json.loads(capsys.readouterr().out))["frames"]
    assert data["title"] == "training_config.json: cells, edition 2026"
    assert data["output"] == str(picture)
    assert (frame["title"], frame["labeled"], frame["predicted"]) == ("points.json", 2, None)
    assert frame["decoded"]["animals"] == 1
    assert frame["decoded"]["mean_distance"] == pytest.approx(0.35, abs=0.01)


def test_a_value_of_the_configuration_is_set_for_the_picture(
    job: Any, points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "preview.png"
    words = ["preview", str(job(2)), "--labels", str(points), "-o", str(picture)]

    assert main([*words, "--set", "heads.cells.output_strid=1"]) == 1
    assert "has no field 'output_strid'; did you mean 'output_stride'?" in capsys.readouterr().err
    assert not picture.exists()

    assert main([*words, "--set", "heads.cells.output_stride=1", "--edition", "2026"]) == 0
    assert "output_stride is built as 1" in capsys.readouterr().out


def test_it_says_what_was_decided_about_the_model_and_what_was_not_read_of_it(
    points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = {
        "backbone": {"plain": {"output_stride": 2, "filtres": 8}},
        "heads": {"cells": {}},
        "base_checkpoint": "flies",
    }
    job = tmp_path / "training_config.json"
    job.write_text(json.dumps({"data": {}, "model": model, "extra": 1}), encoding="utf-8")
    arguments = ["--labels", str(points), "-o", str(tmp_path / "preview.png")]

    assert main(["preview", str(job), *arguments]) == 0

    unread, checkpoint = capsys.readouterr().out.splitlines()[-2:]
    assert unread.startswith("  note      model.backbone.plain.filtres: 8")
    assert checkpoint.startswith(
        "  note      model.base_checkpoint: training starts from the weights in 'flies', but "
    )


def test_it_says_what_was_not_read_of_a_configuration_alone(
    points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.json"
    data = {"backbone": {"plain": {}, "plane": None}, "heads": {"cells": {}}}
    model.write_text(json.dumps(data), encoding="utf-8")
    arguments = ["--labels", str(points), "-o", str(tmp_path / "preview.png")]

    assert main(["preview", str(model), *arguments]) == 0

    assert "  note      backbone.plane: null, and not written back" in capsys.readouterr().out


def test_faults_of_labels_are_shown_like_those_of_a_configuration(
    job: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "points.json").write_text('{"size": [4]}', encoding="utf-8")
    arguments = ["--labels", str(tmp_path / "points.json"), "-o", str(tmp_path / "preview.png")]

    assert main(["preview", str(job(1)), *arguments]) == 1

    complaint = capsys.readouterr().err
    first, form, fault, *_ = complaint.splitlines()
    assert first == f"poise: {tmp_path / 'points.json'}: 3 faults"
    assert form.startswith('  points in JSON have the form {"size": [height, width]')
    assert fault == "    must be [height, width] in pixels, got [4] @ size"
    assert not (tmp_path / "preview.png").exists()


def test_a_fault_that_no_path_leads_to_is_one_of_the_labels_too(
    job: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "points.json"
    labels.write_text("{", encoding="utf-8")

    assert main(["preview", str(job(1)), "--labels", str(labels)]) == 1

    complaint = capsys.readouterr().err
    assert complaint.startswith(f"poise: {labels}: 1 fault\n  not JSON: ")
    assert complaint.count("points.json") == 1


def test_labels_that_cannot_be_read_end_the_command_as_a_lost_file_does(
    job: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "flies.slp"
    labels.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")

    assert main(["preview", str(job(1)), "--labels", str(labels)]) == 2

    assert capsys.readouterr().err == (
        f"poise: {labels}: 1 fault\n  must be labels, got a git-lfs pointer; "
        "fetch the file itself with `git lfs pull`\n"
    )


def test_faults_of_a_configuration_stand_under_its_name(
    points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.json"
    model.write_text('{"backbone": {"plane": {}}, "heads": {"cells": {}}}', encoding="utf-8")

    assert main(["preview", str(model), "--labels", str(points)]) == 1

    assert capsys.readouterr().err.startswith(f"poise: {model}: 1 fault\n")


def test_an_animal_that_is_not_labeled_is_a_fault_of_the_option(
    job: Any, points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--labels", str(points), "-o", str(tmp_path / "preview.png")]

    assert main(["preview", str(job(1)), *arguments, "--crop", "64", "--animal", "2"]) == 1

    assert capsys.readouterr().err == (
        f"poise: {points}: 1 fault\n  must be an animal with a visible part, counted from 0, "
        "got 2; 2 are labeled, visible: 0, 1 @ --animal\n"
    )


@pytest.mark.parametrize("option", ["--frame", "--animal"])
def test_no_index_is_negative(
    option: str, job: Any, points: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--labels", str(points), "--crop", "64", option, "-1"]

    assert main(["preview", str(job(1)), *arguments]) == 2

    assert f"Invalid value for '{option}': -1 is not in the range" in capsys.readouterr().err


def test_an_animal_is_chosen_only_to_be_cut_out(
    job: Any, points: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", str(job(1)), "--labels", str(points), "--animal", "0"]) == 2

    assert "Error: --animal 0 needs --crop PIXELS" in capsys.readouterr().err


def test_points_in_json_have_one_frame_and_no_video(
    job: Any, points: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--labels", str(points), "--frame", "3", "--video", "flies.mp4"]

    assert main(["preview", str(job(1)), *arguments]) == 1

    assert capsys.readouterr().err.splitlines() == [
        f"poise: {points}: 2 faults",
        "  must be 0: points in JSON are one frame, got 3 @ --frame",
        "  must be left out: points in JSON have no video, got flies.mp4 @ --video",
    ]


def test_a_former_picture_is_kept_unless_overwrite_is_said(
    job: Any, points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "preview.png"
    picture.write_text("former")
    call = ["preview", str(job(1)), "--labels", str(points), "-o", str(picture)]

    assert main(call) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert picture.read_text() == "former"

    assert main([*call, "--overwrite"]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_mistakes_are_shown_before_keras_is_imported(
    job: Any,
    points: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faulty.json").write_text("{}", encoding="utf-8")
    good, faulty, lost = str(job(1)), str(tmp_path / "faulty.json"), str(tmp_path / "lost.json")
    monkeypatch.setitem(sys.modules, "keras", None)

    for file, labels, status, message in [
        (lost, str(points), 2, "lost.json: No such file"),
        (faulty, str(points), 1, "faulty.json: "),
        (good, lost, 2, "lost.json: No such file"),
        (good, faulty, 1, "faulty.json: 3 faults"),
        (good, str(points), 2, "needs Keras"),
    ]:
        assert main(["preview", file, "--labels", labels]) == status
        assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_is_a_mistake_in_the_call(
    job: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", str(job(1)), "--labels", str(tmp_path / "lost.slp")]) == 2
    assert "lost.slp: No such file or directory" in capsys.readouterr().err
