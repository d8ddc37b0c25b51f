"""No reader opens a file but through the door, which tells files from pipes, and large from small.

The door is ``poise.files``. Where a library opens a path itself, one function of Poise calls it,
and checks the file first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

DOORS = {
    "core/src/poise/files.py": {"open_file": {"os.open"}},
    "core/src/poise/wire/hdf5_files.py": {"open_hdf5": {"h5py.File"}},
    "core/src/poise/wire/archives.py": {"open_archive": {"zipfile.ZipFile"}},
    "core/src/poise/wire/foreign.py": {"_members_of": {"zipfile.ZipFile"}},
    "core/src/poise/weights/stored_texts.py": {"_longest_text": {"mmap.mmap"}},
    "plugins/workflows/src/poise_workflows/results/hdf5.py": {
        "open_hdf5": {"h5py.File"},
        "why_locked": {"h5py.File"},
    },
    "plugins/workflows/src/poise_workflows/results/local.py": {"readable": {"h5py.File"}},
    "plugins/workflows/src/poise_workflows/frames/opened_videos.py": {
        "open_container": {"av.open"}
    },
    "plugins/workflows/src/poise_workflows/frames/images.py": {"picture_of": {"Image.open"}},
    "plugins/workflows/src/poise_workflows/frames/tiff_files.py": {
        "open_tiff": {"tifffile.TiffFile"}
    },
    "plugins/workflows/src/poise_workflows/frames/slp_labels.py": {
        "load_labels": {"sleap_io.load_slp"},
        "load_other_labels": {"sleap_io.load_file"},
    },
    "plugins/workflows/src/poise_workflows/frames/label_videos.py": {"_backend": {"own.open"}},
    "plugins/workflows/src/poise_workflows/training/states.py": {"_opened": {"np.load"}},
    "plugins/workflows/src/poise_workflows/evaluation/metric_files.py": {
        "_read_npz": {"zipfile.ZipFile", "np.load"}
    },
}
"""Module → function → how it opens a file that it has checked, or what the door has opened."""

EXCEPTIONS = {
    "core/src/poise/building/drivers.py": "the system's own files in /proc",
    "core/src/poise/cli/__init__.py": "os.devnull, for what nobody reads any more",
    "core/src/poise/cli/matrix/environments.py": "metadata of an installed distribution, by name",
    "core/src/poise/registry/failures.py": "metadata of an installed distribution, by name",
    "core/src/poise/registry/judge.py": "os.devnull, as the input of plugins",
    "core/src/poise/registry/metadata.py": "metadata of installed distributions, which are code",
    "core/src/poise/registry/remembering.py": "Poise's own cache, read before anything is imported",
    "core/src/poise/registry/shared.py": "os.devnull, to see whether files can be opened",
    "core/src/poise/registry/trail.py": "a file of its own, for a process that it has started",
    "core/src/poise/sphinx": "documentation in the making",
    "core/src/poise/testing": "files that the conformance suite has just written",
    "core/src/poise/cli/new": "templates of Poise",
    "core/src/poise/writing/drafts.py": "the system's own files in /proc",
    "core/src/poise/writing/room.py": "drafts of Poise, opened for flushing alone",
    "plugins/pretrained/src/poise_pretrained/weights.py": "the plugin's own table of weights",
    "plugins/workflows/src/poise_workflows/benchmarking/machines.py": "the system's file in /proc",
    "plugins/workflows/src/poise_workflows/control_groups.py": "the system's own files",
    "plugins/workflows/src/poise_workflows/queueing/cores.py": "the system's own files",
    "plugins/workflows/src/poise_workflows/memory_use.py": "the system's own files in /proc",
    "plugins/workflows/src/poise_workflows/journal/claims.py": "the system's own files in /proc",
    "plugins/workflows/src/poise_workflows/journal/writing.py": "the journal that it has read",
    "plugins/workflows/src/poise_workflows/training/memory_limits.py": "the system's own files",
}
"""Modules and folders that read other files than a user's → which."""

OPENERS = {
    *("os.open", "io.open", "mmap.mmap", "h5py.File", "zipfile.ZipFile", "tarfile.open"),
    *("gzip.open", "bz2.open", "lzma.open", "av.open", "Image.open", "tifffile.TiffFile"),
    *("tifffile.memmap", "tifffile.imread", "np.load", "np.memmap", "np.fromfile", "np.loadtxt"),
    *("np.genfromtxt", "cv2.imread", "cv2.VideoCapture", "pd.read_csv", "sqlite3.connect"),
    *("sleap_io.load_slp", "sleap_io.load_file", "sleap_io.load_video", "keras.saving.load_model"),
    "own.open",  # a video of sleap-io
    *("keras.models.load_model", "iio.imread", "imageio.imread", "codecs.open", "numpy.load"),
}
"""Calls that open a file by its path, whatever is in it."""

METHODS = {"read_bytes", "read_text"}
"""Methods of paths that read a whole file."""


def calls_of(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a module, with the name of the outermost function or class around it."""
    for top in tree.body:
        name = getattr(top, "name", "")
        yield from ((name, node) for node in ast.walk(top) if isinstance(node, ast.Call))


def how(call: ast.Call) -> str:
    """How a call opens a file for reading; empty if it does not."""
    function = ast.unparse(call.func)
    if function in OPENERS:
        return "" if _writes(call, place=1) else function
    if isinstance(call.func, ast.Attribute) and call.func.attr in METHODS:
        return function
    place = 1 if isinstance(call.func, ast.Name) else 0
    is_open = function == "open" or (place == 0 and function.endswith(".open"))
    return function if is_open and not _writes(call, place) and _may_be_a_path(call) else ""


def _mode(call: ast.Call, place: int) -> str | None:
    """The mode of a call of ``open``, an argument at this place; ``None`` if it names none."""
    named = [word.value for word in call.keywords if word.arg == "mode"]
    values = [*named, *call.args[place : place + 1]]
    constants = [value.value for value in values if isinstance(value, ast.Constant)]
    return next((value for value in constants if isinstance(value, str)), None)


def _writes(call: ast.Call, place: int) -> bool:
    mode = _mode(call, place) or "r"
    return set(mode) <= set("rwxabt+") and mode.startswith(("w", "x", "a"))


def _may_be_a_path(call: ast.Call) -> bool:
    """Whether ``x.open(…)`` may be a path's: that takes a mode, or nothing."""
    if isinstance(call.func, ast.Name):
        return True
    mode = _mode(call, 0)
    return (not call.args and not call.keywords) or (mode is not None and set(mode) <= set("rbt+"))


def unguarded(file: Path, source: str = "") -> Iterator[str]:
    """Each call of a module that opens a file past the door."""
    name = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else ""
    doors = DOORS.get(name, {})
    for function, call in calls_of(ast.parse(source or file.read_text("utf-8"))):
        opener = how(call)
        if opener and opener not in doors.get(function, set()):
            yield f"{name or file.name}, line {call.lineno}: {opener} in {function or 'the module'}"


def sources() -> list[Path]:
    every = [*(ROOT / "core/src").rglob("*.py"), *(ROOT / "plugins").glob("*/src/**/*.py")]
    return [file for file in every if not _is_excepted(file)]


def _is_excepted(file: Path) -> bool:
    name = file.relative_to(ROOT).as_posix()
    return any(name == place or name.startswith(f"{place}/") for place in EXCEPTIONS)


def test_every_reader_opens_files_through_the_door() -> None:
    files = sources()

    assert len(files) > 300
    assert [line for file in files for line in unguarded(file)] == []


def test_every_exception_is_still_needed() -> None:
    for place in EXCEPTIONS:
        files = [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py")
        assert [line for file in files for line in unguarded(file)], place


def test_every_door_is_still_there() -> None:
    for name, functions in DOORS.items():
        tree = ast.parse((ROOT / name).read_text("utf-8"))
        calls = [(where, how(call)) for where, call in calls_of(tree)]
        for function, openers in functions.items():
            assert {opener for where, opener in calls if where == function} >= openers, name


@pytest.mark.parametrize(
    "line",
    [
        "open(path)",
        "open(path, 'rb')",
        "path.open('rb')",
        "path.open()",
        "Path(name).read_text()",
        "path.read_bytes()",
        "h5py.File(path)",
        "np.load(path)",
        "av.open(str(path))",
        "Image.open(path)",
    ],
)
def test_the_scan_finds_a_reader(line: str, tmp_path: Path) -> None:
    assert list(unguarded(tmp_path / "module.py", f"def read(path):\n    return {line}\n"))


@pytest.mark.parametrize(
    "line",
    [
        "open(path, 'w')",
        "path.open('wb')",
        "path.open(mode='xb')",
        "av.open(str(path), 'w')",
        "opener.open(video)",
        "opener.open(labels.videos[0])",
        "open_file(path)",
    ],
)
def test_the_scan_leaves_writers_and_others_alone(line: str, tmp_path: Path) -> None:
    assert not list(unguarded(tmp_path / "module.py", f"def write(path):\n    return {line}\n"))
