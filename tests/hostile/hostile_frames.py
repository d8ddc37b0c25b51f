"""Hostile videos, pictures, stacks, datasets and lists, as a user might be sent to predict on."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import tifffile
from hostile_cases import case, holding, sparse
from PIL import Image

GIGABYTE = 10**9
PIXELS = "at most 36,000,000 pixels"

FRAMES = np.zeros((3, 16, 16, 1), "u1")


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG of one gray row that says it is so large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(bytes(width + 1)))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


# Videos


def _filmed(folder: Path, name: str = "a.avi", codec: str = "mjpeg") -> Path:
    path = folder / name
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(3):
            image = np.full((64, 64, 3), number * 40, "u1")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
        container.mux(stream.encode(None))
    return path


def _patched(path: Path, offset: int, content: bytes) -> Path:
    data = bytearray(path.read_bytes())
    data[offset : offset + len(content)] = content
    path.write_bytes(data)
    return path


case("video", None, "as it was filmed")(_filmed)


@case("video", "promise at most 1,000,000 frames more than it holds, 3, got 2,000,000,000")
def a_promise_of_two_billion_frames(folder: Path) -> Path:
    path = _filmed(folder)
    data = path.read_bytes()
    # The length of the stream, and of the file.
    _patched(path, data.index(b"strh") + 8 + 32, struct.pack("<I", 2 * GIGABYTE))
    return _patched(path, data.index(b"avih") + 8 + 16, struct.pack("<I", 2 * GIGABYTE))


case("video", "FFmpeg can decode", "a raw video of a million pixels squared")(
    holding(b"YUV4MPEG2 W1000000 H1000000 F25:1 Ip A1:1 C420\nFRAME\n" + bytes(5000), "a.y4m")
)
case("video", PIXELS, "a raw video a little too large")(
    holding(b"YUV4MPEG2 W6001 H6000 F25:1 Ip A1:1 C420\nFRAME\n" + bytes(5000), "a.y4m")
)


@case("video", "names other files, which Poise does not follow")
def a_list_of_videos(folder: Path) -> Path:
    _filmed(folder, "other.avi")
    (folder / "a.mp4").write_text("ffconcat version 1.0\nfile other.avi\n")
    return folder / "a.mp4"


@case("video", "names other files, which Poise does not follow|Invalid data")
def a_playlist(folder: Path) -> Path:
    _filmed(folder, "other.avi")
    (folder / "a.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.avi\n#EXT-X-ENDLIST\n"
    )
    return folder / "a.m3u8"


case("video", "FFmpeg can decode", "a gigabyte of zeros")(sparse(GIGABYTE, "a.mp4"))
case("video", "FFmpeg can decode", "a text")(holding("frame\n" * 100_000, "a.mp4"))


@case("video", "which is a pipe")
def a_pipe_that_is_a_video(folder: Path) -> Path:
    os.mkfifo(folder / "a.mp4")
    return folder / "a.mp4"


@case("video", "which is a device")
def a_device_that_is_a_video(folder: Path) -> Path:
    (folder / "a.mp4").symlink_to("/dev/zero")
    return folder / "a.mp4"


# Pictures

case("picture", None, "as it was saved")(holding(png(8, 1), "a.png"))
for size in (10_000, 60_000, 2**31 - 1):
    case("picture", PIXELS, f"{size} pixels squared")(holding(png(size, size), "a.png"))
case("picture", None, "no more than the limit, and cut")(holding(png(6000, 6000), "a.png"))
case("picture", "must be a readable image", "a program in PostScript")(
    holding("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nquit\n", "a.png")
)
case("picture", "must be a readable image", "a gigabyte of zeros as a picture")(
    sparse(GIGABYTE, "a.png")
)


@case("picture", PIXELS)
def a_jpeg_that_says_it_is_large(folder: Path) -> Path:
    path = folder / "a.jpg"
    Image.fromarray(np.zeros((16, 16), "u1")).save(path)
    place = path.read_bytes().index(b"\xff\xc0")
    return _patched(path, place + 5, struct.pack(">HH", 65_000, 65_000))


@case("picture", PIXELS)
def one_picture_of_a_folder(folder: Path) -> Path:
    for name, side in (("a.png", 8), ("b.png", 50_000)):
        (folder / name).write_bytes(png(side, side))
    return folder


# Stacks


def _stack(
    name: str, says: str | None, **options: Any
) -> Callable[[Callable[[Path], Any]], Callable[[Path], Any]]:
    """A stack of three pages that the function spoils."""

    def register(spoil: Callable[[Path], Any]) -> Callable[[Path], Any]:
        def write(folder: Path) -> Path:
            path = folder / "a.tif"
            images = options.pop("images", FRAMES[..., 0])
            tifffile.imwrite(path, images, photometric="minisblack", metadata=None, **options)
            spoil(path)
            return path

        case("stack", says, name)(write)
        return spoil

    return register


def _overwrite(path: Path, tag: str, value: int) -> None:
    with tifffile.TiffFile(path, mode="r+b") as file:
        for page in file.pages:
            page.tags[tag].overwrite(value)


@_stack("three pages", None, compression="zlib")
def _(path: Path) -> None:
    pass


@_stack("pages of 100,000 pixels squared", PIXELS)
def _(path: Path) -> None:
    _overwrite(path, "ImageWidth", 100_000)
    _overwrite(path, "ImageLength", 100_000)


@_stack("a page that unpacks to 300 MB", "a page must unpack to at most")
def _(path: Path) -> None:
    packed = zlib.compress(bytes(3 * 10**8))
    offset = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(packed)
    _overwrite(path, "Compression", 8)
    _overwrite(path, "StripOffsets", offset)
    _overwrite(path, "StripByteCounts", len(packed))


@_stack("a page that stores 3 GB", "a page must store at most")
def _(path: Path) -> None:
    _overwrite(path, "Compression", 8)
    _overwrite(path, "StripByteCounts", 3 * GIGABYTE)
    os.truncate(path, 4 * GIGABYTE)


@_stack("pages that follow each other in a circle", None)
def _(path: Path) -> None:
    data = path.read_bytes()
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    _patched(path, first + 2 + 12 * entries, struct.pack("<I", first))


@case(
    "stack",
    "must hold all its images, got one of 2 files",
    "a stack whose pages are in other files",
)
def _(folder: Path) -> Path:
    tifffile.imwrite(folder / "other.ome.tif", FRAMES[..., 0], photometric="minisblack", ome=True)
    text = tifffile.TiffFile(folder / "other.ome.tif").ome_metadata or ""
    text = text.replace("<TiffData", '<TiffData FirstZ="0"', 1).replace('IFD="0"', 'IFD="0"')
    uuid = '<UUID FileName="pipe.ome.tif">urn:uuid:1</UUID></TiffData>'
    text = text.replace('PlaneCount="3"/>', f'PlaneCount="3">{uuid}')
    os.mkfifo(folder / "pipe.ome.tif")
    tifffile.imwrite(
        folder / "a.ome.tif", FRAMES[0, ..., 0], description=text.encode(), metadata=None
    )
    return folder / "a.ome.tif"


# Datasets


def dataset(
    name: str, says: str | None
) -> Callable[[Callable[[Any, Path], Any]], Callable[[Any, Path], Any]]:
    """An HDF5 file that the function fills."""

    def register(fill: Callable[[Any, Path], Any]) -> Callable[[Any, Path], Any]:
        def write(folder: Path) -> Path:
            with h5py.File(folder / "a.h5", "w") as file:
                fill(file, folder)
            return folder / "a.h5"

        case("dataset", says, name)(write)
        return fill

    return register


@dataset("three frames", None)
def _(file: Any, folder: Path) -> None:
    file.create_dataset("frames", data=FRAMES, compression="gzip", chunks=(2, 8, 8, 1))


@dataset("a trillion frames", "must store the frames that it declares")
def _(file: Any, folder: Path) -> None:
    file.create_dataset("frames", (10**12, 16, 16, 1), "u1", chunks=(1, 16, 16, 1))


@dataset("frames of 100,000 pixels squared", PIXELS)
def _(file: Any, folder: Path) -> None:
    file.create_dataset("frames", (1, 10**5, 10**5, 1), "u1", chunks=(1, 100, 100, 1))


@dataset("a chunk of a gigabyte", "a chunk of /frames must have at most 100,000,000 bytes")
def _(file: Any, folder: Path) -> None:
    shape = (4000, 500, 500, 1)
    frames = file.create_dataset("frames", shape, "u1", chunks=shape, compression="gzip")
    frames.id.write_direct_chunk((0, 0, 0, 0), zlib.compress(b""))


@dataset("a chunk that unpacks to 300 MB", "a chunk of /frames must hold 768 bytes")
def _(file: Any, folder: Path) -> None:
    shape = FRAMES.shape
    frames = file.create_dataset("frames", shape, "u1", chunks=shape, compression="gzip")
    frames.id.write_direct_chunk((0, 0, 0, 0), zlib.compress(bytes(3 * 10**8)))


@dataset("a frame in a million chunks", "must lie in at most 10,000 chunks|must store")
def _(file: Any, folder: Path) -> None:
    shape = (1, 1000, 1000, 1)
    file.create_dataset("frames", shape, "u1", chunks=(1, 1, 1, 1), compression="gzip")


@dataset("frames in another file", "must hold its values")
def _(file: Any, folder: Path) -> None:
    (folder / "secret").write_bytes(bytes(768))
    file.create_dataset("frames", FRAMES.shape, "u1", external=[(str(folder / "secret"), 0, 768)])


@dataset("a view of another file", "must hold its values")
def _(file: Any, folder: Path) -> None:
    layout = h5py.VirtualLayout(FRAMES.shape, "u1")
    layout[...] = h5py.VirtualSource(str(folder / "other.h5"), "frames", FRAMES.shape)
    file.create_virtual_dataset("frames", layout)


@dataset("a link to a pipe as frames", "one dataset of images, got 0")
def _(file: Any, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    file["frames"] = h5py.ExternalLink("pipe", "/frames")


@dataset("frames of any length", "must hold numbers")
def _(file: Any, folder: Path) -> None:
    file.create_dataset("frames", (2, 2, 2, 1), h5py.vlen_dtype(np.dtype("u1")))


@dataset("groups in groups", "at most 100,000 members, and 32 levels of groups")
def _(file: Any, folder: Path) -> None:
    file.create_group("/".join("a" * 100))


# Lists

case("list", "must have at most 4 MB, got 2,000.0 MB", "a list of 2 GB")(
    sparse(2 * GIGABYTE, "a.txt")
)
case("list", "must be a file or folder, got", "a line without end")(
    holding("a" * 3_900_000, "a.txt")
)
case("list", "must be a table in CSV|column of paths", "a cell without end")(
    holding("a,b\n" + "a" * 3_900_000, "a.csv")
)
case("list", "at most 50,000 lines", "a quote that never ends")(
    holding('a,b\n"' + "a\n" * 1_900_000, "a.csv")
)
case("list", "at most 50,000 lines, got 1,000,000", "a million lines")(
    holding("a\n" * 1_000_000, "a.txt")
)
case("list", "at most 50,000 lines, got 900,001", "a million rows")(
    holding("a,b\n" + "a,b\n" * 900_000, "a.csv")
)
case("list", "which does not exist", "50,000 lines of nothing")(
    holding("".join(f"{number}.mp4\n" for number in range(50_000)), "a.txt")
)
case("list", "in UTF-8", "bytes that are no text")(holding(b"\xff\xfe\xff" * 1000, "a.txt"))
case("list", "must be a file or folder|got", "zero bytes in a list")(
    holding(b"a\0b\n" * 9, "a.txt")
)
case("list", "got another list", "a list of itself")(holding("a.txt\n", "a.txt"))
