"""What a benchmark has measured."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Row:
    """A network in one runtime, precision and batch size, in a process of its own.

    Figures are ``None`` if the row failed.

    Attributes:
        runtime: ``"keras"``, ``"xla"`` for Keras compiled by XLA, or a runtime of exports.
        library: what computed, with its version.
        precision: what the network computed in.
        batch_size: how many frames each call had.
        frames_per_second: over all calls that were timed.
        latency: the median of the calls, in seconds.
        latency_99: the 99th percentile of the calls, in seconds.
        calls: how many were timed.
        start: seconds from the start of the process to the first result.
        memory: the most resident memory that the process had, in bytes.
        flops: FLOPs that the network did in a second; ``None`` if nobody knows its FLOPs.
        of_peak: the same as a part of the machine's peak.
        failed: why there are no figures; else empty.
    """

    runtime: str
    library: str = ""
    precision: str
    batch_size: int
    frames_per_second: float | None = None
    latency: float | None = None
    latency_99: float | None = None
    calls: int = 0
    start: float | None = None
    memory: int | None = None
    flops: float | None = None
    of_peak: float | None = None
    failed: str = ""


@attrs.frozen(kw_only=True)
class Benchmark:
    """How fast a network is on this machine.

    Attributes:
        model: what was measured, as the user named it.
        image: height, width and channels of the frames.
        parameters: numbers in its weights; ``None`` without Keras.
        operations: FLOPs for a frame, as of ``poise.inspect``; ``None`` without Keras.
        peak: FLOPs that this machine does in a second in a large convolution or product of
            matrices in float32; ``None`` without Keras.
        machine: the processor, its widest instructions for vectors, the number of its cores that
            may be used, memory in bytes, and the system.
        versions: of Poise, Python, Keras and the backend.
        rows: a row for each runtime, precision and batch size.
        notes: what to know of the figures, a sentence each.
    """

    model: str
    image: tuple[int, int, int]
    parameters: int | None
    operations: int | None
    peak: float | None
    machine: dict[str, Any]
    versions: dict[str, str]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a row has no figures."""
        return any(row.failed for row in self.rows)

    def fastest(self, batch_size: int) -> Row | None:
        """The row of a batch size with the most frames a second; ``None`` if all failed."""
        rows = [row for row in self.rows if row.batch_size == batch_size and not row.failed]
        return max(rows, key=lambda row: row.frames_per_second or 0, default=None)

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return attrs.asdict(self)
