"""Small videos, made for the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

SIZE = 64, 96
"""Height and width of the videos."""

MakeVideo = Callable[..., Path]


def picture(number: int, *, gray: bool = False) -> Any:
    """A slanted ramp that moves, and a bar whose length is the number."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    channels = [columns * 2 + number * 7, rows * 3 + number * 5, rows + columns + number * 11]
    image = (np.stack(channels, axis=-1) % 256).astype(np.uint8)
    image[4:12, 4 : 8 + 4 * (number % 20)] = 255
    return np.repeat(image[..., :1], 3, axis=-1) if gray else image


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """``make_video(name, count, …)`` writes a video file of pictures."""

    def make(
        name: str,
        count: int = 30,
        *,
        codec: str = "libx264",
        pixels: str = "yuv420p",
        colorspace: int | None = None,
        rotation: int | None = None,
        times: list[int] | None = None,
        gray: bool = False,
        movflags: str = "",
        **options: Any,
    ) -> Path:
        path = tmp_path / name
        if codec == "libx264":
            options = {"sc_threshold": 0, **options}  # keyframes only where `g` puts them
        muxing = {"movflags": movflags} if movflags else {}
        with av.open(str(path), "w", options=muxing) as container:
            stream: Any = container.add_stream(codec, rate=25, options=_texts(options))
            stream.height, stream.width, stream.pix_fmt = *SIZE, pixels
            if colorspace is not None:
                stream.codec_context.colorspace = colorspace
            if rotation is not None and not hasattr(stream, "set_display_rotation"):
                pytest.skip("this PyAV cannot write how a camera was held")
            if rotation is not None:
                stream.set_display_rotation(rotation)
            unit = Fraction(1, 25) if times is None else Fraction(1, 1000)
            stream.codec_context.time_base = unit
            for frame in _frames(count, pixels, gray):
                frame.pts = frame.pts if times is None else times[frame.pts]
                frame.time_base = unit
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make


def _frames(count: int, pixels: str, gray: bool) -> Iterator[Any]:
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(picture(number, gray=gray), format="rgb24")
        frame = frame.reformat(format=pixels)
        frame.pts = number
        yield frame


def _texts(options: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in options.items()}


def damage(path: Path, *packets: int, half: bool = False) -> Path:
    """Overwrite packets, counted in the order of decoding, or the second half of each."""
    with av.open(str(path)) as container:
        placed = [(packet.pos, packet.size) for packet in container.demux() if packet.size]
    content = bytearray(path.read_bytes())
    for index in packets:
        position, size = placed[index]
        start = size // 2 if half else 0
        content[position + start : position + size] = bytes(size - start)
    path.write_bytes(content)
    return path


@pytest.fixture
def damaged() -> Callable[..., Path]:
    """``damaged(path, *packets, half=False)``: see :func:`damage`."""
    return damage
