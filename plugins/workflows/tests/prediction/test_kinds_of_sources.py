"""What a loaded predictor takes: paths, objects of sleap-io, and frames in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from poise_workflows.frames.sources import SourceError
from poise_workflows.prediction.options import OptionsError

COUNT = 5
IMAGES = np.zeros((COUNT, 20, 60, 1), np.uint8)
for number, image in enumerate(IMAGES):
    image[6 + number, 4 + 3 * number] = 255

WriteVideo = Callable[..., Path]


def where(number: int) -> list[float]:
    return [4.0 + 3 * number, 6.0 + number]


@pytest.fixture
def predictor(model: Path) -> Any:
    return poise_workflows.load(model, batch_size=2)


def labels_of(*videos: Any, numbers: list[int]) -> Any:
    """Labels with frames in which nothing is labeled, video by video."""
    import sleap_io

    return sleap_io.Labels(
        [sleap_io.LabeledFrame(video=v, frame_idx=n) for v in videos for n in numbers],
        videos=list(videos),
    )


def as_path(video: Path) -> Any:
    return video


def as_text(video: Path) -> Any:
    return str(video)


def as_video(video: Path) -> Any:
    import sleap_io

    return sleap_io.Video.from_filename(str(video))


def as_closed_video(video: Path) -> Any:
    import sleap_io

    return sleap_io.Video(filename=str(video), open_backend=False)


def as_labels(video: Path) -> Any:
    return labels_of(as_video(video), numbers=list(range(COUNT)))


def as_label_file(video: Path) -> Any:
    path = video.with_suffix(".slp")
    as_labels(video).save(str(path), embed=False)
    return path


def as_array(video: Path) -> Any:
    return IMAGES


KINDS = [as_path, as_text, as_video, as_closed_video, as_labels, as_label_file, as_array]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_source_gives_labels_with_the_same_poses(
    kind: Callable[[Path], Any], predictor: Any, write_video: WriteVideo, tmp_path: Path
) -> None:
    import sleap_io

    labels = predictor.predict(kind(write_video(count=COUNT)))

    assert [frame.frame_idx for frame in labels] == list(range(COUNT))
    assert [frame.instances[0].numpy()[0].tolist() for frame in labels] == [*map(where, range(5))]
    labels.save(str(tmp_path / "saved.slp"), embed=False)
    saved = sleap_io.load_slp(str(tmp_path / "saved.slp"), open_videos=False)
    np.testing.assert_array_equal(saved.numpy(), labels.numpy())


@pytest.mark.parametrize("kind", [as_path, as_video, as_array])
def test_each_kind_of_video_is_streamed_from_the_frames_that_are_named(
    kind: Callable[[Path], Any], predictor: Any, write_video: WriteVideo
) -> None:
    stream = predictor.stream(kind(write_video(count=COUNT)), frames="3,0-1")

    pairs = [(number, animals.points[0, 0, 0].tolist()) for number, animals in stream]

    assert pairs == [(number, where(number)) for number in (3, 0, 1)]


def test_labels_choose_their_frames_as_label_files_do(
    predictor: Any, write_video: WriteVideo
) -> None:
    import sleap_io

    labels = labels_of(as_video(write_video(count=COUNT)), numbers=[4, 1])
    suggestion = sleap_io.SuggestionFrame(video=labels.video, frame_idx=2)
    labels.suggestions.append(suggestion)

    listed = predictor.predict(labels)
    suggested = predictor.predict(labels, only_suggested=True)
    of_video = predictor.predict(labels, video_index=0, frames="0-2")

    assert [frame.frame_idx for frame in listed] == [4, 1]
    assert [frame.frame_idx for frame in suggested] == [2]
    assert [frame.frame_idx for frame in of_video] == [0, 1, 2]
    assert [len(frame) for frame in labels.labeled_frames] == [0, 0]


def test_videos_of_several_sizes_are_predicted_each_in_its_own(
    predictor: Any, write_video: WriteVideo
) -> None:
    small, large = write_video("small.mkv"), write_video("large.mkv", (40, 90))
    labels = labels_of(as_video(small), as_video(large), numbers=[0, 3, 6])

    predicted = predictor.predict(labels)

    assert [Path(frame.video.filename).name for frame in predicted] == [
        *["small.mkv"] * 3,
        *["large.mkv"] * 3,
    ]
    points = np.array([frame.instances[0].numpy()[0] for frame in predicted])
    expected = np.array([where(number) for number in (0, 3, 6)])
    # SLEAP's size match enlarges the small frames; the large ones stay as they are.
    np.testing.assert_allclose(points[:3], expected, atol=0.5)
    np.testing.assert_array_equal(points[3:], expected)


def test_the_second_call_of_a_size_compiles_nothing(
    keras: Any, predictor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if keras.backend.backend() == "torch":
        pytest.skip("nothing is compiled on PyTorch")
    traced: list[Any] = []
    call = keras.layers.Concatenate.call

    def noted(self: Any, inputs: Any) -> Any:
        traced.append(inputs)
        return call(self, inputs)

    monkeypatch.setattr(keras.layers.Concatenate, "call", noted)
    predictor.predict_frames(IMAGES)
    predictor.predict_frames(np.pad(IMAGES, ((0, 0), (0, 20), (0, 30), (0, 0))))
    compiled = len(traced)
    assert compiled > 0

    for count in (1, 2, 5):
        predictor.predict_frames(IMAGES[:count])
    predictor.predict(IMAGES)
    list(predictor.stream(IMAGES[:3]))
    points = predictor.predict_frames(np.pad(IMAGES[4:], ((0, 0), (0, 20), (0, 30), (0, 0))))

    assert points.points[0, 0, 0].tolist() == where(4)
    assert len(traced) == compiled


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES[0], r"must be images \(N, H, W, C\) with 1 or 3 .*pass images\[None\] for one"),
        (IMAGES.astype(np.int32), "must be images of 8 bits"),
        (IMAGES.astype(np.float32) * 255, "must be floats from 0 to 1, got 0 to 65025"),
        (np.zeros((2, 20, 60, 2), np.uint8), r"1 or 3 channels, got the shape \(2, 20, 60, 2\)"),
        (np.zeros((0, 20, 60, 1), np.uint8), r"must hold frames, got the shape \(0, 20, 60, 1\)"),
    ],
)
def test_what_are_no_frames_is_refused(predictor: Any, images: Any, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        predictor.predict_frames(images)


def test_a_choice_that_a_source_does_not_have_is_refused_with_the_nearest(predictor: Any) -> None:
    with pytest.raises(OptionsError, match=r"got 'frame'.* did you mean 'frames'"):
        predictor.predict(IMAGES, frame="0-3")


@pytest.mark.usefixtures("made_up")
def test_frames_of_other_channels_than_the_model_takes_are_refused(
    save_model: Callable[..., Path],
) -> None:
    odd = poise_workflows.load(save_model("odd", (None, None, 2)))

    assert odd.predict_frames(np.zeros((2, 20, 60, 2), np.uint8)).counts.tolist() == [1, 1]
    with pytest.raises(SourceError, match="with 2 channels, got the shape"):
        odd.predict_frames(IMAGES)
    with pytest.raises(OptionsError, match="must have the 2 channels of the model, got 1"):
        odd.predict(IMAGES)
    with pytest.raises(OptionsError, match="must have the 2 channels of the model, got 1"):
        next(odd.stream(IMAGES))


def test_a_stage_alone_needs_labels(made_up_crops: None, save_model: Callable[..., Path]) -> None:
    crops = poise_workflows.load(save_model("crops", (16, 16, 1)))

    with pytest.raises(OptionsError, match="must be the models of both stages for frames without"):
        crops.predict_frames(IMAGES)
    with pytest.raises(OptionsError, match=r"must be a \.slp file with labels"):
        crops.predict(IMAGES)


def test_a_run_names_a_variable_rate_with_the_command_that_mends_it(
    model: Path, write_video: WriteVideo
) -> None:
    times = [40 * n + 120 * (n > 3) for n in range(40)]
    video = write_video(size=(60, 140), count=40, times=times)

    (result,) = poise_workflows.predict(video, model, frames="0-6", progress="none")

    note = result.report["notes"][-1]
    assert note.startswith("the frame rate is variable (frames last 40 to 160 ms)")
    assert f"ffmpeg -i {video} -vf" in note
    assert result.report["instances"] == 7
