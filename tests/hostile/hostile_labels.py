"""Hostile label files, as they are sent with a video, or taken from a paper's data."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from hostile_cases import case, holding, sparse
from hostile_frames import png

TEXTS = h5py.string_dtype()

SLP = ("frames", "convert", "first_frame")
"""Readers that read all of a file; its skeleton may be good."""

Spoil = Callable[[Any, Path], Any]


def saved(folder: Path, embedded: bytes = b"") -> Path:
    """Labels of one frame of one picture, as sleap-io writes them."""
    import sleap_io

    name = str(folder / "a.png")
    (folder / "a.png").write_bytes(png(8, 1))
    skeleton = sleap_io.Skeleton(["a", "b"], [("a", "b")])
    said = {"type": "ImageVideo", "filename": name, "filenames": [name], "shape": [1, 8, 8, 1]}
    video = sleap_io.Video(filename=[name], open_backend=False, backend_metadata=said)
    animal = sleap_io.Instance.from_numpy(np.ones((2, 2)), skeleton=skeleton)
    frame = sleap_io.LabeledFrame(video=video, frame_idx=0, instances=[animal])
    path = folder / "a.slp"
    sleap_io.save_slp(sleap_io.Labels([frame]), str(path), embed=False, verbose=False)
    if embedded:
        with h5py.File(path, "r+") as file:
            _embed(file, [embedded])
    return path


def _embed(file: Any, images: list[bytes]) -> Any:
    group = file.require_group("video0")
    pictures = group.create_dataset("video", (len(images),), h5py.vlen_dtype(np.int8))
    for index, image in enumerate(images):
        pictures[index] = np.frombuffer(image, np.int8)
    pictures.attrs.update({"format": "png", "channels": 1, "height": 8, "width": 8, "frames": 1})
    group["frame_numbers"] = np.arange(len(images))
    said = {"filename": ".", "backend": {"type": "HDF5Video", "filename": ".",
            "dataset": "video0/video", "shape": [1, 8, 8, 1]}}  # fmt: skip
    replace(file, "videos_json", data=[json.dumps(said)], dtype=TEXTS)
    return pictures


def replace(file: Any, name: str, *arguments: Any, **options: Any) -> Any:
    """Put another dataset in the place of one."""
    if name in file:
        del file[name]
    return file.create_dataset(name, *arguments, **options)


def labels(name: str, says: str | None, readers: tuple[str, ...] = ()) -> Callable[[Spoil], Spoil]:
    """A label file that the function spoils."""

    def register(spoil: Spoil) -> Spoil:
        def write(folder: Path) -> Path:
            path = saved(folder)
            with h5py.File(path, "r+") as file:
                spoil(file, folder)
            return path

        case("labels", says, name, readers)(write)
        return spoil

    return register


case("labels", None, "as sleap-io wrote them")(saved)
case("labels", None, "with an embedded picture")(lambda folder: saved(folder, png(8, 1)))


@case("labels", "must have at most 4 MB, got 5.0 MB", "metadata of 5 MB", SLP)
def _(folder: Path) -> Path:
    path = folder / "a.slp"
    with h5py.File(saved(folder)) as old, h5py.File(folder / "b.slp", "w", libver="latest") as new:
        for name in old.keys() - {"metadata"}:
            old.copy(name, new)
        attributes = new.create_group("metadata").attrs
        attributes["format_id"] = old["metadata"].attrs["format_id"]
        attributes["json"] = np.bytes_(b'{"a": "' + b"a" * 5_000_000 + b'"}')
    (folder / "b.slp").replace(path)
    return path


@case("labels", "must have at most 4 MB", readers=SLP)
def metadata_of_any_length_in_a_file_of_2_GB(folder: Path) -> Path:  # noqa: N802
    path = saved(folder)
    with h5py.File(path, "r+") as file:
        file["metadata"].attrs["json"] = str(file["metadata"].attrs["json"].decode())
    os.truncate(path, 2 * 10**9)
    return path


@labels("metadata of brackets", "levels of nesting|recursion|sleap-io can read|label file")
def _(file: Any, folder: Path) -> None:
    file["metadata"].attrs["json"] = np.bytes_(b"[" * 50_000)


@labels("frames that are declared", "frames must take at most", SLP)
def _(file: Any, folder: Path) -> None:
    replace(file, "frames", (10**9,), file["frames"].dtype, chunks=(1000,))


@labels("frames packed a thousandfold", "frames must take at most", SLP)
def _(file: Any, folder: Path) -> None:
    kind = file["frames"].dtype
    table = replace(file, "frames", (10**7,), kind, chunks=(10**6,), compression="gzip")
    packed = zlib.compress(bytes(10**6 * kind.itemsize))
    for start in range(0, 10**7, 10**6):
        table.id.write_direct_chunk((start,), packed)


@labels("points that unpack to 300 MB", "a chunk must unpack to", SLP)
def _(file: Any, folder: Path) -> None:
    kind = file["points"].dtype
    table = replace(file, "points", (40_000,), kind, chunks=(40_000,), compression="gzip")
    table.id.write_direct_chunk((0,), zlib.compress(bytes(3 * 10**8)))


@case("labels", "at most 20 MB, got 20,000.0 MB", "", SLP)
def tracks_of_one_place(folder: Path) -> Path:
    path = saved(folder)
    with h5py.File(path, "r+") as file:
        names = ["a" * 1_000_000, *[""] * 19_999]
        place = replace(file, "tracks_json", data=names, dtype=TEXTS).id.get_offset()
    data = bytearray(path.read_bytes())
    data[place : place + 16 * 20_000] = data[place : place + 16] * 20_000
    path.write_bytes(data)
    return path


@labels("tracks of 100 MB", "must have at most 20 MB, got 100.0 MB", SLP)
def _(file: Any, folder: Path) -> None:
    replace(file, "tracks_json", (100_000,), "S1000")
    file["tracks_json"][-1] = b"a"


@labels("a video of three million lists", "at most 1,000,000 lists and objects", SLP)
def _(file: Any, folder: Path) -> None:
    replace(file, "videos_json", data=[b"[" + b"[]," * 3_000_000 + b"1]"])


@labels("a link to another file as frames", "must be in the file, got a link to", SLP)
def _(file: Any, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    del file["frames"]
    file["frames"] = h5py.ExternalLink("pipe", "/frames")


@labels("points in another file", "must hold its values", SLP)
def _(file: Any, folder: Path) -> None:
    kind = file["points"].dtype
    (folder / "secret").write_bytes(bytes(2 * kind.itemsize))
    size = 2 * kind.itemsize
    replace(file, "points", (2,), kind, external=[(str(folder / "secret"), 0, size)])


@labels("groups in groups, as labels", "32 levels of groups", SLP)
def _(file: Any, folder: Path) -> None:
    file.create_group("/".join("a" * 100))


case(
    "labels",
    "36,000,000 pixels|no image",
    "an embedded picture of 60,000 pixels squared",
    ("frames",),
)(lambda folder: saved(folder, png(60_000, 60_000)))


@labels("an embedded picture that unpacks to 300 MB", "must hold 500 bytes", ("frames",))
def _(file: Any, folder: Path) -> None:
    _embed(file, [png(8, 1)])
    options = {"chunks": (1, 500), "compression": "gzip"}
    pictures = replace(file, "video0/video", (1, 500), np.int8, **options)
    pictures.attrs["format"] = "png"
    pictures.id.write_direct_chunk((0, 0), zlib.compress(bytes(3 * 10**8)))


@labels("a video that is a pipe", "neither there nor beside|which is a pipe", ("frames",))
def _(file: Any, folder: Path) -> None:
    os.mkfifo(folder / "pipe.mp4")
    said = {"backend": {"type": "MediaVideo", "filename": str(folder / "pipe.mp4")}}
    said |= {"filename": str(folder / "pipe.mp4")}
    replace(file, "videos_json", data=[json.dumps(said)], dtype=TEXTS)


@labels("images that are in a pipe", "got a pipe|neither there nor beside", ("frames",))
def _(file: Any, folder: Path) -> None:
    os.mkfifo(folder / "pipe.slp")
    name = str(folder / "pipe.slp")
    backend = {"type": "HDF5Video", "filename": name, "dataset": "video0/video"}
    said = {"filename": name, "backend": backend}
    replace(file, "videos_json", data=[json.dumps(said)], dtype=TEXTS)


case(
    "labels",
    "sleap-io can read|label file of SLEAP|labels of SLEAP|signature|metadata|at most 4 MB",
    "a gigabyte of zeros as labels",
)(sparse(10**9, "a.slp"))


@case("labels", "got a pipe|which is a pipe|a pipe")
def a_pipe_that_is_labels(folder: Path) -> Path:
    os.mkfifo(folder / "a.slp")
    return folder / "a.slp"


@case("labels", "got a device|which is a device|a device")
def a_device_that_is_labels(folder: Path) -> Path:
    (folder / "a.slp").symlink_to("/dev/zero")
    return folder / "a.slp"


# Labels of other programs

OTHERS = "sleap-io can read"
case("other labels", "at most 20 MB, got 1,000.0 MB", "JSON of a gigabyte")(sparse(10**9, "a.json"))
case("other labels", "at most 1,000,000 lists and objects", "JSON of lists")(
    holding(b"[" + b"[]," * 3_000_000 + b"1]", "a.json")
)
case("other labels", "at most 3,000,000 values", "JSON of numbers")(
    holding(b"[" + b"1," * 5_000_000 + b"1]", "a.json")
)
case("other labels", OTHERS, "brackets that never end")(holding(b"[" * 900_000, "a.json"))
case("other labels", "at most 20 MB, got 1,000.0 MB", "a table of a gigabyte")(
    sparse(10**9, "a.csv")
)
case("other labels", OTHERS, "a row without end")(holding("a" * 10_000_000, "a.csv"))
