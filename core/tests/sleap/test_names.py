"""Names in a job that its own skeleton does not have."""

import pytest

from poise.sleap import read_sleap

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


def test_names_of_the_skeleton_and_a_job_without_one_have_no_note(write):
    own = {"part_names": list(FLY.parts)}

    assert notes(write, center=FLY.parts[0], maps=own, skeletons=[fly()]) == {}
    assert notes(write, center="nobody", maps={"part_names": ["nobody"]}) == {}
