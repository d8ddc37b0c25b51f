"""Each format holds every animal of the ``.slp`` file, or is refused with what to do."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import h5py
import numpy as np
import pytest
import sleap_io

from poise.writing.drafts import drafts_of
from poise_workflows.journal.batches import Batch
from poise_workflows.journal.writing import open_journal
from poise_workflows.results import analysis
from poise_workflows.results.contents import Contents, Results, VideoFacts, contents_of
from poise_workflows.results.errors import ResultsError
from poise_workflows.results.formats import FORMATS, path_of, write_format
from poise_workflows.results.sleap_files import write_slp

Run = Callable[..., Results]
LENGTH = 40

FITS = {
    "analysis": {"single", "untracked", "tracked", "several"},
    "analysis.csv": {"single", "untracked", "tracked", "mixed", "several"},
    "dlc": {"single", "untracked", "tracked", "several"},
    "nwb": {"single", "tracked", "several"},
}
CASES = [(name, kind) for name, kinds in FITS.items() for kind in sorted(kinds)]


def table_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def animals_in(name: str, path: Path) -> int:
    """How many animals a file holds, counted without Poise."""
    if name == "analysis.csv":
        return len(table_of(path)) - 1
    if name == "dlc":
        rows = table_of(path)
        start = [row[0] for row in rows].index("coords") + 1
        cells = np.array([row[1:] for row in rows[start:]]).reshape(len(rows) - start, -1, 9)
        return int((cells != "").any(axis=-1).sum())
    with h5py.File(path) as file:
        if name == "analysis":
            there = ~np.isnan(file["tracks"][()]).all(axis=(1, 2))
            assert there.sum() == file["track_occupancy"][()].sum()
            return int(there.sum())
        animals = [
            np.concatenate([parts[part]["timestamps"] for part in parts if is_series(parts[part])])
            for key, video in file["processing"].items()
            if key.startswith("SLEAP_VIDEO")
            for parts in video.values()
        ]
        return sum(len(np.unique(times)) for times in animals)


def is_series(item: Any) -> bool:
    return isinstance(item, h5py.Group) and "data" in item


def animals_by_video(path: Path) -> dict[str, int]:
    labels = sleap_io.load_slp(str(path), open_videos=False)
    counts = {video.filename: 0 for video in labels.videos}
    for frame in labels:
        counts[frame.video.filename] += len(frame)
    return counts


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_files_hold_as_many_animals_as_the_slp_file(
    run: Run, tmp_path: Path, name: str, kind: str
) -> None:
    results = run(kind)
    slp = write_slp(results, tmp_path / "flies.slp", {})

    files = write_format(results, name, tmp_path / "flies.slp", {"output_path": "flies.slp"})

    expected = animals_by_video(slp.path)
    assert [file.path.name for file in files] == [
        f"flies.00{index}_{index}.{FORMATS[name].suffix}" for index in range(len(expected))
    ]
    assert [animals_in(name, file.path) for file in files] == list(expected.values())
    assert [file.instances for file in files] == list(expected.values())
    assert sum(expected.values()) == slp.instances >= 24


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name, kinds in FITS.items()
        for kind in ("untracked", "mixed")
        if kind not in kinds
    ],
)
def test_what_a_format_cannot_hold_is_an_error_that_says_what_to_do(
    run: Run, tmp_path: Path, name: str, kind: str
) -> None:
    with pytest.raises(ResultsError) as error:
        write_format(run(kind), name, tmp_path / "flies.slp", {})

    message = str(error.value)
    assert f"the format {name} cannot hold the poses of films/0.mp4" in message
    assert "give every animal a track with `poise track`, or write a .slp file" in message
    if kind == "mixed":
        assert "must have tracked or untracked animals, not both, got 24 with a track and 24" in (
            message
        )
    assert not list(tmp_path.glob("flies*"))


def made(folder: Path, results: Results, **changes: Any) -> Results:
    """Results of a single batch, made of the second one of other results."""
    batch = attrs.evolve(list(results.batches())[1], **changes)
    with open_journal(folder / "changed.journal", {}) as journal:
        journal.append(batch)
    return attrs.evolve(results, recorded=journal.recorded)


@pytest.mark.parametrize("name", ["analysis", "dlc", "nwb"])
def test_a_frame_that_was_predicted_twice_has_no_place(run: Run, tmp_path: Path, name: str) -> None:
    results = made(tmp_path, run("single"), frames=[4, 5, 5, 6])

    with pytest.raises(ResultsError, match="must have each frame once, got frame 5 twice"):
        write_format(results, name, tmp_path / "flies.slp", {})
    write_format(results, "analysis.csv", tmp_path / "flies.slp", {})


@pytest.mark.parametrize("name", ["analysis", "dlc", "nwb"])
def test_two_animals_of_one_track_in_a_frame_have_no_place(
    run: Run, tmp_path: Path, name: str
) -> None:
    tracked = run("tracked")
    batch = list(tracked.batches())[1]
    results = made(tmp_path, tracked, tracks=batch.tracks * 0, new_tracks=["track_0"])

    with pytest.raises(
        ResultsError, match="must have each track once in a frame, got 'track_0' twice in frame 4"
    ):
        write_format(results, name, tmp_path / "flies.slp", {})


def test_no_file_is_written_if_one_video_does_not_fit(run: Run, tmp_path: Path) -> None:
    several = run("several")
    batches = list(several.batches())
    batches[-1] = attrs.evolve(batches[-1], tracks=batches[-1].tracks - 1)
    with open_journal(tmp_path / "changed.journal", {}) as journal:
        for batch in batches:
            journal.append(batch)

    with pytest.raises(ResultsError, match=r"cannot hold the poses of films/1.mp4"):
        write_format(
            attrs.evolve(several, recorded=journal.recorded), "analysis", tmp_path / "f", {}
        )
    assert not list(tmp_path.glob("f.*"))


def test_a_video_without_animals_has_no_file(run: Run, tmp_path: Path) -> None:
    for name in FORMATS:
        assert write_format(run("empty"), name, tmp_path / "flies.slp", {}) == []
        (tmp_path / "journal of empty").rename(tmp_path / name)


@pytest.mark.parametrize("kind", ["single", "untracked", "tracked"])
def test_tables_have_as_many_frames_as_the_video_and_the_poses_in_their_places(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(analysis, "BLOCK", 7)
    results = run(kind)

    (file,) = write_format(results, "analysis", tmp_path / "flies.h5", {})
    (table,) = write_format(results, "dlc", tmp_path / "flies.csv", {})

    slots = {"single": 1, "untracked": 3, "tracked": 3}[kind]
    with h5py.File(file.path) as stored:
        tracks = stored["tracks"][()]
        scores, totals = stored["point_scores"][()], stored["instance_scores"][()]
    rows = [row for row in table_of(table.path) if row[0].isdigit()]
    assert tracks.shape == (slots, 2, 3, LENGTH)
    assert [int(row[0]) for row in rows] == list(range(LENGTH))
    cells = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows])
    np.testing.assert_array_equal(
        cells.reshape(LENGTH, slots, 3, 3)[..., :2].transpose(1, 3, 2, 0), tracks
    )
    for batch in results.batches():
        for row, number in enumerate(batch.frames):
            animals = slice(*batch.row_splits[row : row + 2])
            count = animals.stop - animals.start
            there = batch.points[animals].transpose(0, 2, 1)
            np.testing.assert_array_equal(tracks[:count, :, :, number], there)
            assert np.isnan(tracks[count:, :, :, number]).all()
            np.testing.assert_array_equal(totals[:count, number], batch.scores[animals])
            given = ~np.isnan(there[:, 0])
            np.testing.assert_array_equal(
                scores[:count, :, number][given], batch.point_scores[animals][given]
            )


def test_columns_have_the_order_of_the_skeleton(run: Run, tmp_path: Path) -> None:
    results = run("tracked")

    (csv_file,) = write_format(results, "analysis.csv", tmp_path / "flies.csv", {})
    (dlc,) = write_format(results, "dlc", tmp_path / "flies.dlc.csv", {})
    (nwb,) = write_format(results, "nwb", tmp_path / "flies.nwb", {})

    header = table_of(csv_file.path)[0]
    assert header[:3] == ["track", "frame_idx", "instance.score"]
    assert header[3:] == [
        f"{part}.{value}" for part in ("thorax", "head", "tail") for value in ("x", "y", "score")
    ]
    scorer, individuals, parts, coords = table_of(dlc.path)[:4]
    assert set(scorer[1:]) == {"Poise"}
    assert individuals[1::9] == ["track_0", "track_1", "track_2"]
    assert parts[1:10] == ["thorax"] * 3 + ["head"] * 3 + ["tail"] * 3
    assert coords[1:4] == ["x", "y", "likelihood"]
    with h5py.File(nwb.path) as file:
        nodes = file["processing/behavior/Skeletons/Skeleton-0/nodes"][()]
    assert nodes.tolist() == [b"thorax", b"head", b"tail"]


def test_frames_that_were_predicted_in_another_order_ascend(run: Run, tmp_path: Path) -> None:
    results = made(tmp_path, run("tracked"), frames=[7, 5, 30, 6], new_tracks=["a", "b", "c"])

    (table,) = write_format(results, "analysis.csv", tmp_path / "flies.csv", {})
    (file,) = write_format(results, "analysis", tmp_path / "flies.h5", {})

    numbers = [int(row[1]) for row in table_of(table.path)[1:]]
    assert numbers == sorted(numbers)
    with h5py.File(file.path) as stored:
        there = np.flatnonzero(stored["track_occupancy"][()].any(axis=1))
    assert there.tolist() == sorted(set(numbers))


def test_times_in_nwb_are_those_of_the_video(run: Run, tmp_path: Path) -> None:
    """sleap-io writes whole frames a second, so 29.97 would drift."""
    results = run("single")
    facts = VideoFacts(
        filename="films/0.mp4", backend={**results.contents.videos[0].backend, "fps": 29.97}
    )
    contents = attrs.evolve(results.contents, videos=[facts])

    (file,) = write_format(
        attrs.evolve(results, contents=contents), "nwb", tmp_path / "flies.nwb", {}
    )

    with h5py.File(file.path) as stored:
        animal = stored["processing/SLEAP_VIDEO_000_0/track=untracked"]
        times = animal["thorax/timestamps"][()]
        assert "starting_time" not in animal["thorax"]
    expected = [number / 29.97 for number in range(30) if number % 5]
    np.testing.assert_allclose(times, expected, rtol=1e-12)


def test_pynwb_reads_the_file(run: Run, tmp_path: Path) -> None:
    import ndx_pose  # noqa: F401  # pynwb finds the types of poses through it
    from pynwb import NWBHDF5IO

    (file,) = write_format(run("tracked"), "nwb", tmp_path / "flies.nwb", {})

    with NWBHDF5IO(str(file.path), "r", load_namespaces=True) as stream:
        video = stream.read().processing["SLEAP_VIDEO_000_0"]
        series = video["track=track_0"]["thorax"]
        assert len(series.timestamps) == len(series.data) == 24
        assert video["track=track_0"].source_software == "Poise"


@pytest.mark.parametrize("kind", ["tracked", "untracked"])
def test_sleap_io_reads_the_analysis_file(run: Run, tmp_path: Path, kind: str) -> None:
    results = run(kind)

    (file,) = write_format(results, "analysis", tmp_path / "flies.h5", {"a": 1})

    labels = sleap_io.load_analysis_h5(str(file.path))
    assert sum(map(len, labels)) == results.recorded.instances
    assert labels.skeleton.node_names == ["thorax", "head", "tail"]
    assert labels.skeleton.edge_inds == [(0, 1), (0, 2)]
    assert labels.provenance["a"] == 1


def test_an_unknown_format_is_refused_with_the_nearest(run: Run, tmp_path: Path) -> None:
    with pytest.raises(
        ResultsError, match=r"got 'analysis.cvs'; did you mean 'analysis.csv'\? @ format"
    ):
        write_format(run("single"), "analysis.cvs", tmp_path / "flies.csv", {})


@pytest.mark.parametrize(
    ("output", "name", "videos", "expected"),
    [
        ("out/poses.h5", "analysis", ["a/cam.mp4"], "out/poses.h5"),
        ("out/poses.slp", "analysis", ["a/cam.mp4"], "out/poses.000_cam.analysis.h5"),
        ("poses.predictions.slp", "nwb", ["cam.mp4"], "poses.predictions.000_cam.nwb"),
        ("poses.csv", "analysis.csv", ["cam.mp4", "b.mp4"], "poses.csv.000_cam.analysis.csv"),
        ("poses.slp", "dlc", [r"C:\films\cam.1.avi"], "poses.000_cam.1.dlc.csv"),
    ],
)
def test_files_are_named_as_sleap_names_them(
    output: str, name: str, videos: list[str], expected: str
) -> None:
    assert path_of(Path(output), FORMATS[name], 0, videos) == Path(expected)


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_that_is_missing_is_an_error_that_names_the_file(
    run: Run, tmp_path: Path, name: str
) -> None:
    output = tmp_path / "gone" / "flies.slp"

    with pytest.raises(ResultsError, match=r"flies.000_0.* cannot be written: No such file"):
        write_format(run("single"), name, output, {})


@pytest.mark.parametrize("name", FORMATS)
def test_an_error_in_the_middle_leaves_the_former_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    results = run("tracked")
    (file,) = write_format(results, name, tmp_path / "flies.slp", {})
    before = file.path.read_bytes()
    batches = Results.batches

    def fail_at_the_second_reading(self: Results, source: int | None = None) -> Any:
        monkeypatch.setattr(Results, "batches", failing)
        return batches(self, source)

    def failing(self: Results, source: int | None = None) -> Any:
        yield next(batches(self, source))
        raise KeyboardInterrupt

    monkeypatch.setattr(Results, "batches", fail_at_the_second_reading)
    with pytest.raises(KeyboardInterrupt):
        write_format(results, name, tmp_path / "flies.slp", {})

    assert file.path.read_bytes() == before
    assert drafts_of(file.path) == []


def golden_results(golden: Path, folder: Path, name: str) -> tuple[Results, Any]:
    """The predictions of a file of SLEAP, and its labels as sleap-io reads them."""
    labels = sleap_io.load_slp(str(golden / "convert" / name / f"{name}.slp"), open_videos=False)
    contents = Contents(
        skeleton=skeleton_of(labels.skeleton),
        videos=[
            VideoFacts(filename=video.filename, backend={**video.backend_metadata, "shape": None})
            for video in labels.videos
        ],
        tracks=[track.name for track in labels.tracks],
    )
    with open_journal(folder / "golden.journal", {}) as journal:
        for frame in labels:
            journal.append(batch_of_frame(frame, labels))
    return Results(contents=contents, recorded=journal.recorded), labels


def skeleton_of(skeleton: Any) -> Any:
    edges = [(edge.source.name, edge.destination.name) for edge in skeleton.edges]
    facts = {"parts": skeleton.node_names, "edges": edges, "name": skeleton.name}
    return contents_of({"skeleton": facts, "videos": [], "tracks": []}).skeleton


def batch_of_frame(frame: Any, labels: Any) -> Batch:
    animals = frame.instances
    return Batch(
        source=labels.videos.index(frame.video),
        frames=[frame.frame_idx],
        row_splits=[0, len(animals)],
        points=[animal.numpy() for animal in animals],
        point_scores=[animal.points["score"] for animal in animals],
        scores=[animal.score for animal in animals],
        tracks=[labels.tracks.index(animal.track) if animal.track else -1 for animal in animals],
        tracking_scores=[animal.tracking_score for animal in animals],
    )


@pytest.mark.parametrize("name", ["single", "tracked", "two_videos"])
def test_analysis_files_equal_those_that_sleap_wrote(
    golden: Path, tmp_path: Path, name: str
) -> None:
    results, _ = golden_results(golden, tmp_path, name)

    written = write_format(results, "analysis", tmp_path / "flies.slp", {})

    files = sorted((golden / "convert" / name).glob("*.analysis.h5"))
    assert len(files) == len(written)
    for path, file in zip(files, written, strict=True):
        assert file.path.name == path.name.replace(name, "flies", 1)
        with h5py.File(path) as expected, h5py.File(file.path) as actual:
            assert sorted(actual) == sorted(expected)
            for key in set(expected) - {"labels_path"}:
                stored, value = actual[key][()], expected[key][()]
                assert getattr(stored, "dtype", None) == getattr(value, "dtype", None), key
                if key == "provenance":
                    assert json.loads(stored) == json.loads(value)
                elif np.asarray(value).dtype.kind == "f":
                    np.testing.assert_allclose(stored, value, rtol=1e-6, err_msg=key)
                else:
                    np.testing.assert_array_equal(stored, value, err_msg=key)


@pytest.mark.parametrize("name", ["single", "tracked", "two_videos"])
def test_csv_files_equal_those_that_sleap_wrote(golden: Path, tmp_path: Path, name: str) -> None:
    results, _ = golden_results(golden, tmp_path, name)

    written = write_format(results, "analysis.csv", tmp_path / "flies.slp", {})

    files = sorted((golden / "convert" / name).glob("*.analysis.csv"))
    assert len(files) == len(written)
    for path, file in zip(files, written, strict=True):
        expected, actual = table_of(path), table_of(file.path)
        assert actual[0] == expected[0]
        assert [row[:2] for row in actual] == [row[:2] for row in expected]
        for before, now in zip(expected[1:], actual[1:], strict=True):
            assert [bool(cell) for cell in now[2:]] == [bool(cell) for cell in before[2:]]
            numbers = [[float(cell) for cell in row[2:] if cell] for row in (now, before)]
            np.testing.assert_allclose(*numbers, rtol=1e-7)


def test_csv_holds_both_untracked_animals_of_which_sleap_keeps_one(
    golden: Path, tmp_path: Path
) -> None:
    results, labels = golden_results(golden, tmp_path, "untracked")

    (file,) = write_format(results, "analysis.csv", tmp_path / "flies.slp", {})

    assert len(table_of(file.path)) - 1 == sum(map(len, labels)) == 21


@pytest.mark.parametrize("name", FORMATS)
def test_files_that_are_to_be_kept_are_left_alone(run: Run, tmp_path: Path, name: str) -> None:
    several = run("several")
    first, second = write_format(several, name, tmp_path / "flies.slp", {})
    first.path.write_bytes(b"corrected by hand")
    second.path.unlink()

    (written,) = write_format(several, name, tmp_path / "flies.slp", {}, keep=[first.path])

    assert written == second
    assert first.path.read_bytes() == b"corrected by hand"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["single", "untracked", "tracked", "mixed", "several"])
def test_each_kind_of_result_is_held_whole_or_refused(
    run: Run, tmp_path: Path, name: str, kind: str
) -> None:
    """No format has fewer animals than the ``.slp`` file, whichever formats there are."""
    results = run(kind)
    try:
        files = write_format(results, name, tmp_path / "flies.slp", {})
    except ResultsError as error:
        assert " or write a .slp file" in str(error)
        assert kind not in FITS[name]
    else:
        count = sum(animals_in(name, file.path) for file in files)
        assert count == write_slp(results, tmp_path / "flies.slp", {}).instances
        assert kind in FITS[name]


def test_movement_and_labs_find_the_axes_where_sleap_puts_them(run: Run, tmp_path: Path) -> None:
    """As scripts of labs read it: transposed, frames come first."""
    (file,) = write_format(run("tracked"), "analysis", tmp_path / "flies.slp", {})

    with h5py.File(file.path) as stored:
        locations = stored["tracks"][:].T
        names = [name.decode() for name in stored["node_names"]]
        tracks = [name.decode() for name in stored["track_names"]]
        occupancy = stored["track_occupancy"][:]
    assert locations.shape == (LENGTH, len(names), 2, len(tracks)) == (40, 3, 2, 3)
    assert occupancy.shape == (LENGTH, len(tracks))
    np.testing.assert_array_equal(occupancy.astype(bool), ~np.isnan(locations).all(axis=(1, 2)))
