"""The stages of a graph of points, each from tensors to tensors by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from keras import ops

import poise
from poise import editions, geometry
from poise.errors import Fault, PluginError
from poise.messages import argument_path, join_names
from poise.specs import GraphDecoding, GraphOutput
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.points.layers import Crops, Decoded, Step
from poise_workflows.pipelines.decoders import options_of
from poise_workflows.pipelines.members import Member
from poise_workflows.pipelines.networks import Network

Tensors = dict[str, Any]
UINT8 = np.dtype("uint8")
NAN = float("nan")


@attrs.frozen(eq=False)
class Stage:
    """A model with its decoding.

    Attributes:
        member: the model.
        network: built.
        decoding: of its head type, within a graph.
    """

    member: Member
    network: Network
    decoding: GraphDecoding

    @classmethod
    def of(cls, member: Member, network: Network, options: Mapping[str, Any]) -> Stage:
        """A stage with those options that its head type has.

        Raises:
            ExportError: the head type declares no decoding within a graph.
            DecodeError: an option is out of its domain.
        """
        check_decoding(member)
        assert member.spec.decode_in_graph is not None
        record: Any = poise.record_of(network.model)
        config = record.resolution.config
        names = set(options_of(member)) - ({"max_instances"} if member.stage == "crop" else set())
        chosen = {name: value for name, value in options.items() if name in names}
        with editions.edition(config.edition):
            decoding = member.spec.decode_in_graph(config.heads.which_oneof(), **chosen)
        _check_outputs(member, decoding)
        return cls(member, network, decoding)

    @property
    def scaling(self) -> float:
        """The factor by which frames are resized before the model."""
        return self.member.reading.input_scaling

    @property
    def edition(self) -> Any:
        """The edition of the model."""
        return self.member.reading.config.edition

    @property
    def outputs(self) -> Mapping[str, GraphOutput]:
        """What the decoding returns."""
        return self.decoding.outputs

    def __call__(self, images: Any, centroid_scores: Any = None) -> Tensors:
        """Decoded predictions of images ``(N, H, W, C)``, places in pixels of the model's input."""
        prepared = self.network.prepared(images, tuple(images.shape[1:]), UINT8)
        record: Any = poise.record_of(self.network.model)
        predicted = self.network.model(prepared)
        of_stack = {name: predicted[stacks[-1]] for name, stacks in record.names.items()}
        layer = Decoded(self.decoding, self.edition, name=f"{self.member.spec.key}_points")
        if centroid_scores is not None and self.decoding.takes("centroid_scores"):
            return dict(layer(of_stack, centroid_scores=centroid_scores))
        return dict(layer(of_stack))

    def unscaled(self, tensors: Tensors) -> Tensors:
        """The same tensors with places in pixels of the images before they were resized."""
        return self.moved(tensors, lambda places: geometry.undo_input_scaling(places, self.scaling))

    def moved(self, tensors: Tensors, move: Any, *others: Any) -> Tensors:
        """The same tensors with places moved.

        Args:
            tensors: by name.
            move: from places, and the other tensors, to places.
            others: what ``move`` needs besides.
        """
        return {
            name: Step(move, self.edition)(tensor, *others)
            if self.outputs[name].is_places
            else tensor
            for name, tensor in tensors.items()
        }


def check_decoding(*members: Member) -> None:
    """Refuse models whose head types declare no decoding within a graph.

    Raises:
        ExportError: names each of them.
    """
    faults = [
        Fault(
            "must be models whose heads can be decoded within a graph, got head "
            f"{member.spec.key!r}, which declares no decode_in_graph; export {member.path} "
            "without points",
            argument_path("models"),
        )
        for member in members
        if member.spec.decode_in_graph is None
    ]
    if faults:
        raise ExportError(faults)


def _check_outputs(member: Member, decoding: GraphDecoding) -> None:
    """Refuse a head that does not return what its stage asks for.

    Raises:
        PluginError: names the output.
    """
    outputs = decoding.outputs
    of = f"outputs of decode_in_graph of head {member.spec.key!r}, of stage {member.stage}, must"
    needed = {"points", "instance_scores"} if member.stage == "centroid" else set()
    if needed - set(outputs):
        raise PluginError(f"{of} include {join_names(sorted(needed))}, got {join_names(outputs)}")
    if member.stage == "crop":
        for name, output in outputs.items():
            if output.axes[:2] != ("image", "animal"):
                axes = join_names(output.axes)
                raise PluginError(
                    f"{of} have the axes image and animal first, got {axes} of {name}"
                )


def in_crops(stage: Stage, images: Any, centers: Any, scores: Any, side: int) -> Tensors:
    """Animals of crops around centers.

    Args:
        stage: the model that sees crops.
        images: ``(N, H, W, C)``, as the model sees them, resized by its scaling.
        centers: ``(N, K, 2)``, in pixels of the images before they were resized; NaN for none.
        scores: ``(N, K)``, of the centers.
        side: of the crops.

    Returns:
        The stage's outputs with the animals of all crops of an image on one axis; NaN where
        there is no center. Places are in pixels of the images before they were resized.
    """
    count = centers.shape[1]
    places = Step(lambda points: geometry.resize(points, stage.scaling), stage.edition)(centers)
    crops = Crops(side, as_sleap=stage.edition == editions.SLEAP)(images, places)
    of_crops = ops.reshape(places, (-1, 2))
    tensors = stage(crops, ops.reshape(scores, (-1,)))
    tensors = stage.moved(
        tensors, lambda points, center: geometry.undo_crop(points, center, side), of_crops
    )
    is_there = ops.logical_not(ops.isnan(of_crops[:, 0]))
    return {
        name: _of_images(_where(is_there, tensor), count)
        for name, tensor in stage.unscaled(tensors).items()
    }


def _where(is_there: Any, tensor: Any) -> Any:
    """A tensor ``(N · K, …)`` with NaN for crops that are of nothing."""
    return ops.where(ops.reshape(is_there, (-1, *[1] * (len(tensor.shape) - 1))), tensor, NAN)


def _of_images(tensor: Any, count: int) -> Any:
    """A tensor of crops ``(N · K, I, …)`` as one of images, ``(N, K · I, …)``."""
    _, animals, *rest = tensor.shape
    return ops.reshape(tensor, (-1, count * animals, *rest))
