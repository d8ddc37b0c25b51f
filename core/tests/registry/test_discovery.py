"""What is known of installed plugins from their metadata alone."""

import os
import sys

import pytest

from poise.errors import ConfigError
from poise.registry import metadata
from poise.registry.discovery import (
    BACKBONE,
    OBSERVERS,
    Candidate,
    Policy,
    scan,
    survey,
)
from poise.registry.metadata import canonical

EXPLODES = "raise AssertionError('imported')"


def backbone(key, value="poise_vit", distribution="poise-vit", version="1.0"):
    return Candidate("backbone", key, value, distribution, version)


def test_names_distributions_and_versions_are_known_without_an_import(site):
    site.install(
        "poise-vit",
        {"poise_vit.py": EXPLODES},
        {"poise.backbones": {"vit": "poise_vit"}, "poise.heads": {"gaze": "poise_vit:heads"}},
        version="2.1",
    )
    site.install("logger", {"logger.py": EXPLODES}, {"poise.plugins": {"log": "logger"}})

    assert scan() == (
        backbone("vit", version="2.1"),
        Candidate("head", "gaze", "poise_vit:heads", "poise-vit", "2.1"),
        Candidate("plugin", "log", "logger", "logger", "1.0"),
    )
    assert not {"poise_vit", "logger"} & set(sys.modules)


def test_only_the_groups_that_are_asked_for_are_given(site):
    site.install(
        "poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}, "poise.heads": {"gaze": "x"}}
    )

    assert scan([BACKBONE]) == (backbone("vit"),)
    assert scan([OBSERVERS]) == ()


def test_who_claims_one_key_twice_is_seen_twice(site):
    info = site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    text = "[poise.backbones]\nvit = poise_vit\nvit = other\n"
    (info / "entry_points.txt").write_text(text, encoding="utf-8")

    assert scan() == (backbone("vit", "other"), backbone("vit"))


def test_two_distributions_with_one_key_are_both_seen(site):
    site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    site.install("my-vit", {}, {"poise.backbones": {"vit": "my_vit"}})

    assert [str(candidate) for candidate in scan()] == ["my-vit 1.0", "poise-vit 1.0"]


@pytest.mark.parametrize(
    "damage",
    [
        b"[poise.backbones]\nlost\n",
        b"[console_scripts]\nlost\n",
        b"[poise.backbones\n",
        b"lost\n[poise.backbones]\n",
        b"\xff\xfe",
        b"",
    ],
    ids=repr,
)
def test_a_damaged_list_of_entry_points_hides_nobody_else_s(site, damage):
    site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    info = site.install("damaged", {}, {})
    (info / "entry_points.txt").write_bytes(damage)

    assert backbone("vit") in scan()


def test_an_entry_point_without_a_value_is_not_lost(site):
    info = site.install("poise-vit", {}, {})
    text = "# ours\n[poise.backbones]\n; none\n\nvit\n"
    (info / "entry_points.txt").write_text(text, encoding="utf-8")

    assert scan() == (backbone("vit", ""),)


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        (None, "its METADATA has no Name and no Version"),
        (b"", "its METADATA has no Name and no Version"),
        (b"\xff", "its METADATA has no Name and no Version"),
        (b"Name: half\n", "its METADATA has no Version"),
        (
            b"Name: poise-unet\nVersion: 9\n",
            "its METADATA must name poise_vit, as poise_vit-1.0.dist-info does, got poise-unet 9",
        ),
    ],
)
def test_a_distribution_without_its_metadata_goes_by_the_name_of_its_folder(site, metadata, fault):
    info = site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    (info / "METADATA").unlink()
    if metadata is not None:
        (info / "METADATA").write_bytes(metadata)

    assert scan() == (backbone("vit", distribution="poise_vit")._replace(fault=fault),)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda text: text + b"# \xff\n", "must be UTF-8, got the byte 0xff in it"),
        (
            lambda text: b"\xef\xbb\xbf" + text,
            "must begin with a group, got a byte order mark before it",
        ),
        (lambda text: text.decode().encode("utf-16"), "must be UTF-8, got null bytes"),
    ],
    ids=["a byte", "a mark", "UTF-16"],
)
def test_a_damaged_list_of_entry_points_is_a_fault_of_each_of_them(site, damage, fault):
    info = site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    file = info / "entry_points.txt"
    file.write_bytes(damage(file.read_bytes()))

    assert scan() == (backbone("vit")._replace(fault=f"its entry_points.txt {fault}"),)


def test_a_list_of_entry_points_that_cannot_be_read_is_a_fault_of_its_distribution(site):
    info = site.install("poise-vit", {}, {})
    (info / "entry_points.txt").unlink()
    (info / "entry_points.txt").mkdir()

    (candidate,) = scan()

    assert (candidate.kind, candidate.key) == ("plugin", "poise-vit")
    assert candidate.fault == "its entry_points.txt cannot be read: Is a directory"


def test_a_list_of_entry_points_that_is_not_read_to_its_end_is_a_fault(site):
    info = site.install("vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    with (info / "entry_points.txt").open("a", encoding="utf-8") as file:
        file.write(f"# {'x' * metadata.LARGEST}\nlate = poise_vit\n")

    (candidate,) = scan()

    assert candidate.key == "vit"
    assert candidate.fault == "its entry_points.txt must have at most 1 MB, got 1.0 MB"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_in_place_of_a_list_of_entry_points_blocks_nothing(site):
    site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    info = site.install("damaged", {}, {})
    (info / "entry_points.txt").unlink()
    os.mkfifo(info / "entry_points.txt")

    assert scan() == (backbone("vit"),)


def test_two_distributions_of_one_name_in_one_folder_are_both_at_fault(site):
    for version, key in (("1.0", "old"), ("2.0", "new")):
        entry_points = {"poise.backbones": {key: "poise_vit"}}
        site.install("poise-vit", {}, entry_points, version=version)

    assert [(candidate.key, candidate.version) for candidate in scan()] == [
        ("new", "2.0"),
        ("old", "1.0"),
    ]
    for candidate in scan():
        assert candidate.fault.startswith(f"poise-vit is installed 2 times in {site.folder}: ")
        assert "1.0" in candidate.fault
        assert "2.0" in candidate.fault


def test_each_file_is_read_once(site):
    for number in range(3):
        site.install(f"poise-{number}", {}, {"poise.backbones": {f"v{number}": "poise_vit"}})
    opened = []
    sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)

    survey()

    files = [str(path) for path in opened if str(path).startswith(str(site.folder))]
    assert len(files) == len(set(files)) == 6


def test_a_summary_cannot_pretend_to_be_the_name(site):
    info = site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}})
    text = "Metadata-Version: 2.1\nName: poise-vit\nVersion: 1.0\n\nName: other\nVersion: 9\n"
    (info / "METADATA").write_text(text, encoding="utf-8")

    assert scan() == (backbone("vit"),)


def test_what_an_interrupted_upgrade_left_behind_does_not_clash(site):
    site.install("poise-vit", {}, {"poise.backbones": {"vit": "poise_vit"}}, version="1.0")
    left = site.install("poise-vit", {}, {"poise.backbones": {"vit": "old"}}, version="0.9")
    left.rename(left.with_name("~oise_vit-0.9.dist-info"))

    assert len(scan()) == 1


@pytest.mark.parametrize("name", ["poise-unet", "Poise_UNet", "poise.unet", "POISE--unet"])
def test_names_are_compared_as_pip_compares_them(name):
    assert canonical(name) == "poise-unet"


def test_an_environment_that_says_nothing_allows_everything():
    policy = Policy.from_environment({})

    assert policy == Policy()
    assert policy.verdict(backbone("vit")) == ""
    assert not policy.strict


@pytest.mark.parametrize(
    ("variables", "verdict"),
    [
        ({"POISE_DISABLE": "vit"}, "disabled by POISE_DISABLE"),
        ({"POISE_DISABLE": "Poise_ViT"}, "disabled by POISE_DISABLE"),
        ({"POISE_DISABLE": "unet, other"}, ""),
        ({"POISE_PLUGINS": "vit"}, ""),
        ({"POISE_PLUGINS": "unet,\n poise-vit"}, ""),
        ({"POISE_PLUGINS": "unet"}, "not among POISE_PLUGINS"),
        ({"POISE_PLUGINS": "vit", "POISE_DISABLE": "poise-vit"}, "disabled by POISE_DISABLE"),
        ({"POISE_PLUGINS": " ", "POISE_DISABLE": ""}, ""),
    ],
)
def test_lists_name_keys_or_distributions(variables, verdict):
    assert Policy.from_environment(variables).verdict(backbone("vit")) == verdict


@pytest.mark.parametrize(("value", "strict"), [("1", True), ("yes", True), ("0", False)])
def test_strictness_is_switched_by_one_variable(value, strict):
    assert Policy.from_environment({"POISE_STRICT": value}).strict is strict


def test_of_two_claimants_the_preferred_one_is_left():
    first, other = backbone("vit"), backbone("vit", distribution="My.ViT")
    policy = Policy.from_environment({"POISE_PREFER": "unet=poise-unet vit=my-vit"})

    assert policy.choose([first, other]) == [other]


def test_a_preference_for_nobody_who_claims_the_key_decides_nothing():
    first, other = backbone("vit"), backbone("vit", distribution="my-vit")

    assert Policy(preferred={"vit": "third"}).choose([first, other]) == [first, other]


def test_a_single_claimant_needs_no_preference():
    assert Policy(preferred={"vit": "other"}).choose([backbone("vit")]) == [backbone("vit")]


@pytest.mark.parametrize(
    ("value", "halves"), [("vit", "'vit'"), ("vit=", "'vit='"), ("a=b =c d", "'=c' and 'd'")]
)
def test_half_a_preference_is_refused(value, halves):
    with pytest.raises(ConfigError) as error:
        Policy.from_environment({"POISE_PREFER": value})

    assert str(error.value) == f"must be key=distribution, got {halves} @ POISE_PREFER"
