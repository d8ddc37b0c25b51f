"""``track`` gives the poses of a label file new tracks, and keeps everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poise_workflows
from poise.cli import main
from poise_workflows.frames.sources import SourceError
from poise_workflows.prediction.options import OptionsError

pytestmark = pytest.mark.usefixtures("nearest")

COUNT = 6


def place(animal: int, number: int) -> float:
    """Where an animal is, x; they come towards each other."""
    return 4.0 + 3 * number if animal == 0 else 50.0 - 3 * number


class File:
    """Writes a label file of two videos with two animals, and reads what became of it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.output = folder / "flies.slp", folder / "tracked.slp"
        self.folder = folder

    def write(self, *, images: int = COUNT, mixed: bool = False) -> Path:
        import sleap_io

        skeleton = sleap_io.Skeleton(["head", "tail"], edges=[("head", "tail")])
        videos = [self._video(name, images) for name in "ab"]
        old = sleap_io.Track("old")
        frames = []
        for number in [3, 0, 1, 2, 4, 5]:
            for video in videos:
                animals: list[Any] = [
                    sleap_io.PredictedInstance.from_numpy(
                        np.array([[place(animal, number), 6.0], [np.nan, np.nan]]),
                        point_scores=np.array([0.9, 0.0]),
                        skeleton=skeleton,
                        score=0.5 + animal / 4,
                        track=old if number == 0 else None,
                    )
                    for animal in (0, 1)
                ]
                if mixed and number == 2:
                    animals.append(self._correction(animals[0], skeleton))
                frame = sleap_io.LabeledFrame(video=video, frame_idx=number, instances=animals)
                frames.append(frame)
        labels = sleap_io.Labels(frames, videos=videos, skeletons=[skeleton], tracks=[old])
        labels.suggestions.append(sleap_io.SuggestionFrame(video=videos[0], frame_idx=5))
        sleap_io.save_slp(labels, str(self.path), embed=False, verbose=False)
        return self.path

    def _correction(self, prediction: Any, skeleton: Any) -> Any:
        import sleap_io

        points = prediction.numpy() + 0.5
        return sleap_io.Instance.from_numpy(points, skeleton=skeleton, from_predicted=prediction)

    def _video(self, name: str, images: int) -> Any:
        import sleap_io

        files = []
        for number in range(images):
            image = np.zeros((20, 60), np.uint8)
            for animal, brightness in enumerate((250, 120)):
                image[6, int(place(animal, number))] = brightness
            files.append(str(self.folder / f"{name}{number}.png"))
            Image.fromarray(image).save(files[-1])
        stored: dict[str, Any] = {"type": "ImageVideo", "filename": files[0], "filenames": files}
        stored["shape"] = (images, 20, 60, 1)
        return sleap_io.Video(
            filename=files, backend=None, backend_metadata=stored, open_backend=False
        )

    def tracks(self) -> Any:
        """Video, frame → track of each instance, in the order of the file."""
        labels = self.labels()
        return {
            (labels.videos.index(frame.video), int(frame.frame_idx)): [
                animal.track and animal.track.name for animal in frame.instances
            ]
            for frame in labels
        }

    def labels(self) -> Any:
        import sleap_io

        return sleap_io.load_slp(str(self.output), open_videos=False)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path)


@pytest.fixture
def track(file: File) -> Callable[..., Any]:
    """``track(option=…)`` tracks the file with the small tracker."""

    def run(**options: Any) -> Any:
        tracking = {"reach": 5.0, **options.pop("tracking", {})}
        settings = {"track": "nearest", "progress": "none", **options}
        return poise_workflows.track(file.path, file.output, tracking=tracking, **settings)

    return run


def test_each_video_is_tracked_in_the_order_of_its_frames(
    file: File, track: Callable[..., Any]
) -> None:
    file.write()

    result = track()

    tracks = file.tracks()
    assert list(tracks)[:3] == [(0, 3), (1, 3), (0, 0)]  # the order of the file stays
    for video, names in enumerate((["track_0", "track_1"], ["track_2", "track_3"])):
        assert all(tracks[video, number] == names for number in range(COUNT))
    assert [t.name for t in file.labels().tracks] == ["track_1", "track_0", "track_3", "track_2"]
    assert (result.report["frames"], result.report["instances"]) == (12, 24)
    assert (result.report["tracks"], result.report["untracked"]) == (4, 0)
    report = json.loads(file.output.with_suffix(".report.json").read_text(encoding="utf-8"))
    assert report["tracking"]["tracker"] == "nearest"


def test_everything_else_of_the_file_stays_and_a_correction_shares_its_track(
    file: File, track: Callable[..., Any]
) -> None:
    file.write(mixed=True)
    before = file.path.read_bytes()

    track()

    labels = file.labels()
    assert len(labels.suggestions) == 1
    assert file.path.read_bytes() == before
    assert file.tracks()[0, 2] == ["track_0", "track_1", "track_0"]
    assert labels.provenance["tracked"][0]["tracking"]["edition"] == "2026"
    frame = next(f for f in labels if f.frame_idx == 2)
    assert frame.instances[2].from_predicted is not None


def test_in_edition_sleap_14_videos_are_mixed_and_only_the_frames_are_left(
    file: File, track: Callable[..., Any]
) -> None:
    file.write(mixed=True)

    track(tracking={"edition": "sleap-1.4", "reach": 2.0})

    labels = file.labels()
    assert [(labels.videos.index(f.video), f.frame_idx) for f in labels][:3] == [
        (0, 0),
        (1, 0),
        (0, 1),
    ]
    assert len(labels.suggestions) == 0
    tracks = file.tracks()
    assert tracks[0, 0] == tracks[1, 0] == ["track_1", "track_0"]  # one tracker, in its order
    assert len(tracks[0, 2]) == 3


def test_what_a_person_labeled_stays_where_the_tracker_leaves_it_out(
    file: File, track: Callable[..., Any]
) -> None:
    file.write(mixed=True)

    result = track(tracking={"most": 1})

    assert len(file.tracks()[0, 0]) == 1
    assert len([f for f in file.labels() if len(f) == 2]) == 2
    assert result.report["dropped"] == {"most 1": 10 + 2}


def test_a_tracker_that_sees_images_gets_them_in_order(
    file: File, track: Callable[..., Any]
) -> None:
    file.write()

    track(tracking={"by_look": True})

    assert file.tracks()[1, 5] == ["track_2", "track_3"]


def test_animals_of_a_frame_whose_image_cannot_be_read_have_no_track_and_the_run_fails(
    file: File, track: Callable[..., Any]
) -> None:
    file.write()
    (file.folder / "a3.png").write_bytes((file.folder / "a3.png").read_bytes()[:50])

    result = track(tracking={"by_look": True})

    assert file.tracks()[0, 3] == [None, None]
    assert result.failed == "1 frame cannot be read; their animals have no track"
    assert result.report["unreadable"][0]["frame"] == 3
    assert result.report["untracked"] == 2


def test_an_output_that_is_there_is_kept_aside_only_if_asked(
    file: File, track: Callable[..., Any]
) -> None:
    file.write()
    file.output.write_bytes(b"mine")

    with pytest.raises(OptionsError, match="must be free, got"):
        track()
    assert file.output.read_bytes() == b"mine"

    track(overwrite=True)
    assert file.output.with_name("tracked.1.slp").read_bytes() == b"mine"
    assert len(file.tracks()) == 12


def test_a_file_without_animals_is_refused(file: File, track: Callable[..., Any]) -> None:
    import sleap_io

    labels = sleap_io.Labels(skeletons=[sleap_io.Skeleton(["head"])])
    sleap_io.save_slp(labels, str(file.path), verbose=False)

    with pytest.raises(SourceError, match="must hold animals of one skeleton, got no animal"):
        track()


QUIET = ("--progress", "none")


def test_the_command_says_what_it_did(
    file: File, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.write().parent)

    status = main(
        ["track", "flies.slp", "-o", "tracked.slp", "--tracker", "nearest", *QUIET]
        + ["--tracking.most", "1"]
    )

    assert status == 0
    assert capsys.readouterr().out.splitlines() == [
        "note    tracker: nearest, edition 2026; --tracking.edition sleap-1.4 gives SLEAP's tracks",
        "tracked  tracked.slp",
        "  12 frames, 12 animals",
        "  tracks    2",
        "  dropped   12 animals: most 1",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("flies.mp4 -m a -m b -o x.slp", "type\n    poise predict flies.mp4 -m a -m b --track sim"),
        ("flies.mp4 -o x.slp", "poise predict flies.mp4 -m MODEL --track simple -o x.slp"),
        ("flies.slp -m a", "got flies.slp with a model"),
        ("flies.slp", "Missing option '-o' / '--output'"),
        ("no.slp -o x.slp", "must be a .slp file that is there, got no.slp"),
        ("flies.slp -o flies.slp", "must be another file than the one that is tracked"),
        ("flies.slp -o x.mp4", "must end in .slp, got x.mp4"),
        ("flies.slp -o no/x.slp", "must be in a folder that is there, got no/x.slp"),
        ("text.slp -o x.slp", "must be a label file of SLEAP, got text.slp"),
        ("flies.slp -o x.slp --track nearby", "must be a tracker, got 'nearby'"),
        ("flies.slp -o x.slp --tracking.reech 2", "did you mean 'reach'? @ --tracking.reech"),
    ],
)
def test_a_wrong_call_ends_with_2_and_writes_nothing(
    words: str,
    message: str,
    file: File,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(file.write().parent)
    Path("text.slp").write_text("text", encoding="utf-8")
    before = sorted(Path().iterdir())
    words = words if "--track " in words else f"{words} --track nearest"

    status = main(["track", *words.split(), *QUIET])

    assert status == 2
    assert message in capsys.readouterr().err
    assert sorted(Path().iterdir()) == before
