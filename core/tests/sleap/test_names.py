"""Names in a job that its own skeleton does not have."""

from typing import Any

import attrs
import pytest

from poise import registry
from poise.sleap import read_sleap
from poise.specs import HeadSpec
from poise.testing.standins import registry_of

from .conftest import FLY, Encoder, fly


def job(*, center=None, maps=None, skeletons=(), edition="sleap-1.4"):
    model = {"backbone": {"net": {}}, "heads": {"maps": maps or {}}, "edition": edition}
    cropping = {"center_on_part": center}
    return {
        "data": {"labels": {"skeletons": [*skeletons]}, "instance_cropping": cropping},
        "model": model,
    }


def notes(write, **settings):
    return {note.path: note.what for note in read_sleap(write(job(**settings))).report.of("names")}


@pytest.mark.parametrize("edition", ["sleap-1.4", "2026"])
def test_a_part_that_the_skeleton_lacks_is_noted_with_the_nearest(write, edition):
    first = FLY.parts[0]
    lines = notes(
        write,
        center=first.upper(),
        maps={"part_names": [*FLY.parts[1:], f"{first}s"]},
        skeletons=[fly()],
        edition=edition,
    )

    assert list(lines) == [
        "data.instance_cropping.center_on_part",
        "model.heads.maps.part_names",
    ]
    assert all(f"(did you mean {first!r}?) in the skeleton" in line for line in lines.values())


def test_a_later_skeleton_that_has_the_names_is_named(write):
    other = Encoder().graph(["QQQ", "leg"], [])
    lines = notes(
        write, maps={"part_names": ["QQQ", FLY.parts[0]]}, skeletons=[fly(), {"nodes": 3}, other]
    )

    (line,) = lines.values()
    assert line.startswith("no part 'QQQ' in the skeleton of the file, which has ")
    assert line.endswith("; skeleton 3 of the file, which SLEAP does not use, has it")


def test_a_later_skeleton_that_has_several_of_the_names_has_them(write):
    other = Encoder().graph(["QQQ", "leg"], [])

    (line,) = notes(write, maps={"part_names": ["QQQ", "leg"]}, skeletons=[fly(), other]).values()

    assert line.endswith("; skeleton 2 of the file, which SLEAP does not use, has them")


@attrs.frozen(kw_only=True)
class GraphConfig:
    """A third-party head whose fields have the names of others, but hold something else."""

    edges: Any = ()
    part_names: Any = ()


FIELDS_OF_OTHERS = [
    {"edges": [1, 2]},
    {"edges": [["QQQ", 1], 2]},
    {"part_names": [["QQQ"], {"a": 1}, "QQQ"]},
    {"edges": "QQQ", "part_names": {"a": ["QQQ"]}},
]


@pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")
@pytest.mark.parametrize("section", FIELDS_OF_OTHERS)
@pytest.mark.parametrize("is_installed", [True, False])
def test_fields_of_a_third_party_head_may_hold_anything(section, is_installed, write):
    if is_installed:
        graph = HeadSpec(key="graph", config=GraphConfig, outputs=lambda *_: ())
        registry.reset(registry_of(graph))
    model = {"heads": {"graph": section}}
    data = {"data": {"labels": {"skeletons": [fly()]}}, "model": model}

    lines = read_sleap(write(data)).report.of("names")

    where = [f"model.heads.graph.{key}" for key, value in section.items() if "QQQ" in str(value)]
    is_named = is_installed and all(isinstance(value, list) for value in section.values())
    assert [note.path for note in lines] == (where if is_named else [])


def test_further_skeletons_are_not_decoded_if_no_name_is_missing(write, monkeypatch):
    decoded = []
    monkeypatch.setattr("poise.sleap.names.read_skeleton", decoded.append)

    assert notes(write, center=FLY.parts[0], skeletons=[fly(), fly()]) == {}
    assert decoded == []


def test_names_of_the_skeleton_and_a_job_without_one_have_no_note(write):
    own = {"part_names": list(FLY.parts)}

    assert notes(write, center=FLY.parts[0], maps=own, skeletons=[fly()]) == {}
    assert notes(write, center="nobody", maps={"part_names": ["nobody"]}) == {}
