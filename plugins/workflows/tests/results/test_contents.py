"""What a result is about survives a journal."""

from __future__ import annotations

import json

import pytest

from poise import Skeleton
from poise_workflows.results.contents import Contents, VideoFacts, contents_of, media_video

IMAGES = VideoFacts(filename=["a.png", "b.png"], backend={"type": "ImageVideo", "shape": None})


@pytest.mark.parametrize(
    "contents",
    [
        Contents(skeleton=Skeleton(["head"]), videos=[]),
        Contents(
            skeleton=Skeleton(
                ["left", "right"],
                [("left", "right")],
                symmetries=[("left", "right")],
                name="fly",
            ),
            videos=[media_video("flies.mp4", (10, 64, 80, 3), 25.0), IMAGES],
            tracks=["female", "male"],
        ),
    ],
)
def test_contents_come_back_from_json(contents: Contents) -> None:
    assert contents_of(json.loads(json.dumps(contents.to_json()))) == contents


def test_the_length_of_a_video_is_known_with_its_shape() -> None:
    assert media_video("flies.mp4", (10, 64, 80, 3)).length == 10
    assert media_video("flies.mp4", None).length is None
    assert (IMAGES.name, IMAGES.length) == ("a.png", None)


@pytest.mark.parametrize("name", ["clip.mp4", "small_robot.mp4"])
def test_a_video_is_described_as_sleap_io_describes_it(shared: object, name: str) -> None:
    import sleap_io
    from sleap_io.io.slp import video_to_dict

    path = f"{shared}/sleap/videos/{name}"
    video = sleap_io.Video(path)
    if video.backend is None:
        pytest.skip("sleap-io has no reader of videos here")

    facts = media_video(path, video.shape, video.fps)

    expected = json.loads(json.dumps(video_to_dict(video)))
    assert {"filename": facts.filename, "backend": facts.backend} == expected
