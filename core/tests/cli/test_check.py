"""What ``poise check`` says of a file, and its exit status."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def site(installed: Any) -> Any:
    installed.install_backbone("tiny")
    installed.install_head("dots")
    return installed


def write(site: Any, name: str, model: Any) -> str:
    (site.work / name).write_text(json.dumps(model))
    return name


def model(backbone: Any = None, heads: Any = None) -> dict[str, Any]:
    return {
        "backbone": {"tiny": {"filters": 8, **(backbone or {})}},
        "heads": {"dots": {"part_names": ["nose", "tail"], **(heads or {})}},
        "base_checkpoint": None,
        "edition": "2026",
    }


def test_a_fine_file_is_told_what_it_comes_to(site: Any) -> None:
    done = site.poise("check", write(site, "fine.json", model({"output_stride": 4})))

    assert done.stdout == (
        "fine.json: ok\n"
        "  tiny with dots, edition 2026, images in multiples of 4\n"
        "  dots: stride 4, 2 channels\n"
    )
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_file_is_told_how_images_are_prepared(site: Any) -> None:
    data = {
        "preprocessing": {"input_scaling": 0.5, "target_height": 512, "ensure_grayscale": False},
        "instance_cropping": {"crop_size": 96, "center_on_part": "nose"},
    }
    file = write(site, "job.json", {"data": data, "model": model()})

    done = site.poise("check", file)

    assert (
        "  images prepared with:\n"
        "    data.preprocessing.input_scaling = 0.5\n"
        "    data.preprocessing.target_height = 512\n"
        '    data.instance_cropping.center_on_part = "nose"\n'
        "    data.instance_cropping.crop_size = 96\n"
    ) in done.stdout
    (verdict,) = json.loads(site.poise("check", "--json", file).stdout)
    assert verdict["prepared"]["data.preprocessing.input_scaling"] == 0.5


def test_a_sleap_job_is_told_what_became_of_all_that_is_in_it(site: Any) -> None:
    job = {"data": {}, "model": {**model(), "edition": "sleap-1.4"}, "extra": 1}

    file = write(site, "job.json", job)
    done = site.poise("check", "-v", file)

    assert done.returncode == 0
    assert done.stdout.startswith(
        "job.json: ok, 9 notes\n"
        "  tiny with dots, edition sleap-1.4, images in multiples of 4\n"
        "  dots: stride 4, 2 channels\n"
        "  read:\n"
    )
    assert "      extra: 1; unknown key\n" in done.stdout
    assert "model.heads.dots: output_stride = 4" in done.stdout


def test_a_report_is_one_line_unless_it_is_asked_for(site: Any) -> None:
    job = {"data": {}, "model": {**model(), "edition": "sleap-1.4"}, "extra": 1}
    file = write(site, "job.json", job)

    short, full = site.poise("check", file), site.poise("check", "--verbose", file)

    assert short.stdout.startswith("job.json: ok, 9 notes; -v shows them\n")
    assert "read:" not in short.stdout
    assert len(full.stdout.splitlines()) > len(short.stdout.splitlines()) + 9


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_an_unknown_key_that_is_null_is_told(site: Any, suffix: str) -> None:
    data = model()
    data["backbone"]["tinny"] = None

    file = write(site, f"model.{suffix}", data)
    assert site.poise("check", file).stdout.startswith(f"{file}: ok, 1 note; -v shows it\n")
    done = site.poise("check", "-v", file)

    assert done.stdout.endswith(
        " over into the model\n"
        "      backbone.tinny: null, and not written back: no backbone 'tinny'; did you mean "
        "'tiny'?\n"
    )
    assert done.returncode == 0


def test_every_fault_is_told_with_its_path(site: Any) -> None:
    faulty = model({"filtres": 3, "output_stride": "four"}, {"output_stride": 3})

    done = site.poise("check", write(site, "faulty.json", faulty))

    lines = done.stdout.splitlines()
    assert lines[0] == "faulty.json: 3 faults"
    assert sorted(line.rpartition(" @ ")[2] for line in lines[1:]) == [
        "model.backbone.tiny.filtres",
        "model.backbone.tiny.output_stride",
        "model.heads.dots.output_stride",
    ]
    assert "did you mean 'filters'?" in done.stdout
    assert (done.stderr, done.returncode) == ("", 1)


@pytest.mark.parametrize("is_zipped", [False, True])
def test_the_faulty_file_of_a_model_folder_is_named_once(site: Any, is_zipped: bool) -> None:
    (site.work / "flies").mkdir()
    job = {"data": {}, "model": model({"output_stride": "four"})}
    name = write(site, "flies/training_config.json", job)
    if is_zipped:
        shutil.make_archive(str(site.work / "flies"), "zip", site.work, "flies")
        shutil.rmtree(site.work / "flies")
    folder = "flies.zip" if is_zipped else "flies"
    inner = str(Path(name)) if is_zipped else "training_config.json"

    done, checked = site.poise("check", folder), site.poise("check", "--json", folder)

    first, heading, fault = done.stdout.splitlines()
    assert (first, heading) == (f"{folder}: 1 fault", f"  {inner}:")
    assert fault.startswith("    must be ")
    assert fault.endswith(" @ model.backbone.tiny.output_stride")
    assert json.loads(checked.stdout)[0]["heading"] == inner


def test_the_name_of_a_file_is_not_repeated_above_its_faults(site: Any) -> None:
    file = write(site, "faulty.json", model({"output_stride": "four"}))

    first, fault = site.poise("check", file).stdout.splitlines()

    assert first == "faulty.json: 1 fault"
    assert fault.startswith("  must be ")


def test_more_faults_than_a_message_spells_out_are_all_told(site: Any) -> None:
    unknown = {f"unknown_{number}": 1 for number in range(20)}

    done = site.poise("check", write(site, "faulty.json", model(unknown)))

    assert done.stdout.startswith("faulty.json: 20 faults\n")
    assert len(done.stdout.splitlines()) == 21


def test_a_profile_without_names_is_fine_and_says_what_is_to_be_named(site: Any) -> None:
    done = site.poise("check", write(site, "profile.json", model(heads={"part_names": None})))

    assert done.returncode == 0
    assert done.stdout.startswith(
        "profile.json: ok\n"
        "  tiny with dots, edition 2026, images in multiples of 4\n"
        "  dots: stride 4\n"
        "  to be named before building:\n"
        "    no parts are named and no skeleton is given @ model.heads.dots.part_names\n"
    )


def test_what_no_skeleton_would_mend_is_a_fault_of_a_profile(site: Any) -> None:
    profile = model(heads={"part_names": None, "output_stride": 64})

    done = site.poise("check", write(site, "profile.json", profile))

    assert done.returncode == 1
    assert done.stdout.startswith("profile.json: 1 fault\n")
    assert "stride 64 is coarser than the backbone's 4" in done.stdout
    assert "no parts are named" not in done.stdout


def test_a_section_whose_plugin_is_not_installed_is_a_fault(site: Any) -> None:
    other = {"backbone": {"unet": {"filters": 16}}, "heads": {"dots": {"part_names": ["nose"]}}}

    done = site.poise("check", write(site, "other.json", other))

    assert done.stdout == (
        "other.json: 1 fault\n"
        "  no backbone 'unet' is installed: poise-unet provides it (pip install poise-unet)"
        " @ model.backbone.unet\n"
    )
    assert (done.stderr, done.returncode) == ("", 1)


def test_yaml_is_read_like_json(site: Any) -> None:
    (site.work / "model.yaml").write_text(
        "backbone:\n  tiny: {filters: 4}\nheads:\n  dots: {part_names: [nose]}\nedition: '2026'\n"
    )

    done = site.poise("check", "model.yaml")

    assert done.stdout.startswith("model.yaml: ok\n  tiny with dots, edition 2026")


def test_a_zipped_model_folder_is_read_like_the_folder(site: Any) -> None:
    (site.work / "flies").mkdir()
    write(site, "flies/training_config.json", {"data": {}, "model": model()})
    shutil.make_archive(str(site.work / "flies"), "zip", site.work, "flies")

    done = site.poise("check", "flies.zip")

    source = Path("flies.zip", "flies", "training_config.json")
    assert done.stdout.startswith(f"flies.zip: ok, 7 notes; -v shows them\n  read from {source}\n")


def test_what_is_no_json_is_told_with_its_place(site: Any) -> None:
    (site.work / "cut.json").write_text('{"backbone": {')

    done = site.poise("check", "cut.json")

    assert "not JSON" in done.stdout
    assert "line 1" in done.stdout
    assert (done.stderr, done.returncode) == ("", 1)


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(site: Any) -> None:
    fine = write(site, "fine.json", model())

    done = site.poise("check", "nowhere.json", fine)

    assert done.stderr == "poise: nowhere.json: No such file or directory\n"
    assert "fine.json: ok" in done.stdout
    assert done.returncode == 2


def test_one_faulty_file_of_many_shows_in_the_exit_status(site: Any) -> None:
    files = [write(site, "a.json", model()), write(site, "b.json", model({"no": 1}))]

    done = site.poise("check", *files)

    assert "a.json: ok" in done.stdout
    assert "b.json: 1 fault" in done.stdout
    assert done.returncode == 1


def test_json_has_one_verdict_a_file(site: Any) -> None:
    files = [write(site, "a.json", model()), write(site, "b.json", model({"no": 1})), "c.json"]

    done = site.poise("check", "--json", *files)

    fine, faulty, absent = json.loads(done.stdout)
    assert (fine["ok"], fine["faults"], fine["max_stride"]) == (True, [], 4)
    assert fine["outputs"][0]["channels"] == 2
    assert (faulty["ok"], faulty["faults"][0]["path"]) == (False, "model.backbone.tiny.no")
    assert (absent["ok"], absent["error"]) == (False, "No such file or directory")
    assert done.returncode == 2


def test_without_a_file_there_is_nothing_to_check(site: Any) -> None:
    done = site.poise("check")
    assert done.returncode == 2
    assert "Missing argument 'FILE...'" in done.stderr


def test_a_value_is_set_on_the_command_line_and_checked_like_the_file(site: Any) -> None:
    file = write(site, "model.json", model())

    done = site.poise("check", file, "--set", 'heads.dots.part_names=["a", "b", "c"]')
    assert "  dots: stride 4, 3 channels\n" in done.stdout
    assert done.returncode == 0

    wrong = ["--set", "backbone.tiny.filtres=8", "--set", "heads.dots.part_names=nose"]
    done = site.poise("check", file, *wrong)
    assert done.stdout.splitlines()[:2] == ["model.json: 2 faults", "  --set:"]
    assert "    Config has no field 'filtres'; did you mean 'filters'? @ " in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "filters"], "must be PATH=VALUE as in backbone.unet.filters=32, got 'filters'"),
        (["--set", "a=1", "--set", "a=2"], "must set a once, got 'a=2' as well"),
    ],
)
def test_an_assignment_that_is_none_is_refused(site: Any, words: list[str], message: str) -> None:
    done = site.poise("check", write(site, "model.json", model()), *words)

    assert message in done.stderr
    assert done.returncode == 2
