"""What a file with frames may make a reader do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poise_workflows.frames.limits import PIXELS, pixels_allowed, refuse_pixels
from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.sources import SourceError


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.fromarray(np.zeros((6, 8), np.uint8)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_a_frame_of_8k_is_allowed() -> None:
    refuse_pixels((4320, 7680), Path("a.mp4"))

    assert pixels_allowed() == PIXELS


def test_a_frame_that_is_too_large_is_refused_with_both_numbers_and_what_to_do() -> None:
    with pytest.raises(SourceError) as error:
        refuse_pixels((6000, 6001), Path("a.mp4"))

    (fault,) = error.value.faults
    assert fault.path == "a.mp4"
    assert fault.what == (
        "a frame must have at most 36,000,000 pixels, got 6,000 × 6,001; make the frames "
        "smaller, or set POISE_MAX_PIXELS to a higher limit"
    )


def test_the_user_sets_another_limit(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_MAX_PIXELS", "47")
    with pytest.raises(SourceError, match="at most 47 pixels, got 6 × 8"):
        open_sources([picture])

    monkeypatch.setenv("POISE_MAX_PIXELS", "48")
    assert open_sources([picture])[0].largest == (6, 8)


@pytest.mark.parametrize("text", ["many", "0", "-1", "1e9"])
def test_a_limit_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_MAX_PIXELS", text)

    with pytest.raises(SourceError, match="must be a number of pixels above 0, got") as error:
        pixels_allowed()

    assert error.value.faults[0].path == "POISE_MAX_PIXELS"
