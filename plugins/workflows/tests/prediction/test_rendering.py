"""``poise predict --render``: the poses, drawn beside the ``.slp`` file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

import poise_workflows
from poise.cli import main
from poise_workflows.prediction.options import OptionsError
from poise_workflows.rendering import of_results
from poise_workflows.rendering.errors import RenderingError

Frames = Callable[..., Path]


@pytest.fixture(autouse=True)
def working(frames: Frames, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(frames().parent)


def predict(**options: Any) -> Any:
    (result,) = poise_workflows.predict("flies", "model", "flies.slp", progress="none", **options)
    return result


def shades(path: Path) -> int:
    """The number of pixels with a color; the source is gray."""
    with av.open(str(path)) as file:
        images = np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])
    return int((np.ptp(images.astype(int), axis=-1) > 60).sum())


def test_a_prediction_leaves_a_film_with_the_poses() -> None:
    result = predict(render="drawn.mp4")

    assert result.files == (Path("drawn.mp4"),)
    assert (result.remarks, result.failed) == ((), "")
    assert shades(Path("drawn.mp4")) > 7


def test_a_prediction_leaves_a_picture() -> None:
    predict(render="drawn.png")

    image = np.asarray(Image.open("drawn.png")).astype(int)
    assert (np.ptp(image, axis=-1) > 60).any()


def test_a_drawing_that_fails_is_a_line_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("no canvas")

    monkeypatch.setattr(of_results, "render", fail)
    words = ["flies", "-m", "model", "-o", "flies.slp", "--render", "drawn.mp4"]
    status = main(["predict", *words, "--progress", "none"])

    said = capsys.readouterr()
    assert status == 0
    assert "drawn.mp4 could not be drawn: RuntimeError: no canvas" in said.err
    assert "fix: poise render flies.slp -o drawn.mp4" in said.err
    assert "drawn.mp4" not in said.out
    assert Path("flies.slp").exists()
    assert not Path("drawn.mp4").exists()


def test_a_finished_run_is_drawn_if_its_drawing_is_missing_and_left_alone_if_not() -> None:
    predict()
    before = Path("flies.slp").read_bytes()

    assert predict(render="drawn.mp4").was_finished
    drawn = Path("drawn.mp4").read_bytes()
    Path("drawn.mp4").write_bytes(b"cut by hand")
    again = predict(render="drawn.mp4")

    assert len(drawn) > 500
    assert again.files == (Path("drawn.mp4"),)
    assert Path("drawn.mp4").read_bytes() == b"cut by hand"
    assert Path("flies.slp").read_bytes() == before


def test_overwriting_keeps_the_former_drawing_and_the_former_tables_aside() -> None:
    predict(render="drawn.mp4", format="analysis")
    table = predict(render="drawn.mp4", format="analysis").files[0]
    table.write_bytes(b"stale")
    Path("drawn.mp4").write_bytes(b"stale")

    predict(render="drawn.mp4", format="analysis", overwrite=True, batch_size=3)

    assert Path("drawn.1.mp4").read_bytes() == b"stale"
    assert table.with_suffix(".1.h5").read_bytes() == b"stale"
    assert shades(Path("drawn.mp4")) > 7
    assert len(table.read_bytes()) > 500


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"render": "drawn.gif"}, "must end in one of .mp4"),
        ({"render": "no/drawn.mp4"}, "must be in a folder that is there"),
        ({"render": "flies/0.png", "overwrite": True}, "must be another file than the source"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_the_prediction(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(RenderingError, match=message):
        predict(**options)
    assert not Path("flies.slp").exists()


def test_a_file_that_is_there_is_refused_before_the_prediction() -> None:
    Path("drawn.mp4").write_bytes(b"another")

    with pytest.raises(OptionsError, match=r"must be free, got drawn.mp4"):
        predict(render="drawn.mp4")
    assert not Path("flies.slp").exists()


def test_several_results_have_no_drawing(frames: Frames) -> None:
    frames("more", 2)

    with pytest.raises(RenderingError, match="must be left out for 2 videos"):
        poise_workflows.predict(["flies", "more"], "model", render="drawn.mp4", progress="none")
