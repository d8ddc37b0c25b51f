"""``benchmark``: how fast a network is in every runtime, by batch size and precision."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs

import poise
from poise import Skeleton
from poise.errors import Fault
from poise.messages import argument, argument_path
from poise.wire.text import write_json
from poise.writing.whole_files import write_text
from poise_workflows.benchmarking.asked import XLA, Asked, asked_of, combinations
from poise_workflows.benchmarking.errors import BenchmarkError
from poise_workflows.benchmarking.machines import machine
from poise_workflows.benchmarking.processes import measure_peak, measure_row
from poise_workflows.benchmarking.results import Benchmark, Row
from poise_workflows.benchmarking.subjects import Model, Subject, source_of, subject_of
from poise_workflows.exporting.manifests import version_of
from poise_workflows.pipelines import runtimes as others
from poise_workflows.pipelines.cached_exports import export_of
from poise_workflows.pipelines.members import ModelsError
from poise_workflows.pipelines.runtimes import KERAS
from poise_workflows.prediction.devices import prepare_devices

Words = str | Iterable[Any]


def benchmark(
    model: Model,
    *,
    image: str | Sequence[int] | None = None,
    batch_sizes: Words = "1,4",
    runtimes: Words | None = None,
    precisions: Words = "float32",
    device: str = "auto",
    seconds: float = 3.0,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> Benchmark:
    """Measure how fast a network is: from frames in memory to its maps, as ``predict`` runs it.

    Each row is measured in a process of its own. Reading videos and decoding maps are not part
    of it.

    Args:
        model: anything that ``poise.read`` reads, an export, the name of a profile, or a
            ``poise.Reading``. A configuration without weights gets random ones.
        image: height and width of the frames in pixels, and their channels, ``(384, 512, 1)`` or
            ``"384,512,1"``. By default those that the model is known to be for.
        batch_sizes: how many frames each call has, ``(1, 4)`` or ``"1,4"``; a row for each.
        runtimes: ``"keras"``, ``"xla"`` for Keras on TensorFlow compiled by XLA, ``"onnx"``,
            ``"openvino"``, or those of plugins. By default all that are installed.
        precisions: ``"float32"``, ``"float16"`` and ``"bfloat16"``. Exports compute in float32
            alone.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.
        seconds: how long each row is timed.
        skeleton: parts and edges, if the configuration names none.
        classes: names of classes, if the configuration names none.
        output: a file for the result as JSON.
        overwrite: replace a file that is there.

    Returns:
        The figures.

    Raises:
        BenchmarkError: something is asked for that cannot be measured. The error lists every
            fault.
        BuildError: the network cannot be built.
        OptionsError: the device has no such name.
        OSError: a file cannot be read or written.
    """
    options = {name: value for name, value in locals().items() if name != "model"}
    return benchmark_all(model, options)


def benchmark_all(
    model: Model,
    options: dict[str, Any],
    tell: Callable[[Row], None] | None = None,
    import_backend: Callable[[], None] | None = None,
) -> Benchmark:
    """The work of ``benchmark``.

    Args:
        model: as of ``benchmark``.
        options: all others.
        tell: is called with each row as soon as it is measured.
        import_backend: is called before Keras is needed, once all else is checked.
    """
    output = None if options["output"] is None else Path(options["output"])
    if output is not None and output.exists() and not options["overwrite"]:
        what = f"must be free, got {output}, which is there"
        fix = f"pass {argument('overwrite', value='True')} to replace it"
        raise BenchmarkError([Fault(f"{what}; {fix}", argument_path("output"))])
    names = ("runtimes", "precisions", "batch_sizes", "image", "device", "seconds")
    asked = asked_of(**{name: options[name] for name in names})
    prepare_devices(asked.device)
    source = source_of(model)
    if import_backend is not None and source.reading is not None:
        import_backend()
    with TemporaryDirectory() as folder:
        place = Path(folder)
        names_of = options["skeleton"], options["classes"]
        subject = subject_of(source, asked, *names_of, place / "model")
        peak = measure_peak(asked)
        rows = []
        for row in _rows(asked, subject, place / "exports"):
            rows.append(_with_flops(row, subject.operations, peak))
            if tell is not None:
                tell(rows[-1])
    result = Benchmark(
        model=subject.name,
        image=subject.image,
        parameters=subject.parameters,
        operations=subject.operations,
        peak=peak,
        machine=machine(),
        versions=_versions(),
        rows=tuple(rows),
        notes=subject.notes,
    )
    if output is not None:
        write_text(output, write_json(result.to_json()) + "\n")
    return result


def _rows(asked: Asked, subject: Subject, folder: Path) -> Iterator[Row]:
    exports: dict[str, Path | str] = {}
    for runtime, precision, batch in combinations(asked, _runtimes(asked, subject)):
        if runtime in (KERAS, XLA):
            yield measure_row(asked, subject, runtime, precision, batch, None)
            continue
        if runtime not in exports:
            exports[runtime] = _export(runtime, subject, folder)
        export = exports[runtime]
        if isinstance(export, str):
            yield Row(runtime=runtime, precision=precision, batch_size=batch, failed=export)
        else:
            yield measure_row(asked, subject, runtime, precision, batch, export)


def _runtimes(asked: Asked, subject: Subject) -> list[str]:
    """The runtimes that are asked for, or all that are here and can run the network."""
    if asked.runtimes:
        return list(asked.runtimes)
    names = [name for name, spec in sorted(others.runtimes().items()) if others.is_installed(spec)]
    if subject.is_export:
        return names
    import keras

    return [KERAS, *([XLA] if keras.backend.backend() == "tensorflow" else []), *names]


def _export(runtime: str, subject: Subject, folder: Path) -> Path | str:
    """The export of a network; the reason why there is none."""
    if subject.member.export is not None:
        return subject.member.export
    # Random weights are of no use to anybody else.
    is_passing = folder.parent in subject.place.parents
    try:
        return export_of(others.runtimes()[runtime], subject.member, folder if is_passing else None)
    except ModelsError as error:
        return error.one_line()


def _with_flops(row: Row, operations: int | None, peak: float | None) -> Row:
    if row.frames_per_second is None or operations is None:
        return row
    flops = row.frames_per_second * operations
    return attrs.evolve(row, flops=flops, of_peak=flops / peak if peak else None)


def _versions() -> dict[str, str]:
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras is not None else ""
    names = ["keras", *([backend] if backend else [])]
    versions = {name: version_of(name) for name in names}
    return {"poise": poise.__version__, "python": platform.python_version(), **versions}
