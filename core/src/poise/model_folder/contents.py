"""What may lie in a model folder beside the files that Poise opens: text and pictures.

``poise.load`` opens four files and no other. But people share a folder as a whole, and the
next program to open a file in it may be less careful. Poise therefore refuses a folder with
anything of which it cannot tell that it holds no code, at any depth: what is neither a file nor
a folder, and every file that its bytes do not show to be text or a picture.
"""

from __future__ import annotations

import os
import pickletools
import re
from collections.abc import Collection, Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from poise.errors import BundleError
from poise.files import MAX_TEXT, allowed, kind_of_mode
from poise.messages import join_names
from poise.model_folder.regular_files import open_file
from poise.wire.foreign import foreign_bytes
from poise.wire.hdf5_files import SIGNATURE

if TYPE_CHECKING:
    from poise.weights import WeightsFile

# An allow-list: a new kind of file that can hold code is then refused without being named (D27).
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
"""First bytes of PNG, JPEG, GIF and TIFF."""

LITTER = (b"\0\0\0\1Bud1", b"\0\5\x16\7")
"""First bytes of what macOS leaves in folders that it shows."""

CODE = {
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth"), "a pickle"),
    **dict.fromkeys((".py", ".pyw"), "a module of Python"),
}
"""Endings of files that other programs run, whatever is in them, and what they are."""

_CALLS = frozenset(
    ("REDUCE", "BUILD", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "BINPERSID", "STOP")
)
_IMPORTS = frozenset(("GLOBAL", "INST"))
_START = 512

GIT = ".git"
"""The folder of former versions and of git's own files, which no other program opens."""

LARGEST = 50_000_000
"""Largest picture, in bytes."""


def refuse_strange_entries(folder: Path, own: Collection[str] = ()) -> None:
    """Refuse everything but folders, text and pictures, at any depth.

    Args:
        folder: the model folder.
        own: names of the files in it that Poise opens, and checks then.

    Raises:
        BundleError: names the first such entry, and what to do.
    """
    for path in _entries(folder):
        name = path.relative_to(folder)
        kind = kind_of_mode(path.lstat().st_mode)
        if kind not in ("file", "folder"):
            raise BundleError(
                f"{folder}: {name} must be a file, got a {kind}; a model folder is whole "
                "by itself: put the file there, or remove it"
            )
        if kind == "file" and str(name) not in own:
            _refuse_code(folder, name)


def refuse_configuration(folder: Path, weights: WeightsFile) -> None:
    """Refuse weights in a file of a whole model, whose configuration can hold code.

    Raises:
        BundleError: names the Lambda layers, if there are any.
    """
    if not weights.has_configuration:
        return
    layers = f"Lambda layers: {join_names(weights.replaced, 4)}" if weights.replaced else "Lambdas"
    raise BundleError(
        f"{folder}: {weights.source.name} must hold arrays alone, got the configuration of a whole "
        f"model, which can hold code ({layers}); poise.save writes none. poise.load_weights reads "
        "the weights of such a file and runs no code"
    )


def _refuse_code(folder: Path, name: Path) -> None:
    with open_file(folder / name) as stream:
        start = stream.read(_START)
        _refuse_large(folder, name, stream)
        is_picture = start.startswith((*PICTURES, *LITTER)) or _is_webp(start)
        # A larger text is refused whatever is in it, and looking would take seconds.
        is_read = is_picture or os.fstat(stream.fileno()).st_size <= allowed(MAX_TEXT)
        noun = CODE.get(name.suffix.lower()) or _code_of(stream if is_read else None, start)
        if noun:
            raise BundleError(
                f"{folder}: {name} is {noun}, which can run code when it is opened; remove it "
                "(poise.load does not need it)"
            )
        if is_picture or _is_text(stream):
            return
    raise BundleError(
        f"{folder}: {name} must be text in UTF-8 of at most {allowed(MAX_TEXT) / 1e6:g} MB or a "
        f"picture (PNG, JPEG, GIF, TIFF, WebP), got {_noun_of(start)}; "
        "move it out of the model folder (poise.load does not need it)"
    )


def _noun_of(start: bytes) -> str:
    for first, noun in ((SIGNATURE, "an HDF5 file"), (b"PK", "a zip archive")):
        if start.startswith(first):
            return noun
    foreign = foreign_bytes(start)
    return foreign.noun if foreign else "another file"


def _refuse_large(folder: Path, name: Path, stream: BufferedReader) -> None:
    size = os.fstat(stream.fileno()).st_size
    if size > LARGEST:
        raise BundleError(
            f"{folder}: {name} must have at most {LARGEST / 1e6:g} MB, got {size / 1e6:,.1f} MB; "
            "move it out of the model folder (poise.load does not need it)"
        )


def _code_of(stream: BufferedReader | None, start: bytes) -> str:
    """What kind of code a file is; without a stream, as far as its first bytes tell."""
    if start.startswith(b"#!"):
        return "a script"
    if re.match(rb"\x80[\0-\5]", start):
        return "a pickle"
    return "a pickle" if stream is not None and _is_pickle(stream) else ""


def _is_webp(start: bytes) -> bool:
    return start.startswith(b"RIFF") and start[8:12] == b"WEBP"


def _is_text(stream: BufferedReader) -> bool:
    stream.seek(0)
    most = allowed(MAX_TEXT)
    content = stream.read(most + 1)
    try:
        return len(content) <= most and "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _is_pickle(stream: BufferedReader) -> bool:
    """Whether unpickling a file would import something, and then call it or end.

    Unpickling runs an instruction before it reads the next, so what follows does not matter.
    Nothing is run here: the standard library tells what the instructions are.
    """
    stream.seek(0)
    has_imported = False
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            if opcode.name in _IMPORTS:
                if not re.fullmatch(r"[\w.]+ [\w.]+", str(argument)):
                    return False  # no module has such a name: this is a text
                has_imported = True
            has_imported |= opcode.name == "STACK_GLOBAL"
            if has_imported and (opcode.name in _CALLS or opcode.name == "INST"):
                return True
    except (ValueError, OverflowError):
        pass
    return False


def _entries(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise BundleError(f"{error.filename}: cannot be listed: {error.strerror}")

    for place, folders, files in os.walk(folder, onerror=refuse):
        if Path(place) == folder and GIT in folders and not (folder / GIT).is_symlink():
            folders.remove(GIT)
        for name in sorted((*folders, *files)):
            yield Path(place, name)
