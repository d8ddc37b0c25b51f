"""``poise_workflows.preview``: what it returns, for any head type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from poise import PoiseError
from poise_workflows.frames.labeled import ArgumentError

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
    (view,) = preview.views
    assert view.frame.size == (64, 80)
    np.testing.assert_array_equal(view.frame.points[0, 0], moved)
    x, y = np.rint(moved / 2).astype(int)
    assert view.targets.maps["cells"].shape == (1, 32, 40, 2)
    assert np.argwhere(view.targets.maps["cells"][0, ..., 0]).tolist() == [[y, x]]
    np.testing.assert_array_equal(view.targets.decoded.points[0, 0, 0], [2 * x, 2 * y])
    assert preview.output.read_bytes().startswith(b"\x89PNG")


def test_distances_are_in_pixels_of_the_labeled_frame_with_the_half_pixel_of_sleap(
    job: Any, points: Path, tmp_path: Path
) -> None:
    """At a scale of 2 every labeled part lies on a cell in edition sleap-1.4."""
    preview = poise_workflows.preview(job(2), points, tmp_path / "p.png", edition=job.edition)

    # 2 · x + 0.5 lies a quarter of a pixel of the frame off the nearest cell.
    off = 0.5 if job.edition == "sleap-1.4" else 0.25
    np.testing.assert_allclose(
        preview.views[0].targets.distances, [[off * np.sqrt(2)] * 2], atol=1e-5
    )


def test_a_crop_is_cut_around_the_animal_and_decoded_points_go_back(
    job: Any, points: Path, tmp_path: Path
) -> None:
    preview = poise_workflows.preview(
        job(1), points, tmp_path / "p.png", crop=64, animal=1, edition=job.edition
    )

    (view,) = preview.views
    assert view.frame.size == (64, 64)
    np.testing.assert_array_equal(view.frame.points[1, 0] - view.frame.points[0, 0], [-80, -50])
    # Labels are on whole pixels, cells on every second one.
    cell = view.targets.decoded.points[0, 0] - view.frame.points[0]
    lost = 0.5 if job.edition == "sleap-1.4" else 0
    off = np.linalg.norm(cell - lost, axis=1)
    np.testing.assert_allclose(view.targets.distances, [off], atol=1e-5)


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


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Labels of two gray images; each has a bright pixel 2 pixels right of the first part."""
    import sleap_io
    from PIL import Image

    skeleton = sleap_io.Skeleton(nodes=["head", "tail"], edges=[("head", "tail")])
    files, frames = [], []
    for index, (x, y) in enumerate([(30, 40), (50, 20)]):
        pixels = np.full((64, 80), 10, np.uint8)
        pixels[y, x + 2] = 250
        Image.fromarray(pixels).save(tmp_path / f"{index}.png")
        files.append(str(tmp_path / f"{index}.png"))
    video = sleap_io.Video.from_filename(files)
    for index, (x, y) in enumerate([(30, 40), (50, 20)]):
        animal = sleap_io.Instance.from_numpy(
            np.array([[x, y], [x + 2, y]], float), skeleton=skeleton
        )
        frames.append(sleap_io.LabeledFrame(video=video, frame_idx=index, instances=[animal]))
    sleap_io.save_slp(sleap_io.Labels(frames), str(tmp_path / "labels.slp"), embed=False)
    return tmp_path / "labels.slp"


def test_what_a_trained_model_predicts_of_each_frame_is_beside_the_targets(
    save_model: Callable[..., Path], images: Path, tmp_path: Path
) -> None:
    """The maps of this model are its image."""
    model = save_model(image=(None, None, 1))

    preview = poise_workflows.preview(model, images, tmp_path / "p.png", frame=[1, 0])

    for view, (x, y) in zip(preview.views, [(50, 20), (30, 40)], strict=True):
        assert view.predictions is not None
        np.testing.assert_allclose(
            view.predictions.maps["cells"][0, y, x + 2], 250 / 255, rtol=1e-6
        )
        np.testing.assert_allclose(view.predictions.maps["cells"][0, 0, 0], 10 / 255, rtol=1e-6)
        np.testing.assert_array_equal(view.predictions.decoded.points[0, 0], [[x + 2, y]] * 2)
        np.testing.assert_allclose(view.predictions.distances, [[2, 0]])
        np.testing.assert_allclose(view.targets.distances, [[0, 0]])
    assert preview.notes == ()


def test_a_crop_is_predicted_as_it_is_seen(
    save_model: Callable[..., Path], images: Path, tmp_path: Path
) -> None:
    model = save_model(image=(None, None, 1))

    preview = poise_workflows.preview(model, images, tmp_path / "p.png", crop=32)

    (view,) = preview.views
    assert view.predictions is not None
    assert view.predictions.maps["cells"].shape == (1, 32, 32, 2)
    np.testing.assert_allclose(
        view.predictions.decoded.points[0, 0, 0] - view.frame.points[0, 0], [2, 0]
    )


def test_predictions_are_left_out_if_the_caller_says_so_and_without_an_image(
    save_model: Callable[..., Path], images: Path, points: Path, tmp_path: Path
) -> None:
    model = save_model(image=(None, None, 1))

    without = poise_workflows.preview(model, images, tmp_path / "a.png", no_predictions=True)
    blind = poise_workflows.preview(model, points, tmp_path / "b.png")

    assert without.views[0].predictions is None
    assert without.notes == ()
    assert blind.views[0].predictions is None
    assert blind.notes == ("nothing is predicted: the frame has no image",)


def test_a_note_of_one_frame_names_it(job: Any, images: Path, tmp_path: Path) -> None:
    import sleap_io

    labels = sleap_io.load_slp(str(images), open_videos=False)
    labels[1].video = sleap_io.Video(filename="gone.mp4", open_backend=False)
    labels.videos.append(labels[1].video)
    images.unlink()
    sleap_io.save_slp(labels, str(images), embed=False)

    preview = poise_workflows.preview(job(1), images, tmp_path / "p.png", frame=(0, 1))

    assert [view.frame.image is None for view in preview.views] == [False, True]
    assert preview.views[1].frame.no_image
    assert preview.notes[0].startswith("labels.slp, frame 1: no image: ")


def test_frames_are_no_more_than_a_picture_can_show(job: Any, images: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="must be 1 to 50 labeled frames, got 51"):
        poise_workflows.preview(job(1), images, tmp_path / "p.png", frame=range(51))
    with pytest.raises(ArgumentError, match=r"from 0 to 1, got 7 @ frame\n.*got 8 @ frame"):
        poise_workflows.preview(job(1), images, tmp_path / "p.png", frame=[7, 8])
