"""Images in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poise_workflows.frames.images import load_image, open_images
from poise_workflows.frames.sources import SourceError

RAMP = np.arange(8 * 6 * 3).reshape(8, 6, 3).astype(np.uint8)


def save(path: Path, pixels: Any = RAMP, mode: str = "RGB") -> Path:
    Image.fromarray(pixels).convert(mode).save(path)
    return path


def test_images_are_the_frames_of_one_video(tmp_path: Path) -> None:
    files = [save(tmp_path / f"{n}.png", RAMP + n) for n in range(3)]

    source = open_images(tmp_path, files)

    assert (source.count, source.height, source.width, source.channels) == (3, 8, 6, 3)
    np.testing.assert_array_equal(next(source.read([2])).image, RAMP + 2)
    assert source.provenance.reader == "Pillow"
    assert source.video().filename == [str(file) for file in files]
    assert tuple(source.video().shape) == (3, 8, 6, 3)


@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 1), ("LA", 1), ("1", 1), ("RGBA", 3), ("P", 3)]
)
def test_each_kind_of_image_of_8_bits_is_read(tmp_path: Path, mode: str, channels: int) -> None:
    path = save(tmp_path / "a.png", mode=mode)

    assert open_images(path, [path]).channels == channels
    assert load_image(path).dtype == np.uint8


def test_every_image_that_differs_from_the_first_is_named(tmp_path: Path) -> None:
    files = [
        save(tmp_path / "a.png"),
        save(tmp_path / "b.png", RAMP[:4]),
        save(tmp_path / "c.png", mode="L"),
        tmp_path / "d.png",
        save(tmp_path / "e.png"),
    ]
    files[3].write_bytes(b"no image")

    with pytest.raises(SourceError) as error:
        open_images(tmp_path, files)

    named = {Path(fault.path).name: fault.what for fault in error.value.faults}
    assert list(named) == ["b.png", "c.png", "d.png"]
    assert named["b.png"] == ("must be 8 × 6 pixels in color as a.png, got 4 × 6 pixels in color")
    assert named["c.png"].endswith("got 8 × 6 pixels in gray")
    assert named["d.png"].startswith("must be a readable image, got d.png (UnidentifiedImageError")


def test_an_image_that_breaks_later_is_an_unreadable_frame(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    files = [save(tmp_path / f"{n}.png", noise) for n in range(3)]
    source = open_images(tmp_path, files)
    files[1].write_bytes(files[1].read_bytes()[:200])
    files[2].unlink()

    frames = list(source.read(range(3)))

    assert [frame.image is None for frame in frames] == [False, True, True]
    assert frames[2].reason.startswith("FileNotFoundError")
    assert source.last_readable() == 0


def test_images_of_16_bits_and_stacks_among_images_are_refused(tmp_path: Path) -> None:
    deep, stack = tmp_path / "deep.png", tmp_path / "stack.tif"
    Image.fromarray(RAMP[..., 0].astype(np.uint16)).save(deep)
    pages = [Image.fromarray(RAMP)] * 2
    pages[0].save(stack, save_all=True, append_images=pages[1:])

    with pytest.raises(SourceError, match="has more than 8 bits; convert it to 8 bits"):
        open_images(tmp_path, [deep])
    with pytest.raises(SourceError, match="it holds several images; name the file itself"):
        open_images(tmp_path, [stack])
