"""What an exporter is: the contract of the entry-point group ``poise.exporters``.

An exporter writes a network, with everything that it needs, in the format of another runtime. A
plugin returns one ``ExporterSpec`` for each of its entry points from the hook
``poise_exporters``; the exporters of Poise enter by the same door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy.typing as npt

if TYPE_CHECKING:
    from poise import Reading
    from poise.errors import Fault

API = 1
"""Version of this contract."""

MAPS = 1e-4
"""Largest difference between the runtime and Poise, as a part of the largest output."""

PIXELS = 0.01
"""The same of places, in pixels."""

Array = npt.NDArray[Any]


@attrs.frozen
class Library:
    """A library that an exporter needs.

    Attributes:
        module: the name by which Python imports it, as ``onnxruntime``.
        install: what installs it, such as a line with pip.
    """

    module: str
    install: str


@attrs.frozen(kw_only=True, eq=False)
class Subject:
    """What is exported.

    Attributes:
        model: the ``keras.Model``, with its weights. It has one input and a dict of outputs.
            Poise does not compile it, and no other code uses it afterwards.
        inputs: the name of its only input, ``image``.
        outputs: the names of its outputs, in the order of the dict.
        image: height, width and channels of the images; ``None`` for any height or width.
        batch: how many images a call takes; ``None`` for any number.
        dtype: of the images, ``"float32"`` for values from 0 to 1, or ``"uint8"`` with points.
        readings: what Poise read: one model, or with points both stages of top-down.
        source: the path of the first model, as the user gave it.
        has_points: whether the outputs are points and scores instead of maps.
        pixels: which outputs are places in pixels. Poise compares these by pixels.
        provider: what the runtime is asked to compute with, by a name of
            ``ExporterSpec.providers``; empty for its default.
    """

    model: Any
    inputs: tuple[str, ...] = ("image",)
    outputs: tuple[str, ...]
    image: tuple[int | None, int | None, int]
    batch: int | None = 1
    dtype: str = "float32"
    readings: tuple[Reading, ...]
    source: Path
    has_points: bool = False
    pixels: tuple[str, ...] = ()
    provider: str = ""

    @property
    def reading(self) -> Reading:
        """What Poise read of the first model."""
        return self.readings[0]

    @property
    def signature(self) -> tuple[int | None, ...]:
        """The shape of the input, ``(N, H, W, C)``; ``None`` for any."""
        return (self.batch, *self.image)


@attrs.frozen(kw_only=True)
class ExporterSpec:
    """An exporter: how a format is written, and how it is run.

    Attributes:
        key: name of the format on the command line; equal to the name of its entry point.
        summary: one line for listings.
        needs: the libraries that it needs. Poise checks that they are installed before it builds
            the model.
        write: ``write(subject, place)``: write the export into ``place``, an empty folder that
            is a draft. It may return facts for the manifest, a dict that JSON can have. It raises
            ``poise_workflows.ExportError`` for what the format cannot have.
        run: ``run(place, images) -> outputs``: run what is in ``place`` in the runtime of the
            format, on ``images`` ``(N, H, W, C)`` of ``subject.dtype``, and return a dict of
            arrays by the names of ``subject.outputs``. It uses the files of ``place`` alone. If the
            spec has ``providers``, it is called with ``provider=``, too.
        check: ``check(readings) -> faults``: why the format cannot have these models, before
            Keras is imported. ``None`` if it can have every model.
        takes_points: whether it can have points (``--points``).
        takes_shapes: whether it can have ``--image`` and ``--batch``; otherwise the model is
            exported as it was trained.
        backends: backends of Keras that it can write from; empty for all.
        providers: what its runtime can compute with, by the names of ``--provider``.
        tolerance: largest difference between runtime and Poise, as a part of the largest output.
        runtime: the library that ``open`` needs; ``None`` without ``open``.
        open: ``open(place, device) -> session``: make an export ready to run for ``poise predict
            --runtime KEY``. ``place`` is a folder of this format or of one in ``reads``, and
            ``device`` is ``"auto"``, ``"cpu"`` or ``"gpu:N"``. ``session.run(images) -> outputs``
            takes float32 images ``(N, H, W, C)`` and returns a dict of arrays by the names of the
            outputs. It raises ``poise_workflows.ExportError`` for a device that the runtime does
            not have. ``None`` if Poise cannot predict with the format.
        reads: formats of other exporters that ``open`` takes, too.
        api: version of the contract that the spec was written for.
    """

    key: str
    summary: str = ""
    needs: tuple[Library, ...] = ()
    write: Callable[[Subject, Path], Mapping[str, Any] | None]
    run: Callable[..., Mapping[str, Any]]
    check: Callable[[tuple[Reading, ...]], Iterable[Fault]] | None = None
    takes_points: bool = True
    takes_shapes: bool = True
    backends: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    tolerance: float = MAPS
    runtime: Library | None = None
    open: Callable[[Path, str], Any] | None = None
    reads: tuple[str, ...] = ()
    api: int = API
