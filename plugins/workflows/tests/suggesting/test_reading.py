"""The predictions of files as arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import poise_workflows
from poise_workflows.frames.label_files import readable_labels
from poise_workflows.suggesting.contract import Predictions
from poise_workflows.suggesting.reading import predictions_of, tables_of

Write = Callable[..., Path]


def read(path: Path, numbers: Any = ()) -> Predictions:
    """What is predicted in the first video."""
    with readable_labels(path, lazy=True) as (_, labels):
        table = tables_of(labels, path)[0]
        (parts,) = table.parts
        return predictions_of(table, numbers, parts, None)


def test_frames_are_ascending_and_animals_with_them_in_whatever_order_they_are_listed(
    write: Write,
) -> None:
    def more(labels: Any) -> None:
        labels.labeled_frames.reverse()

    forward = read(write("a.slp", {"empty": [3]}))
    backward = read(write("b.slp", {"empty": [3]}, more=more))

    assert forward.frames.tolist() == list(range(40))
    assert forward.counts.tolist() == [2, 2, 2, 0, *[2] * 36]
    for name in ("frames", "rows", "points", "point_scores", "scores", "tracks", "labeled"):
        np.testing.assert_array_equal(getattr(forward, name), getattr(backward, name), name)


def test_points_and_scores_are_those_of_sleap_io(write: Write) -> None:
    import sleap_io

    path = write("flies.slp", {"doubtful": [7]})

    predictions = read(path)

    frame = sleap_io.load_slp(str(path), open_videos=False)[7]
    of_frame = predictions.rows == 7
    np.testing.assert_array_equal(predictions.points[of_frame], [a.numpy() for a in frame])
    np.testing.assert_allclose(predictions.point_scores[of_frame], 0.307)
    np.testing.assert_allclose(predictions.scores[of_frame], [a.score for a in frame])


def test_frames_that_the_file_lacks_are_without_animals(write: Write) -> None:
    predictions = read(write("flies.slp", {"lacking": [3, 4]}), range(40))

    assert predictions.frames.tolist() == list(range(40))
    assert predictions.counts[3:5].tolist() == [0, 0]
    assert predictions.rows.tolist() == sorted(predictions.rows)


def test_a_frame_that_is_listed_twice_is_one_frame(write: Write) -> None:
    def more(labels: Any) -> None:
        import sleap_io

        frame = labels.labeled_frames[5]
        labels.labeled_frames.append(sleap_io.LabeledFrame(frame.video, 5, [frame.instances.pop()]))

    predictions = read(write("flies.slp", {}, more=more))

    assert len(predictions) == 40
    assert predictions.counts.tolist() == [2] * 40


def test_what_a_person_has_labeled_counts_instead_of_the_predictions_beside_it(
    write: Write,
) -> None:
    def more(labels: Any) -> None:
        import sleap_io

        frame = labels.labeled_frames[5]
        animal = frame.instances[0]
        corrected = sleap_io.Instance.from_numpy(
            animal.numpy() + 1, skeleton=animal.skeleton, from_predicted=animal
        )
        frame.instances.append(corrected)

    predictions = read(write("flies.slp", {}, more=more))

    assert np.flatnonzero(predictions.labeled).tolist() == [5]
    assert predictions.counts[5] == 1
    assert predictions.scores[predictions.rows == 5].tolist() == [1.0]


def test_tracks_are_told_apart_by_their_place_in_the_file(write: Write) -> None:
    def more(labels: Any) -> None:
        import sleap_io

        labels.tracks += [sleap_io.Track("fly"), sleap_io.Track("fly")]  # of one name
        for frame in labels.labeled_frames[:20]:
            for animal, track in zip(frame.instances, labels.tracks, strict=True):
                animal.track = track

    tracks = read(write("flies.slp", {}, more=more)).tracks

    assert tracks.tolist() == [0, 1] * 20 + [-1] * 40


def test_a_file_whose_frames_lead_nowhere_is_refused(write: Write) -> None:
    path = write("flies.slp")
    with h5py.File(path, "r+") as file:
        rows = file["instances"][()]
        rows["skeleton"] = 7
        file["instances"][...] = rows

    with pytest.raises(poise_workflows.SourceError, match="must be a label file of SLEAP, got fli"):
        poise_workflows.suggest(path, path.with_name("project.slp"))
