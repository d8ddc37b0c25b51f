"""Hostile weights: HDF5 in both of Keras' layouts, and .keras archives.

Where possible, a file has the layer and the shapes that the model needs. Only its hostility
should keep it from being read.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from hostile_cases import CASES, COMMAND, case, holding

KERNEL, BIAS = (1, 1, 1, 1), (1,)
"""Shapes of the layer ``DotHead``, which the model has."""

Fill = Callable[[Any, Path], Any]


def keras2(name: str, says: str | None) -> Callable[[Fill], Fill]:
    """A file in the layout of Keras 2; the function fills the group of its layer."""

    def register(fill: Fill) -> Fill:
        def write(folder: Path) -> Path:
            path = folder / "best_model.h5"
            with h5py.File(path, "w") as file:
                file.attrs["layer_names"] = [b"DotHead"]
                group = file.create_group("DotHead")
                group.attrs["weight_names"] = [b"DotHead/kernel:0", b"DotHead/bias:0"]
                fill(group.create_group("DotHead"), folder)
                if "DotHead/bias:0" not in group:
                    group.create_dataset("DotHead/bias:0", data=np.zeros(BIAS, "f4"))
            return path

        case("weights", says, name)(write)
        return fill

    return register


def keras3(name: str, says: str | None) -> Callable[[Fill], Fill]:
    """A file in the layout of Keras 3; the function fills its root."""

    def register(fill: Fill) -> Fill:
        def write(folder: Path) -> Path:
            path = folder / "model.weights.h5"
            with h5py.File(path, "w") as file:
                fill(file, folder)
            return path

        case("weights", says, name)(write)
        return fill

    return register


def good_layer(file: Any) -> Any:
    group = file.create_group("layers/conv2d/vars")
    group.attrs["name"] = "DotHead"
    group["0"], group["1"] = np.zeros(KERNEL, "f4"), np.zeros(BIAS, "f4")
    return group


@keras2("as Keras wrote them", None)
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.ones(KERNEL, "f4")


@keras2("a reference to an object", "must hold numbers")
def _(group: Any, folder: Path) -> None:
    dataset = group.create_dataset("kernel:0", KERNEL, h5py.ref_dtype)
    dataset[...] = group.ref


@keras2("a reference to a region", "must hold numbers")
def _(group: Any, folder: Path) -> None:
    group.create_dataset("kernel:0", KERNEL, h5py.regionref_dtype)


@keras2("a link to another file", "link to elsewhere")
def _(group: Any, folder: Path) -> None:
    with h5py.File(folder / "other.h5", "w") as other:
        other["kernel"] = np.ones(KERNEL, "f4")
    group["kernel:0"] = h5py.ExternalLink("other.h5", "/kernel")


@keras2("a link to a pipe", "link to elsewhere")
def _(group: Any, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    group["kernel:0"] = h5py.ExternalLink("pipe", "/kernel")


@keras2("a link to itself", "link to elsewhere")
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = h5py.SoftLink(f"{group.name}/kernel:0")


@keras2("values in another file", "in another file")
def _(group: Any, folder: Path) -> None:
    (folder / "secret").write_bytes(bytes(4))
    group.create_dataset("kernel:0", KERNEL, "f4", external=[(str(folder / "secret"), 0, 4)])


@keras2("a virtual dataset", "in another file")
def _(group: Any, folder: Path) -> None:
    with h5py.File(folder / "other.h5", "w") as other:
        other["kernel"] = np.ones(KERNEL, "f4")
    layout = h5py.VirtualLayout(KERNEL, "f4")
    layout[...] = h5py.VirtualSource(str(folder / "other.h5"), "kernel", KERNEL)
    group.create_virtual_dataset("kernel:0", layout)


@keras2("a shape of 10^12 numbers, none of them stored", "wrong shape|declares")
def _(group: Any, folder: Path) -> None:
    group.create_dataset("kernel:0", (10**6, 10**6), "f4", chunks=(1, 10**6))


@keras2("chunks of 2 GB for one number", "chunks|kernel:0")
def _(group: Any, folder: Path) -> None:
    chunks = (1, 1, 1, 5 * 10**8)
    group.create_dataset(
        "kernel:0", KERNEL, "f4", chunks=chunks, maxshape=(1, 1, 1, None), compression="gzip"
    )


@keras2("a custom compression filter", "filter")
def _(group: Any, folder: Path) -> None:
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created.set_chunk(KERNEL)
    created.set_filter(32004, h5py.h5z.FLAG_OPTIONAL, (1, 2))
    space = h5py.h5s.create_simple(KERNEL)
    dataset = h5py.h5d.create(group.id, b"kernel:0", h5py.h5t.IEEE_F32LE, space, dcpl=created)
    dataset.close()


@keras2("text", "must hold numbers")
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.full(KERNEL, b"text")


@keras2("lists of any length", "must hold numbers")
def _(group: Any, folder: Path) -> None:
    group.create_dataset("kernel:0", KERNEL, h5py.vlen_dtype(np.float32))


@keras2("records", "must hold numbers")
def _(group: Any, folder: Path) -> None:
    group.create_dataset("kernel:0", KERNEL, [("a", "f4"), ("b", "i4")])


@keras2("opaque bytes that say bfloat16", None)
def _(group: Any, folder: Path) -> None:
    dataset = group.create_dataset("kernel:0", KERNEL, np.dtype("V2"))
    dataset.attrs["dtype"] = "bfloat16"


@keras2("opaque bytes that say bfloat16 and are five", "must hold numbers|cannot be read")
def _(group: Any, folder: Path) -> None:
    dataset = group.create_dataset("kernel:0", KERNEL, np.dtype("V5"))
    dataset.attrs["dtype"] = "bfloat16"


@keras2("bit fields", None)
def _(group: Any, folder: Path) -> None:
    space = h5py.h5s.create_simple(KERNEL)
    h5py.h5d.create(group.id, b"kernel:0", h5py.h5t.STD_B8LE, space)


@keras2("times", "damaged|numbers|No NumPy")
def _(group: Any, folder: Path) -> None:
    space = h5py.h5s.create_simple(KERNEL)
    h5py.h5d.create(group.id, b"kernel:0", h5py.h5t.UNIX_D32LE, space)


@keras2("complex numbers", "must hold numbers")
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.ones(KERNEL, "c8")


@keras2("an array without a shape", "must be an array")
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = h5py.Empty("f4")


@keras2("a type in place of an array", "must be an array")
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.dtype("f4")


@keras2("a group in place of an array", "must be an array")
def _(group: Any, folder: Path) -> None:
    group.create_group("kernel:0")


@keras2("numbers that are NaN", None)
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.full(KERNEL, np.nan, "f4")


def keras2_names(name: str, layers: Any, weights: Any, says: str) -> None:
    """A file whose lists of names are hostile."""

    @keras2(name, says)
    def _(group: Any, folder: Path) -> None:
        group["kernel:0"] = np.ones(KERNEL, "f4")
        if layers is not None:
            group.file.attrs["layer_names"] = layers
        if weights is not None:
            group.parent.attrs["weight_names"] = weights


keras2_names("names that are not text", [b"\xff\xfe"], None, "damaged HDF5|but missing")
keras2_names("names that are numbers", [1, 2, 3], None, "must hold names, got int")
keras2_names("names that are empty", h5py.Empty("S10"), None, "must hold names")
keras2_names("names with a zero byte", np.array([b"a\0b"], "S3"), None, "but missing|damaged")
keras2_names(
    "a name of two points", ["..", "."], None, "but missing|elsewhere|damaged|weight_names"
)
keras2_names("a name that leads outside", ["../../etc/passwd"], None, "but missing|elsewhere")
keras2_names("a name that is an escape", ["\x1b]0;owned\x07"], None, r"\\x1b")
keras2_names("a name of no length", [""], None, "weight_names|but missing|twice")
keras2_names("no weight has a name", None, ["", "/"], "must be an array|twice")
keras2_names("a weight many times", None, ["DotHead/kernel:0"] * 3000, "twice")
keras2_names("a layer many times", ["DotHead"] * 3000, None, "twice")


@keras2("names in an object", "must hold names")
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.ones(KERNEL, "f4")
    group.file.attrs.create("layer_names", np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")]))


@keras2("a configuration 100,000 deep", None)
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.ones(KERNEL, "f4")
    group.file.attrs["model_config"] = "[" * 30_000 + "]" * 30_000


@keras2("a Lambda", None)
def _(group: Any, folder: Path) -> None:
    group["kernel:0"] = np.ones(KERNEL, "f4")
    code = pickle.dumps(os.system).decode("latin1")
    layer = {"class_name": "Lambda", "config": {"name": "evil", "function": [code, None, None]}}
    group.file.attrs["model_config"] = json.dumps({"config": {"layers": [layer]}})


def _whole(fill: Callable[[Any], None]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        with h5py.File(folder / "best_model.h5", "w") as file:
            fill(file)
        return folder / "best_model.h5"

    return write


def _layers_array(file: Any) -> None:
    file.create_dataset("layers", (10**12,), "f4", chunks=(10**6,))


def _layer_array(file: Any) -> None:
    file.create_dataset("layers/conv2d", (1, 10**10), "f4", chunks=(1, 10**6))


def _vars_array(file: Any) -> None:
    file.create_dataset("layers/conv2d/vars", (10**12,), "f4", chunks=(10**6,))


def _model_array(file: Any) -> None:
    dataset = file.create_dataset("model_weights", (10**12,), "f4", chunks=(10**6,))
    dataset.attrs["layer_names"] = [b"DotHead"]


def _listed_array(file: Any) -> None:
    file.attrs["layer_names"] = [b"DotHead"]
    dataset = file.create_dataset("DotHead", (10**12,), "f4", chunks=(10**6,))
    dataset.attrs["weight_names"] = [b"0"]


def _optimizer_array(file: Any) -> None:
    good_layer(file)
    file.create_dataset("optimizer", (10**12,), "f4", chunks=(10**6,))


def _optimizer_array_2(file: Any) -> None:
    file.attrs["layer_names"] = [b"DotHead"]
    group = file.create_group("DotHead")
    group.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
    group["kernel:0"], group["bias:0"] = np.zeros(KERNEL, "f4"), np.zeros(BIAS, "f4")
    file.create_dataset("optimizer_weights", (10**12,), "f4", chunks=(10**6,))


for title, fill in {
    "an array in place of all layers": _layers_array,
    "an array in place of a layer": _layer_array,
    "an array in place of a layer's variables": _vars_array,
    "an array in place of a model": _model_array,
    "an array in place of a listed layer": _listed_array,
    "an array in place of the optimizer": _optimizer_array,
    "an array in place of Keras 2's optimizer": _optimizer_array_2,
}.items():
    case("weights", "must be a group", title)(_whole(fill))


@keras3("the tree as Keras wrote it", None)
def _(file: Any, folder: Path) -> None:
    good_layer(file)


@keras3("a group inside itself", "twice|nest deeper")
def _(file: Any, folder: Path) -> None:
    layer = file.create_group("layers/conv2d")
    layer["layers"] = file["layers"]


@keras3("groups that appear twice, 30 deep", "twice|nest deeper")
def _(file: Any, folder: Path) -> None:
    group = file.create_group("layers")
    for _ in range(30):
        below = group.create_group("a")
        group["b"] = below
        group = below
    group["vars/0"] = np.zeros(KERNEL, "f4")


@keras3("groups 1,000 deep", "nest deeper")
def _(file: Any, folder: Path) -> None:
    group = file.create_group("layers")
    for _ in range(1000):
        group = group.create_group("a")


@keras3("an optimizer 5,000 deep", "nest deeper")
def _(file: Any, folder: Path) -> None:
    good_layer(file)
    group = file.create_group("optimizer")
    for _ in range(5_000):
        group = group.create_group("a")


@keras3("an optimizer inside itself", None)
def _(file: Any, folder: Path) -> None:
    good_layer(file)
    group = file.create_group("optimizer")
    group["again"] = group


@keras3("2,000 groups", None)
def _(file: Any, folder: Path) -> None:
    good_layer(file)
    for index in range(2_000):
        file.create_group(f"layers/conv2d_{index + 1}")


@keras3("a group whose name is not text", "not text|damaged|twice|but missing|not in the model")
def _(file: Any, folder: Path) -> None:
    good_layer(file)
    layer = h5py.h5g.create(file["layers"].id, b"\xff\xfe\x1b[2J")
    inner = h5py.h5g.create(layer, b"vars")
    space = h5py.h5s.create_simple(KERNEL)
    h5py.h5d.create(inner, b"0", h5py.h5t.IEEE_F32LE, space)


@keras3("a layer whose name is an escape", r"\\x1b")
def _(file: Any, folder: Path) -> None:
    good_layer(file).attrs["name"] = "\x1b]0;owned\x07\x9b2J"


@keras3("a layer whose name is a number", "must hold names|not in the model|missing")
def _(file: Any, folder: Path) -> None:
    good_layer(file).attrs["name"] = 7


@keras3("a soft link to itself", "link to elsewhere")
def _(file: Any, folder: Path) -> None:
    file["layers"] = h5py.SoftLink("/layers")


@keras3("2,000 variables in a layer", "not in the model|missing")
def _(file: Any, folder: Path) -> None:
    group = file.create_group("layers/conv2d/vars")
    group.attrs["name"] = "DotHead"
    for index in range(2_000):
        group.create_dataset(str(index), (), "f4")


def _cut(at: int | float) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "model.weights.h5"
        with h5py.File(path, "w") as file:
            good_layer(file)
        content = path.read_bytes()
        path.write_bytes(content[: int(at * len(content)) if isinstance(at, float) else at])
        return path

    return write


for share in (9, 64, 0.5, 0.99):
    case("weights", "truncated|damaged", f"a file cut at {share}")(_cut(share))

case("weights", "got an empty file", "an empty file")(holding(b"", "best_model.h5"))
case("weights", "got a pickle", "a pickle")(holding(pickle.dumps(os.system), "best_model.h5"))
case("weights", "must be HDF5 or", "random bytes")(
    holding(np.random.default_rng(0).bytes(10_000), "best_model.h5")
)


@lambda write: case("weights", "must be a file or folder, got a pipe", "a pipe")(write)
def _(folder: Path) -> Path:
    os.mkfifo(folder / "best_model.h5")
    return folder / "best_model.h5"


@lambda write: case("weights", "must be a file or folder, got a device", "a device")(write)
def _(folder: Path) -> Path:
    (folder / "best_model.h5").symlink_to("/dev/zero")
    return folder / "best_model.h5"


# Archives


def arrays_of(folder: Path) -> bytes:
    path = folder / "arrays.h5"
    with h5py.File(path, "w") as file:
        good_layer(file)
    content = path.read_bytes()
    path.unlink()
    return content


Edit = Callable[[zipfile.ZipFile, bytes], None]


def archive(name: str, says: str | None) -> Callable[[Edit], Edit]:
    """A .keras archive; the function writes its members."""

    def register(fill: Edit) -> Edit:
        def write(folder: Path) -> Path:
            path = folder / "model.keras"
            with zipfile.ZipFile(path, "w") as file:
                fill(file, arrays_of(folder))
            return path

        case("weights", says, name)(write)
        return fill

    return register


@archive("an archive as Keras wrote it", None)
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    file.writestr("config.json", "{}")
    file.writestr("model.weights.h5", arrays)


for method, title in (
    (zipfile.ZIP_DEFLATED, "deflate"),
    (zipfile.ZIP_BZIP2, "bzip2"),
    (zipfile.ZIP_LZMA, "lzma"),
):

    @archive(f"an archive that unpacks to 20 MB, {title}", "got 20000000")
    def _(file: zipfile.ZipFile, arrays: bytes, method: int = method) -> None:
        file.writestr("config.json", "{}")
        file.writestr("model.weights.h5", bytes(20_000_000), method)


@archive("an archive whose configuration unpacks to 10 MB", "config.json must unpack to at most")
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    file.writestr("config.json", b" " * 10_000_000, zipfile.ZIP_DEFLATED)
    file.writestr("model.weights.h5", arrays)


@archive(
    "an archive whose configuration is 10 MB", "must have at most 4 MB, got 10.0 MB.* @ config.json"
)
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    file.writestr("config.json", b" " * 10_000_000)
    file.writestr("model.weights.h5", arrays)


@archive("an archive whose configuration is 100,000 deep", "levels of nesting")
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    file.writestr("config.json", "[" * 100_000)
    file.writestr("model.weights.h5", arrays)


@archive("an archive with a member outside", r"members must stay inside|'\.\./\.\./executed'")
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    file.writestr("config.json", "{}")
    file.writestr("model.weights.h5", arrays)
    file.writestr("../../executed", "")


@archive("an archive with a member at a drive", "members must stay inside")
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    file.writestr("config.json", "{}")
    file.writestr("model.weights.h5", arrays)
    file.writestr("C:\\executed", "")


@archive("an archive with a member twice", "twice")
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    import warnings

    warnings.simplefilter("ignore", UserWarning)
    file.writestr("config.json", "{}")
    file.writestr("model.weights.h5", arrays)
    file.writestr("model.weights.h5", arrays)


@archive("an archive with a Lambda", None)
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    layer = {"class_name": "Lambda", "config": {"name": "evil", "function": COMMAND}}
    file.writestr("config.json", json.dumps({"config": {"layers": [layer]}}))
    file.writestr("model.weights.h5", arrays)


@archive("an archive with a pickle", "got weights of PyTorch")
def _(file: zipfile.ZipFile, arrays: bytes) -> None:
    file.writestr("archive/data.pkl", pickle.dumps(os.system))


def _patched(old: bytes, new: bytes, both: bool = True) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "model.keras"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("config.json", "{}")
            file.writestr("model.weights.h5", arrays_of(folder))
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, -1 if both else 1))
        return path

    return write


def _encrypted(folder: Path) -> Path:
    path = _patched(b"PK", b"PK")(folder)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<H", content, at + 8, 1)
    path.write_bytes(content)
    return path


def _lying_size(folder: Path) -> Path:
    """Bzip2 of 20 MB with a packed size that is a lie."""
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", "{}")
        file.writestr("model.weights.h5", bytes(20_000_000), zipfile.ZIP_BZIP2)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 20, 50_000_000)
    path.write_bytes(content)
    return path


case("weights", "must not be encrypted", "an encrypted archive")(_encrypted)
case("weights", "must unpack to at most", "an archive that lies about its size")(_lying_size)
METHOD = b"PK\x01\x02\x14\x03\x14\x00\x00\x00"
case("weights", "got a damaged one", "an archive of another method")(
    _patched(METHOD + b"\x00\x00", METHOD + b"\x63\x00")
)
case("weights", "got a damaged one", "an archive of lies")(_patched(b"\x89HDF", b"\x89HDG"))


def flipped(folder: Path, seed: int) -> Path:
    """A file of either layout with some bytes changed."""
    random = np.random.default_rng(seed)
    name = ("weights: the tree as Keras wrote it", "weights: as Keras wrote them")[seed % 2]
    file = CASES[name].write(folder)
    content = bytearray(file.read_bytes())
    for at in random.integers(8, len(content), random.integers(1, 9)):
        content[at] = random.integers(256)
    file.write_bytes(content)
    return file
