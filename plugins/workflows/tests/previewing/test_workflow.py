"""``poise_workflows.preview``: what it returns, for any head type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from poise import PoiseError
from poise_workflows.frames import ArgumentError

pytestmark = pytest.mark.usefixtures("keras", "made_up")

HEAD = np.array([30, 40])
"""The first part of the first animal in ``points``."""


def test_labels_targets_and_decoded_points_are_what_the_model_sees(
    job: Any, points: Path, tmp_path: Path
) -> None:
    preview = poise_workflows.preview(
        job(0.5), points, tmp_path / "preview.png", edition=job.edition
    )

    moved = HEAD * 0.5 if job.edition == "sleap-1.4" else (HEAD + 0.5) * 0.5 - 0.5
    assert preview.frame.size == (64, 80)
    np.testing.assert_array_equal(preview.frame.points[0, 0], moved)
    x, y = np.rint(moved / 2).astype(int)
    assert preview.targets["cells"].shape == (1, 32, 40, 2)
    assert np.argwhere(preview.targets["cells"][0, ..., 0]).tolist() == [[y, x]]
    np.testing.assert_array_equal(preview.decoded.points[0, 0, 0], [2 * x, 2 * y])
    assert preview.output.read_bytes().startswith(b"\x89PNG")


def test_distances_are_in_pixels_of_the_labeled_frame_with_the_half_pixel_of_sleap(
    job: Any, points: Path, tmp_path: Path
) -> None:
    """At a scale of 2 every labeled part lies on a cell in edition sleap-1.4."""
    preview = poise_workflows.preview(job(2), points, tmp_path / "p.png", edition=job.edition)

    # 2 · x + 0.5 lies a quarter of a pixel of the frame off the nearest cell.
    off = 0.5 if job.edition == "sleap-1.4" else 0.25
    np.testing.assert_allclose(preview.distances, [[off * np.sqrt(2)] * 2], atol=1e-5)


def test_a_crop_is_cut_around_the_animal_and_decoded_points_go_back(
    job: Any, points: Path, tmp_path: Path
) -> None:
    preview = poise_workflows.preview(
        job(1), points, tmp_path / "p.png", crop=64, animal=1, edition=job.edition
    )

    assert preview.frame.size == (64, 64)
    np.testing.assert_array_equal(
        preview.frame.points[1, 0] - preview.frame.points[0, 0], [-80, -50]
    )
    # Labels are on whole pixels, cells on every second one.
    cell = preview.decoded.points[0, 0] - preview.frame.points[0]
    lost = 0.5 if job.edition == "sleap-1.4" else 0
    np.testing.assert_allclose(preview.distances, [np.linalg.norm(cell - lost, axis=1)], atol=1e-5)


def test_an_animal_without_a_crop_is_refused(job: Any, points: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="must be left out without crop, got 0 @ animal"):
        poise_workflows.preview(job(1), points, tmp_path / "p.png", animal=0)


def test_the_ending_of_the_picture_decides_its_format(
    job: Any, points: Path, tmp_path: Path
) -> None:
    preview = poise_workflows.preview(job(1), points, tmp_path / "preview.svg")

    assert preview.output.read_text(encoding="utf-8").startswith("<?xml")


def test_a_file_that_is_there_is_replaced_only_if_the_caller_says_so(
    job: Any, points: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "preview.png"
    picture.write_text("former")

    with pytest.raises(PoiseError, match=r"must be a new file, got .*preview\.png.*\n.*overwrite"):
        poise_workflows.preview(job(1), points, picture)
    assert picture.read_text() == "former"

    poise_workflows.preview(job(1), points, picture, overwrite=True)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_written_leaves_the_former_one(
    job: Any, points: Path, tmp_path: Path
) -> None:
    former = tmp_path / "preview.wrong"
    former.write_text("former")

    with pytest.raises(PoiseError, match=r"preview\.wrong cannot be written: .*wrong"):
        poise_workflows.preview(job(1), points, former, overwrite=True)

    assert former.read_text() == "former"
    assert [path.name for path in tmp_path.glob("preview*")] == ["preview.wrong"]
