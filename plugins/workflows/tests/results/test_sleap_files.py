"""A ``.slp`` file written in pieces is the file that sleap-io, and SLEAP, write of the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import sleap_io
from PIL import Image

from poise_workflows.journal.batches import Batch
from poise_workflows.results import tables
from poise_workflows.results.contents import Contents, Results, VideoFacts, media_video
from poise_workflows.results.sleap_files import write_slp
from poise_workflows.results.sleap_objects import add_frames, labels_without_frames

Run = Callable[..., Results]
PROVENANCE = {"predictor": "BottomUpPredictor", "args": {"peak_threshold": 0.2}}


def by_sleap_io(results: Results, path: Path) -> Path:
    labels = labels_without_frames(results, PROVENANCE)
    for batch in results.batches():
        add_frames(labels, batch)
    sleap_io.save_slp(labels, str(path), verbose=False)
    return path


def datasets(path: Path) -> dict[str, Any]:
    """Every dataset and attribute, by path."""
    items: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            items[name] = item[()]
        items.update({f"{name}@{key}": value for key, value in item.attrs.items()})

    with h5py.File(path) as file:
        file.visititems(visit)
    return items


def assert_same(actual: Any, expected: Any) -> None:
    """Equal values, in tables field by field: NaN equals NaN there, too."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    for field in expected.dtype.names or [...]:
        np.testing.assert_array_equal(actual[field], expected[field], err_msg=str(field))


def test_the_file_equals_sleap_ios_dataset_by_dataset(kind: str, run: Run, tmp_path: Path) -> None:
    results = run(kind)

    written = write_slp(results, tmp_path / "flies.slp", PROVENANCE)

    expected = datasets(by_sleap_io(results, tmp_path / "expected.slp"))
    actual = datasets(written.path)
    assert list(actual) == list(expected)
    assert {"frames", "instances", "pred_points", "metadata@format_id"} <= actual.keys()
    for name, value in expected.items():
        if name == "tracks_json":  # sleap-io does not know where tracks begin
            assert [json.loads(row)[1] for row in actual[name]] == [
                json.loads(row)[1] for row in value
            ]
            continue
        assert np.asarray(actual[name]).dtype == np.asarray(value).dtype, name
        assert_same(actual[name], value)
    assert written.frames == len(expected["frames"]) == (60 if kind == "several" else 30)
    assert written.instances == len(expected["instances"])


def test_sleap_io_reads_the_same_of_both_files(kind: str, run: Run, tmp_path: Path) -> None:
    results = run(kind)
    write_slp(results, tmp_path / "flies.slp", PROVENANCE)
    by_sleap_io(results, tmp_path / "expected.slp")

    actual, expected = (
        sleap_io.load_slp(str(tmp_path / name), open_videos=False)
        for name in ("flies.slp", "expected.slp")
    )

    assert list(map(facts_of, actual)) == list(map(facts_of, expected))
    assert [track.name for track in actual.tracks] == [track.name for track in expected.tracks]
    assert [video.filename for video in actual.videos] == [
        video.filename for video in expected.videos
    ]
    assert actual.skeleton.node_names == ["thorax", "head", "tail"]
    assert actual.skeleton.edge_inds == [(0, 1), (0, 2)]
    assert actual.provenance["predictor"] == "BottomUpPredictor"


def facts_of(frame: Any) -> Any:
    animals = [
        (
            repr(animal.numpy(invisible_as_nan=False).tolist()),
            animal.points["score"].tolist(),
            animal.points["visible"].tolist(),
            animal.score,
            animal.tracking_score,
            animal.track and animal.track.name,
        )
        for animal in frame.instances
    ]
    return frame.video.filename, frame.frame_idx, animals


def test_a_missing_part_has_no_place_and_no_score_but_is_visible(run: Run, tmp_path: Path) -> None:
    results = run("untracked")
    write_slp(results, tmp_path / "flies.slp", PROVENANCE)

    points = datasets(tmp_path / "flies.slp")["pred_points"]
    missing = np.isnan(points["x"])

    assert 0 < missing.sum() < len(points)
    np.testing.assert_array_equal(np.isnan(points["y"]), missing)
    assert (points["score"][missing] == 0).all()
    assert (points["score"][~missing] >= 0.2).all()
    assert points["visible"].all()
    assert not points["complete"].any()


def test_empty_frames_are_kept_unless_they_are_unwanted(run: Run, tmp_path: Path) -> None:
    results = run("untracked")

    whole = write_slp(results, tmp_path / "whole.slp", {})
    less = write_slp(results, tmp_path / "less.slp", {}, empty_frames=False)

    assert (whole.frames, less.frames) == (30, 24)
    assert whole.instances == less.instances
    for path in (whole.path, less.path):
        labels = sleap_io.load_slp(str(path), open_videos=False)
        assert sum(len(frame) for frame in labels) == whole.instances
    assert all(len(frame) for frame in sleap_io.load_slp(str(less.path), open_videos=False))


@pytest.mark.parametrize("rows", [1, 7])
def test_the_size_of_the_pieces_does_not_matter(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    results = run("tracked")
    write_slp(results, tmp_path / "flies.slp", {})

    monkeypatch.setattr(tables, "ROWS", rows)
    write_slp(results, tmp_path / "pieces.slp", {})

    expected, actual = datasets(tmp_path / "flies.slp"), datasets(tmp_path / "pieces.slp")
    for name, value in expected.items():
        assert_same(actual[name], value)


def test_a_large_provenance_is_written_without_a_word(
    run: Run, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    reasons = {str(index): "truncated file" for index in range(5000)}

    write_slp(run("single"), tmp_path / "flies.slp", {"poise": {"report": reasons}})

    labels = sleap_io.load_slp(str(tmp_path / "flies.slp"), open_videos=False)
    assert labels.provenance["poise"]["report"] == reasons
    assert not [warning for warning in recwarn if "metadata" in str(warning.message)]


def test_images_inside_a_package_stay_there(run: Run, tmp_path: Path, shared: Path) -> None:
    package = str(shared / "sleap/labels/minimal_instance.pkg.slp")
    backend = {
        "type": "HDF5Video",
        "shape": [1, 384, 384, 1],
        "filename": package,
        "dataset": "video0/video",
        "input_format": "channels_last",
        "convert_range": False,
        "has_embedded_images": True,
        "grayscale": True,
        "fps": None,
    }
    results = run("single")
    contents = Contents(
        skeleton=results.contents.skeleton,
        videos=[VideoFacts(filename=package, backend=backend)],
    )

    write_slp(Results(contents=contents, recorded=results.recorded), tmp_path / "flies.slp", {})

    items = datasets(tmp_path / "flies.slp")
    assert not [name for name in items if name.startswith("video0")]
    assert json.loads(items["videos_json"][0]) == {"filename": package, "backend": backend}
    labels = sleap_io.load_slp(str(tmp_path / "flies.slp"))
    assert labels.video[0].shape == (384, 384, 1)


def test_images_that_a_package_calls_its_own_are_still_found_from_another_file(
    run: Run, tmp_path: Path
) -> None:
    images = np.arange(2 * 8 * 8, dtype=np.uint8).reshape(2, 8, 8, 1)
    package = tmp_path / "flies.pkg.slp"
    write_package(package, images)
    stored = sleap_io.load_slp(str(package), open_videos=False).video.backend_metadata
    results = run("single")
    contents = Contents(
        skeleton=results.contents.skeleton,
        videos=[VideoFacts(filename=str(package), backend={**stored, "filename": "."})],
    )

    write_slp(Results(contents=contents, recorded=results.recorded), tmp_path / "flies.slp", {})

    video = sleap_io.load_slp(str(tmp_path / "flies.slp")).video
    np.testing.assert_array_equal(video[0], images[0])


def write_package(path: Path, images: Any) -> None:
    """Labels with the images inside, as their own."""
    names = [str(path.with_name(f"{number}.png")) for number in range(len(images))]
    for name, image in zip(names, images, strict=True):
        Image.fromarray(image[..., 0]).save(name)
    skeleton = sleap_io.Skeleton(nodes=["head"])
    animal = sleap_io.Instance.from_numpy(np.ones((1, 2)), skeleton=skeleton)
    film = sleap_io.Video.from_filename(names)
    frames = [
        sleap_io.LabeledFrame(video=film, frame_idx=number, instances=[animal])
        for number in range(len(images))
    ]
    sleap_io.save_slp(sleap_io.Labels(frames), str(path), embed=True, verbose=False)


def test_another_writer_of_tables_is_not_needed_for_a_later_sleap_io(
    run: Run, tmp_path: Path
) -> None:
    """A field that sleap-io adds to a table is zero, and every other one is where it belongs."""
    dtype = np.dtype([("new", "f8"), ("video", "u4"), ("frame_id", "u8"), ("frame_idx", "u8")])
    extended = dtype.descr + [("instance_id_start", "u8"), ("instance_id_end", "u8")]
    results = run("untracked")
    with h5py.File(tmp_path / "flies.slp", "w") as file:
        file.create_dataset("frames", (0,), extended)
        for name in ("instances", "pred_points"):
            reference = by_sleap_io(results, tmp_path / "expected.slp")
            file.create_dataset(name, (0,), h5py.File(reference)[name].dtype)
        writer = tables.Tables(file)
        for batch in results.batches():
            writer.add(batch)
        writer.flush()
        assert file["frames"]["frame_idx"].tolist() == list(range(30))
        assert not file["frames"]["new"].any()


def from_sleap(path: Path) -> tuple[Contents, list[Batch]]:
    """The predictions of a file of SLEAP, frame by frame as it wrote them."""
    labels = sleap_io.load_slp(str(path), open_videos=False)
    with h5py.File(path) as file:
        frames, rows, points = (file[name][()] for name in ("frames", "instances", "pred_points"))
        videos = [json.loads(row) for row in file["videos_json"]]
        tracks = [json.loads(row)[1] for row in file["tracks_json"]]
    contents = Contents(
        skeleton=skeleton_of(labels.skeleton),
        videos=[
            VideoFacts(filename=v["backend"]["filename"], backend=v["backend"]) for v in videos
        ],
        tracks=tracks,
    )
    return contents, list(batches_from(frames, rows, points, len(contents.skeleton.parts)))


def skeleton_of(skeleton: Any) -> Any:
    from poise import Skeleton

    edges = [(edge.source.name, edge.destination.name) for edge in skeleton.edges]
    return Skeleton(skeleton.node_names, edges, name=skeleton.name)


def batches_from(frames: Any, rows: Any, points: Any, parts: int) -> Iterator[Batch]:
    for frame in frames:
        animals = rows[frame["instance_id_start"] : frame["instance_id_end"]]
        ids = [np.arange(row["point_id_start"], row["point_id_end"]) for row in animals]
        table = points[np.concatenate(ids).astype(int) if ids else []].reshape(-1, parts)
        yield Batch(
            source=int(frame["video"]),
            frames=[frame["frame_idx"]],
            row_splits=[0, len(animals)],
            points=np.stack([table["x"], table["y"]], axis=-1),
            point_scores=table["score"],
            scores=animals["score"],
            tracks=animals["track"],
            tracking_scores=animals["tracking_score"],
        )


@pytest.mark.parametrize("name", ["single", "untracked", "tracked", "two_videos"])
def test_the_tables_equal_those_that_sleap_wrote(golden: Path, tmp_path: Path, name: str) -> None:
    from poise_workflows.journal.writing import open_journal

    original = golden / "convert" / name / f"{name}.slp"
    contents, batches = from_sleap(original)
    with open_journal(tmp_path / "run.journal", {}) as journal:
        for batch in batches:
            journal.append(batch)

    write_slp(Results(contents=contents, recorded=journal.recorded), tmp_path / "flies.slp", {})

    expected, actual = datasets(original), datasets(tmp_path / "flies.slp")
    for table in ("frames", "instances", "pred_points"):
        assert actual[table].dtype == expected[table].dtype
        assert len(actual[table]) > 0
        for field in expected[table].dtype.names:
            np.testing.assert_allclose(actual[table][field], expected[table][field], rtol=1e-7)
    assert [json.loads(row)["backend"] for row in actual["videos_json"]] == [
        json.loads(row)["backend"] for row in expected["videos_json"]
    ]


@pytest.mark.parametrize(
    "case", ["single_video", "bottomup_track_simple", "multiclass_bottomup_video", "topdown_max1"]
)
def test_golden_predictions_come_back(golden: Path, tmp_path: Path, case: str) -> None:
    from poise import Skeleton
    from poise_workflows.journal.writing import open_journal

    folder = golden / "predict" / case
    facts = json.loads((folder / "case.json").read_text("utf-8"))
    expected = dict(np.load(folder / "expected.npz"))
    is_tracked = any(facts["spawned_on"])
    contents = Contents(
        skeleton=Skeleton(facts["nodes"], facts["edges"]),
        videos=[media_video(video["filename"], video["shape"]) for video in facts["videos"]],
        tracks=[] if is_tracked else facts["tracks"],
    )
    batch = Batch(
        source=0,
        frames=expected["frame_idx"],
        row_splits=expected["row_splits"],
        points=expected["points"],
        point_scores=expected["point_scores"],
        scores=expected["scores"],
        tracks=expected["track"],
        tracking_scores=expected["tracking_score"],
        new_tracks=facts["tracks"] if is_tracked else [],
    )
    with open_journal(tmp_path / "run.journal", {}) as journal:
        journal.append(batch)

    results = Results(contents=contents, recorded=journal.recorded)
    write_slp(results, tmp_path / "flies.slp", facts["provenance"])

    items = datasets(tmp_path / "flies.slp")
    assert [json.loads(row) for row in items["tracks_json"]] == [
        list(row) for row in zip(facts["spawned_on"], facts["tracks"], strict=True)
    ]
    points = items["pred_points"].reshape(-1, len(facts["nodes"]))
    np.testing.assert_array_equal(items["frames"]["frame_idx"], expected["frame_idx"])
    np.testing.assert_array_equal(items["frames"]["instance_id_end"], expected["row_splits"][1:])
    np.testing.assert_allclose(points["x"], expected["points"][..., 0], rtol=1e-7)
    np.testing.assert_allclose(points["y"], expected["points"][..., 1], rtol=1e-7)
    np.testing.assert_allclose(points["score"], expected["point_scores"], rtol=1e-7)
    np.testing.assert_allclose(items["instances"]["score"], expected["scores"], rtol=1e-7)
    np.testing.assert_array_equal(items["instances"]["track"], expected["track"])
    assert json.loads(items["provenance_json"]) == facts["provenance"]
