"""``export``: from a model to a folder that another runtime runs, and that is proven."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from poise import resolve
from poise.messages import argument
from poise.writing.whole_folders import whole_folder
from poise_workflows.exporting.building import build
from poise_workflows.exporting.choosing import refuse_backend
from poise_workflows.exporting.errors import UnprovenError
from poise_workflows.exporting.manifests import manifest_of, write_manifest, write_models
from poise_workflows.exporting.outputs import keep_failed, keep_former, refuse_others
from poise_workflows.exporting.pictures import pictures_of
from poise_workflows.exporting.proving import Proof, prove
from poise_workflows.exporting.requests import Request, request_of
from poise_workflows.exporting.results import Export

Models = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
Image = str | tuple[int, int] | None


def export(
    models: Models,
    output: str | os.PathLike[str],
    *,
    format: str,  # noqa: A002  # the option's name
    points: bool = False,
    image: Image = None,
    batch: str | int = "any",
    max_instances: int | None = None,
    peak_threshold: float | None = None,
    provider: str | None = None,
    frames: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    renew: bool = False,
) -> Export:
    """Write a model in the format of another runtime, and prove that it gives the same numbers.

    Poise runs what it has written in its own runtime, on eight frames, and compares every output
    with its own. Only then the folder gets its name.

    Args:
        models: a model; with ``points``, a model or both stages of top-down: SLEAP's folders,
            archives or ``training_config.json``, Poise's folders, and those of training runs.
        output: the folder of the export.
        format: its format: ``"onnx"``, ``"openvino"``, ``"saved_model"``, ``"frozen_graph"``,
            ``"sleap"``, or that of a plugin.
        points: put preprocessing and peaks into the graph: frames in, points and scores out.
        image: height and width in pixels of the images that the network takes, ``(96, 128)`` or
            ``"96,128"``, or ``"any"``. By default the size that the model is known to be for, else
            any.
        batch: how many images a call takes, or ``"any"``.
        max_instances: with ``points``, for how many animals of a frame, or peaks of a part, there
            is room in the arrays; by default 20.
        peak_threshold: with ``points``, the least value of a peak, as of ``predict``.
        provider: what ONNX Runtime computes with: ``"cpu"``, ``"cuda"``, ``"tensorrt"`` or
            ``"directml"``. The manifest records it.
        frames: a video or labels whose frames prove the export; by default made-up images.
        overwrite: replace an export.
        renew: keep an export that is there, also one of SLEAP, under a numbered name.

    Returns:
        What was written.

    Raises:
        ExportError: a model cannot be exported as asked. The error lists every fault.
        PluginError: the exporter is broken, or failed.
        BuildError: a model cannot be built.
        WeightsError: a model has no weights, or others.
        SourceError: the frames cannot be read.
        UnprovenError: the export does not give Poise's numbers. The draft is kept beside the
            output.
        OSError: the folder cannot be written.
    """
    options = {name: value for name, value in locals().items() if name not in POSITIONAL}
    return export_request(request_of(models, output, options))


POSITIONAL = ("models", "output")


def export_request(request: Request) -> Export:
    """The work of ``export``."""
    refuse_backend(request.spec)
    built = build(request)
    pictures = pictures_of(built.subject, *_sides(request), request.frames)
    expected = [built.predict(stack) for stack in pictures.stacks]
    output = request.output.absolute()
    output.parent.mkdir(parents=True, exist_ok=True)
    former = None
    with whole_folder(output, replaces=refuse_others) as draft:
        facts = request.spec.write(built.subject, draft) or {}
        write_models(draft, request.readings)
        proof = prove(draft, request.spec, built.subject, pictures, expected)
        manifest = manifest_of(request.spec, built.subject, request.members, facts, proof)
        write_manifest(draft, manifest)
        if proof.faults:
            raise _unproven(proof, draft, output)
        if request.renew:
            former = keep_former(output)
    return Export(folder=request.output, manifest=manifest, former=former)


def _sides(request: Request) -> tuple[int, int]:
    """Of which the sides of images are multiples, and the least that they are, in pixels."""
    resolutions = [
        resolve(reading.config, reading.skeleton, reading.classes) for reading in request.readings
    ]
    minima = [
        each.backbone.minimum_size(each.config.backbone.which_oneof())
        for each in resolutions
        if each.backbone.minimum_size
    ]
    return max(each.max_stride for each in resolutions), max(minima, default=1)


def _unproven(proof: Proof, draft: Path, output: Path) -> UnprovenError:
    kept = keep_failed(draft, output)
    lines = "\n".join(f"  {fault}" for fault in proof.faults)
    fix = f"report it with {kept}, or try other frames with {argument('frames')}"
    return UnprovenError(
        f"{output}: must give the numbers of Poise in its own runtime, got others\n{lines}\n"
        f"  kept: {kept}\n  fix: {fix}"
    )
