"""Recognize by content what is often given instead of a configuration, labels or weights.

Poise reads none of these files. It names each, and says what to give instead.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from poise.errors import ConfigError, Fault
from poise.files import kind_of, open_file
from poise.wire.archives import SIGNATURES
from poise.wire.hdf5_files import SIGNATURE, open_hdf5

Purpose = Literal["configuration", "labels", "weights", "model folder", "skeleton"]
"""What Poise needs."""

_PROFILE = "give a training_config.json, its folder, or a training profile"
NEEDED: dict[Purpose, tuple[str, str]] = {
    "configuration": ("must be a configuration of SLEAP 1.0 to 1.4 or of Poise", _PROFILE),
    "labels": ("must be labels", "give a .slp file of SLEAP, or points in JSON"),
    "weights": ("must be weights of Keras", "give the model's .h5 or .keras file, or its folder"),
    "model folder": (
        "must be a model folder of Poise",
        "give a folder of poise.save; poise.read(path).build() builds from what SLEAP wrote",
    ),
    "skeleton": (
        "must be a file with a skeleton",
        "give the job file of a trained model, a label file (.slp), or a skeleton exported as JSON",
    ),
}
"""Purpose → what Poise needs, and what to give."""

_INSTEAD: dict[tuple[Purpose, Purpose | None], str] = {
    ("configuration", "weights"): "give the training_config.json beside it, or the folder of both",
    ("skeleton", "weights"): "give the training_config.json beside it, or the folder of both",
    ("model folder", "weights"): "poise.load_weights(model, path) reads weights into a model",
}
"""Purpose, and the purpose that was served instead → what to give."""

YAML = (".yaml", ".yml")
"""Endings of YAML files."""

_LOOKED_AT = 5
"""How many YAML files of a folder are looked at."""

_START = 65_536
"""How many bytes of a file are looked at."""

_RETRAIN = (
    "its models are PyTorch's and are not read here; write the same backbone and head as a "
    "configuration of Poise, and train that"
)
_OTHER_TRAINING = "write a backbone and a head as a configuration of Poise, and train that"
_UNPACK = "unpack it, and give the file or folder inside"
_SAVE_AS_UTF8 = "save it as UTF-8"


class Foreign(NamedTuple):
    """Something that Poise cannot use for a purpose.

    Attributes:
        noun: what it is, in words.
        fix: what to do for any purpose; empty if that depends on the purpose.
        serves: the purpose that it serves, if any.
        describes: what to do about a model that it describes for another program.
    """

    noun: str
    fix: str = ""
    serves: Purpose | None = None
    describes: str = ""

    def refused_as(self, purpose: Purpose) -> str:
        """The message for someone who gave this file for a purpose that it does not serve."""
        needed, fix = NEEDED[purpose]
        fix = _INSTEAD.get((purpose, self.serves), fix)
        if purpose == "configuration":
            fix = self.describes or fix
        return f"{needed}, got {self.noun}; {self.fix or fix}"


GIT_LFS = Foreign("a git-lfs pointer", "fetch the file itself with `git lfs pull`")
GIT_ANNEX = Foreign("a git-annex pointer", "fetch the file itself with `git annex get`")
WEB_PAGE = Foreign("a web page, not the file", "download the raw file")
PICKLE = Foreign("a pickle, which can run code and is never read")
HDF5 = Foreign("an HDF5 file with neither weights of Keras nor labels of SLEAP")
UNREAD_HDF5 = Foreign("an HDF5 file: weights or labels")
"""What only h5py, which is not installed, could tell."""

SLEAP_LABELS = Foreign("labels of SLEAP (.slp)", serves="labels")
ANALYSIS = Foreign("an analysis file of SLEAP (HDF5)")
H5_WEIGHTS = Foreign("weights of Keras (HDF5)", serves="weights")
KERAS_ARCHIVE = Foreign("a model of Keras (.keras)", serves="weights")
SAVED_MODEL = Foreign("a TensorFlow SavedModel, which has no layer names")
PYTORCH = Foreign("weights of PyTorch, which are not read here")
ARRAYS = Foreign("arrays of NumPy (.npz)")
SLEAP_NN = Foreign("a configuration that sleap-nn (SLEAP 1.5 and newer) wrote", describes=_RETRAIN)
LIGHTNING_POSE = Foreign("a configuration of Lightning Pose", describes=_RETRAIN)
DEEPLABCUT = Foreign("a configuration of DeepLabCut", describes=_OTHER_TRAINING)
ULTRALYTICS = Foreign("a configuration of Ultralytics", describes=_OTHER_TRAINING)
DEEPLABCUT_LABELS = Foreign("labels of DeepLabCut")

_BYTES: tuple[tuple[bytes, Foreign], ...] = (
    (b"version https://git-lfs", GIT_LFS),
    (b"/annex/objects/", GIT_ANNEX),
    (b"<!doctype", WEB_PAGE),
    (b"<html", WEB_PAGE),
    (SIGNATURE, HDF5),
    (b"\x1f\x8b", Foreign("a gzip archive", _UNPACK)),
    (b"BZh", Foreign("a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ\0", Foreign("an xz archive", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Foreign("a 7z archive", _UNPACK)),
    (b"Rar!\x1a\x07", Foreign("a rar archive", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Foreign("a zstd archive", _UNPACK)),
    (b"\x93NUMPY", Foreign("an array of NumPy (.npy)")),
    (b"\x89PNG", Foreign("a PNG image")),
    (b"\xff\xd8\xff", Foreign("a JPEG image")),
    (b"RIFF", Foreign("a video or sound (RIFF)")),
    (b"%PDF", Foreign("a PDF document")),
    (b"\xff\xfe\0\0", Foreign("text in UTF-32", _SAVE_AS_UTF8)),
    (b"\0\0\xfe\xff", Foreign("text in UTF-32", _SAVE_AS_UTF8)),
    (b"\xff\xfe", Foreign("text in UTF-16", _SAVE_AS_UTF8)),
    (b"\xfe\xff", Foreign("text in UTF-16", _SAVE_AS_UTF8)),
    (b"scorer,", DEEPLABCUT_LABELS),
)
"""First bytes, those of HTML in either case → what the file is."""

_LATER_BYTES = (
    (4, b"ftyp", Foreign("a video (MP4)")),
    (257, b"ustar", Foreign("a tar archive", _UNPACK)),
)
"""Offset and the bytes there → what the file is."""

_MEMBERS: tuple[tuple[str, Foreign], ...] = (
    ("videos_json", SLEAP_LABELS),
    ("layer_names", H5_WEIGHTS),
    ("model_weights", H5_WEIGHTS),
    ("layers", H5_WEIGHTS),
    ("track_occupancy", ANALYSIS),
    ("df_with_missing", DEEPLABCUT_LABELS),
)
"""Name of a member or attribute at the top of an HDF5 file → what the file is."""

_KEYS: tuple[tuple[frozenset[str], Foreign], ...] = tuple(
    (frozenset(keys.split()), foreign)
    for keys, foreign in (
        ("model_config trainer_config", SLEAP_NN),
        ("data_config trainer_config", SLEAP_NN),
        ("data_config model_config", SLEAP_NN),
        ("data training model losses", LIGHTNING_POSE),
        ("data training model dali", LIGHTNING_POSE),
        ("Task scorer", DEEPLABCUT),
        ("all_joints net_type", DEEPLABCUT),
        ("metadata net_type runner", DEEPLABCUT),
        ("kpt_shape names", ULTRALYTICS),
        ("task mode imgsz", ULTRALYTICS),
        ("nc backbone head", ULTRALYTICS),
        ("images annotations categories", Foreign("annotations of COCO")),
        ("videos labels skeletons", Foreign("labels of SLEAP in JSON", "save them as .slp")),
        ("nx_graph", Foreign("a skeleton of SLEAP")),
        ("nodes links graph", Foreign("a skeleton of SLEAP")),
        ("class_name config", Foreign("the architecture of a model of Keras")),
        ("weight_map", Foreign("the index of weights that are split over several files")),
        ("size parts instances", Foreign("points", serves="labels")),
        ("backbone heads", Foreign("the configuration of a model", serves="configuration")),
        ("model", Foreign("the configuration of a model", serves="configuration")),
        ("optimization", Foreign("a training job of SLEAP", serves="configuration")),
    )
)
"""Keys at the top of JSON or YAML, all of which are there → what the file is."""

_KEY_OF_YAML = re.compile(r"^([A-Za-z_]\w*)[ \t]*:(?=\s|$)", re.MULTILINE)


def refuse_foreign(path: Path, purpose: Purpose) -> None:
    """Refuse a file that Poise recognizes as something else.

    Raises:
        OSError: the file cannot be opened.
        ConfigError: it serves no such purpose. The heading is the path.
    """
    foreign = foreign_file(path)
    if foreign is not None and foreign.serves != purpose:
        raise ConfigError([Fault(foreign.refused_as(purpose))], str(path))


def foreign_file(path: Path) -> Foreign | None:
    """What a file is, if Poise recognizes it; ``None`` for a folder, a pipe, or no file.

    Raises:
        OSError: the file cannot be opened.
    """
    if kind_of(path) != "file":
        return None
    with open_file(path) as stream:
        start = stream.read(_START)
    if start.startswith(SIGNATURES):
        return foreign_members(_members_of(path))
    foreign = foreign_start(start)
    return _inside(path) if foreign is HDF5 else foreign


def foreign_start(start: bytes) -> Foreign | None:
    """What a file that is no archive is by its first bytes, or by the keys at its top."""
    return foreign_bytes(start) or foreign_text(start)


def foreign_bytes(start: bytes) -> Foreign | None:
    """What a file is by its first bytes."""
    if not start.strip():
        return Foreign("an empty file")
    text = start.lstrip()
    for first, foreign in _BYTES:
        head = text[: len(first)]
        if first == (head.lower() if first.startswith(b"<") else head):
            return foreign
    for offset, later, foreign in _LATER_BYTES:
        if start[offset : offset + len(later)] == later:
            return foreign
    if re.match(rb"\x80[\2-\5]", start):
        return PICKLE
    # Without a byte order mark: every other byte of ASCII is zero.
    if re.match(rb"(?:[\t-~]\0){2}|(?:\0[\t-~]){2}", start):
        return Foreign("text in UTF-16", _SAVE_AS_UTF8)
    return None


def foreign_text(start: bytes) -> Foreign | None:
    """What YAML is by the keys at its top, read line by line: it need not be valid."""
    return foreign_keys(_KEY_OF_YAML.findall(start.decode(errors="replace")))


def foreign_keys(keys: Iterable[object]) -> Foreign | None:
    """What JSON or YAML is by the keys at its top."""
    names = set(keys)
    return next((foreign for needed, foreign in _KEYS if needed <= names), None)


def foreign_members(names: Iterable[str]) -> Foreign | None:
    """What a zip archive is by the names of its files."""
    last = [name.rpartition("/")[2] for name in names]
    if {"model.weights.h5", "config.json"} <= set(last) and "poise.json" not in last:
        return KERAS_ARCHIVE
    if "data.pkl" in last:
        return PYTORCH
    if "saved_model.pb" in last:
        return SAVED_MODEL
    if last and all(name.endswith(".npy") for name in last):
        return ARRAYS
    return None


def foreign_hdf5(names: Iterable[str]) -> Foreign:
    """What an HDF5 file is by its members and attributes."""
    held = set(names)
    return next((foreign for name, foreign in _MEMBERS if name in held), HDF5)


def foreign_folder(folder: Path) -> Foreign | None:
    """What a folder is by the files in it."""
    if (folder / "saved_model.pb").is_file():
        return SAVED_MODEL

    def look(name: str) -> Foreign | None:
        try:
            return foreign_file(folder / name)
        except OSError:  # a file that nobody asked to read
            return None

    return foreign_among((file.name for file in folder.glob("*.y*ml")), look)


def foreign_among(names: Iterable[str], look: Callable[[str], Foreign | None]) -> Foreign | None:
    """The first YAML that serves no purpose here, of the files of a folder or an archive.

    Args:
        names: of the files.
        look: gives what the file of a name is.
    """
    for name in sorted(name for name in names if name.endswith(YAML))[:_LOOKED_AT]:
        foreign = look(name)
        if foreign is not None and foreign.serves is None:
            return foreign._replace(noun=f"{name}, {foreign.noun}")
    return None


def _members_of(path: Path) -> list[str]:
    try:
        with open_file(path) as stream, zipfile.ZipFile(stream) as archive:
            return archive.namelist()
    except Exception:  # noqa: BLE001 - who reads the archive reports its damage
        return []


def _inside(path: Path) -> Foreign:
    try:
        with open_hdf5(path) as opened:
            return foreign_hdf5([*opened, *opened.attrs])
    except ImportError:
        return UNREAD_HDF5
    except Exception:  # noqa: BLE001 - h5py raises anything, depending on which bytes are damaged
        return Foreign("a damaged HDF5 file", "copy it again")
