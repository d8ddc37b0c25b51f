"""The graph of a pipeline: which stage's tensors become which outputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs
import numpy as np
from keras import ops

from poise.specs import GraphOutput
from poise_workflows.exporting.errors import refused
from poise_workflows.exporting.points.describing import Description
from poise_workflows.exporting.points.frames import matched, resized, with_channels
from poise_workflows.exporting.points.layers import Step
from poise_workflows.exporting.points.stages import Stage, Tensors, in_crops
from poise_workflows.frames.preparation import SizeMatch
from poise_workflows.pipelines.composing import (
    match_of,
    network_of_frames,
    side_of,
    skeleton_of,
)
from poise_workflows.pipelines.members import Cast
from poise_workflows.pipelines.networks import Network

CENTROIDS: Mapping[str, GraphOutput] = {
    "centroids": GraphOutput(
        axes=("image", "animal", "xy"), meaning="where animals are; NaN where there are fewer"
    ),
    "centroid_scores": GraphOutput(
        axes=("image", "animal"),
        meaning="the value of the confidence map at each centroid, about 1 at most",
    ),
}


@attrs.frozen(kw_only=True, eq=False)
class Graph:
    """What is decided before the first tensor.

    Attributes:
        roles: the models.
        frame: height, width and channels of the frames.
        match: how frames become as large as the first model expects.
        first: the stage that sees whole frames, or crops if there is no other.
        second: the stage that sees crops that the first one finds.
    """

    roles: Cast
    frame: tuple[int, int, int]
    match: SizeMatch
    first: Stage
    second: Stage | None

    @classmethod
    def of(
        cls,
        roles: Cast,
        options: Mapping[str, Any],
        size: tuple[int, int],
        channels: int | None,
    ) -> Graph:
        """Build the networks.

        Args:
            roles: the models.
            options: by their names in decoders.
            size: height and width of the frames.
            channels: of the frames; ``None``: as many as the first model sees.

        Raises:
            ExportError: the first model sees other channels.
        """
        network_of, member = partial(Network, batch_size=1), roles.members[0]
        if member is roles.crop:
            network, match = network_of(member, of_crops=True), SizeMatch(size, size)
        else:
            network, match = network_of_frames(member, network_of), match_of(member, size, size)
        second = None
        if roles.crop is not None and member is not roles.crop:
            second = Stage.of(roles.crop, network_of(roles.crop, of_crops=True), options)
        if channels not in (None, network.channels) and {channels, network.channels} != {1, 3}:
            what = f"must be {network.channels}, which the model sees, got {channels}"
            raise refused(what, "channels")
        return cls(
            roles=roles,
            frame=(*size, channels or network.channels),
            match=match,
            first=Stage.of(member, network, options),
            second=second,
        )

    def __call__(self, frames: Any) -> Tensors:
        """Tensors by name, places in pixels of the frames."""
        images = self._seen(frames)
        tensors = self.first(images)
        if self.first.member is not self.roles.crop:
            tensors = self.first.unscaled(tensors)
        if self.roles.centroid is not None:
            tensors = self._from_centroids(images, tensors)
        return self._in_frames(tensors)

    def _seen(self, frames: Any) -> Any:
        """Frames in the size and with the channels that the first model expects."""

        def prepare(frames: Any) -> Any:
            floats = matched(ops.cast(frames, "float32"), self.match)
            return with_channels(floats, self.first.network.channels)

        return Step(prepare, self.first.edition)(frames)

    def _from_centroids(self, images: Any, tensors: Tensors) -> Tensors:
        """Names that tell centroids from points, and the points if there is a second stage."""
        centers, scores = tensors["points"][:, :, 0], tensors["instance_scores"]
        used = ("points", "point_scores", "instance_scores")
        others = {name: tensor for name, tensor in tensors.items() if name not in used}
        named = {"centroids": centers, "centroid_scores": scores, **others}
        if self.second is None:
            return named
        seen = Step(self._seen_by_second, self.second.edition)(images)
        side = side_of(self.second.member)
        return {**in_crops(self.second, seen, centers, scores, side), **named}

    def _seen_by_second(self, images: Any) -> Any:
        """Images in the size and with the channels that the second model expects."""
        assert self.second is not None
        height, width = (max(1, int(side * self.second.scaling)) for side in images.shape[1:3])
        return resized(with_channels(images, self.second.network.channels), (height, width))

    def _in_frames(self, tensors: Tensors) -> Tensors:
        """Places in pixels of frames, and parts in the order of the skeleton."""
        outputs = self._outputs()
        undo = Step(self.match.undo, self.first.edition)
        tensors = {
            name: undo(tensor) if outputs[name].is_places else tensor
            for name, tensor in tensors.items()
        }
        names = self._names()
        if "part" not in names or names["part"] == self._parts():
            return tensors
        order = [
            names["part"].index(part) if part in names["part"] else -1 for part in self._parts()
        ]
        return {
            name: _ordered(tensor, outputs[name].axes, order) for name, tensor in tensors.items()
        }

    def _outputs(self) -> Mapping[str, GraphOutput]:
        """Each output, whose first axis is the image."""
        if self.roles.centroid is None:
            return self.first.outputs
        second = {} if self.second is None else self.second.outputs
        return {**self.first.outputs, **CENTROIDS, **second}

    def _names(self) -> Mapping[str, tuple[str, ...]]:
        """Axis → names of its entries, as the heads declare them."""
        if self.roles.centroid is None:
            return self.first.decoding.names
        return {} if self.second is None else self.second.decoding.names

    def _parts(self) -> tuple[str, ...]:
        """The parts as ``poise_workflows.predict`` orders them."""
        parts = self._names()["part"]
        stage = self.second or self.first
        return skeleton_of(stage.member, parts).parts

    def description(self, tensors: Tensors) -> Description:
        """What the model returns."""
        outputs, names = self._outputs(), dict(self._names())
        if "part" in names:
            names["part"] = self._parts()
        return Description(
            outputs={
                name: attrs.evolve(outputs[name], axes=("frame", *outputs[name].axes[1:]))
                for name in tensors
            },
            names=names,
            frame=self.frame,
            of_crops=self.first.member is self.roles.crop,
        )


def _ordered(tensor: Any, axes: tuple[str, ...], order: list[int]) -> Any:
    """A tensor with its parts in this order; NaN for those that are not predicted (-1)."""
    if "part" not in axes:
        return tensor
    axis, wanted = axes.index("part"), np.array(order, "int32")
    taken = ops.take(tensor, np.maximum(wanted, 0), axis=axis)
    is_there = (wanted >= 0).reshape(-1, *[1] * (len(axes) - axis - 1))
    return ops.where(is_there, taken, float("nan") if "float" in str(tensor.dtype) else 0)
