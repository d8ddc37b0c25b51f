"""Exports that Poise makes of models for other runtimes, once for each, in its cache folder."""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory

import poise
from poise import settings
from poise.errors import Fault
from poise.files import open_file, read_text_of
from poise.messages import argument_path
from poise.writing.whole_files import write_text
from poise_workflows.exporting.choosing import missing_libraries, spec_of
from poise_workflows.exporting.contract import ExporterSpec
from poise_workflows.exporting.manifests import version_of
from poise_workflows.exporting.outputs import is_export
from poise_workflows.pipelines.members import Member, ModelsError

FOLDER = "exports"
"""Within the cache folder."""

ASKED_TOO_MUCH = 2
"""The exit status of ``poise export`` for a model that the format cannot have."""


_tell: ContextVar[Callable[[str], object] | None] = ContextVar("poise_exports_told", default=None)


@contextmanager
def exports_told(tell: Callable[[str], object]) -> Iterator[None]:
    """Tell of each export that is made inside the ``with`` block, since it takes seconds."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def export_of(
    runtime: ExporterSpec, member: Member, folder: Path | None = None, *, again: bool = True
) -> Path:
    """The folder of a model's export for a runtime. It is made unless it is there.

    Another process makes it: writing needs TensorFlow, whatever backend runs here, and leaves much
    in memory. The export is proven there as every export is.

    Args:
        runtime: the runtime.
        member: the model.
        folder: where exports are; by default in Poise's cache folder.
        again: whether to try once more what could not be made before with the same versions.

    Raises:
        ModelsError: it cannot be made; the message says why.
    """
    folder = folder or _folder()
    writers = [spec_of(name) for name in (runtime.key, *runtime.reads)]
    places = [folder / _name_of(writer, member) for writer in writers]
    for place in places:
        if is_export(place):
            return place
    able = [
        pair for pair in zip(writers, places, strict=True) if not any(missing_libraries(pair[0]))
    ]
    if not able:
        lacking = next(missing_libraries(writers[0]))
        what = f"must be an export, or have what makes one, got {member.path}: {lacking.what}"
        raise ModelsError([Fault(what, argument_path("models"))])
    writer, place = able[0]
    refusal = place.with_name(f"{place.name}.refused")
    if not again and refusal.is_file():
        text = read_text_of(refusal).decode("utf-8")
        raise ModelsError([Fault(text, argument_path("models"))])
    return _made(writer, member, place, refusal)


def _name_of(writer: ExporterSpec, member: Member) -> str:
    modules = (*(library.module for library in writer.needs), *writer.backends)
    versions = {module: version_of(module) for module in modules}
    facts = [writer.key, poise.__version__, versions, _contents(member.facts())]
    text = json.dumps(facts, sort_keys=True, default=str)
    key = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{key}.{writer.key}"


def _contents(facts: Mapping[str, object]) -> list[object]:
    """Facts of a model without the paths of its files; a file in an archive is the archive."""
    return [
        _digest(Path(str(value["path"]))) if isinstance(value, Mapping) else value
        for value in facts.values()
    ]


def _digest(path: Path) -> str:
    """The checksum of the files at a path, or of the archive that it leads into."""
    file = next(place for place in (path, *path.parents) if place.exists())
    files = [file] if file.is_file() else sorted(each for each in file.iterdir() if each.is_file())
    digest = hashlib.sha256()
    for each in files:
        with open_file(each) as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _folder() -> Path:
    """Where exports are kept; until this process ends if there is no cache folder."""
    kept = settings.cache_folder()
    if kept is not None:
        folder = Path(kept) / FOLDER
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return _passing_folder()


@functools.cache
def _passing_folder() -> Path:
    # Windows removes no file that a runtime has mapped.
    passing = TemporaryDirectory(prefix="poise-exports-", ignore_cleanup_errors=True)
    atexit.register(passing.cleanup)
    return Path(passing.name)


def _made(writer: ExporterSpec, member: Member, place: Path, refusal: Path) -> Path:
    tell = _tell.get()
    if tell is not None:
        tell(f"exporting {member.path} as {writer.key}, which takes some seconds, once")
    words = ["export", str(member.path), "--format", writer.key, "--image", "any"]
    done = subprocess.run(  # noqa: S603  # this interpreter
        [sys.executable, "-m", "poise", *words, "-o", str(place)],
        env={**os.environ, **_environment(writer)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if is_export(place):  # if it failed, another process has made it meanwhile
        return place
    said = "\n  ".join(_lines(done.stderr))
    what = f"must be a model that can be exported as {writer.key}, got {member.path}"
    fix = f"poise {shlex.join(words)} -o FOLDER says why"
    text = f"{what}; {fix}\n  {said}"
    if done.returncode == ASKED_TOO_MUCH:
        write_text(refusal, text)
    raise ModelsError([Fault(text, argument_path("models"))])


def _environment(writer: ExporterSpec) -> dict[str, str]:
    """Of the process that exports: a backend that the exporter takes, and the processor alone."""
    import_from = {settings.KERAS_BACKEND.name: writer.backends[0]} if writer.backends else {}
    return {**import_from, "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


def _lines(text: str, most: int = 12) -> Iterator[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    yield from lines[-most:]
