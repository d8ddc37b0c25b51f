"""From models to a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import Instances, Skeleton, editions
from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.frames.preparation import SizeMatch
from poise_workflows.pipelines.decoders import check_options, decoder_of
from poise_workflows.pipelines.members import Cast, Member, ModelsError
from poise_workflows.pipelines.networks import FLOAT32, Network
from poise_workflows.pipelines.runtimes import KERAS, runtime_of
from poise_workflows.pipelines.stages import Cropped, Labeled, Nearest, Predicted
from poise_workflows.pipelines.truth import Truth

Array = npt.NDArray[Any]


@attrs.frozen(kw_only=True, eq=False)
class Pipeline:
    """Finds the animals in batches of frames.

    Attributes:
        roles: the models.
        skeleton: the parts of the animals, in the order of their points.
        class_names: names of the identities that the models tell apart; empty if none.
        predictor: SLEAP's name for such a pipeline.
        channels: of the images.
        is_single: whether the models find one animal in an image, and no option says how many.
        maps: bytes of what the first network predicts, for each pixel of a frame.
        check_size: raises if the first network cannot take frames of a height and width;
            ``None`` if it takes any.
        run: from images of one size, and what is labeled in them, to animals.
        networks: those of the models, in their order.
    """

    roles: Cast
    skeleton: Skeleton
    class_names: tuple[str, ...]
    predictor: str
    channels: int
    run: Any
    is_single: bool = False
    maps: float = 0.0
    check_size: Callable[[tuple[int, int]], None] | None = None
    networks: tuple[Any, ...] = ()

    @property
    def first(self) -> Member:
        """The model that sees whole frames, or whose crops are cut out of them."""
        return self.roles.members[0]

    @property
    def needs_labels(self) -> bool:
        """Whether only a stage is there, so that labels must stand in for the other one."""
        return (self.roles.centroid is None) != (self.roles.crop is None)

    def bytes_of(self, size: tuple[int, int]) -> int:
        """Memory that a frame of a size takes, with what the first network predicts of it."""
        height, width = size
        return max(1, int(height * width * (self.channels + self.maps)))

    def match(self, size: tuple[int, int], largest: tuple[int, int]) -> SizeMatch:
        """How frames of a size become as large as all others.

        Args:
            size: height and width of the frame.
            largest: the largest height and width of the source.
        """
        return match_of(self.first, size, largest)

    def __call__(self, images: Array, truth: Sequence[Truth] | None = None) -> Instances:
        """The animals of a batch of images.

        Args:
            images: ``(N, H, W, C)``.
            truth: what is labeled in each image, if the pipeline needs labels.

        Returns:
            The animals in pixels of the images, with the parts of ``skeleton``.
        """
        return _of_parts(self.run(images, truth), self.skeleton.parts)

    def unmatched(self, instances: Instances, matches: Sequence[SizeMatch]) -> Instances:
        """Animals of frames that were matched in size, each by its match, in their pixels."""
        pairs = zip(matches, instances.points, strict=True)
        with editions.edition(self.first.reading.config.edition):
            points = [match.undo(points) for match, points in pairs]
        return attrs.evolve(instances, points=np.stack(points).astype(np.float32))


def match_of(first: Member, size: tuple[int, int], largest: tuple[int, int]) -> SizeMatch:
    """As ``Pipeline.match``, of a pipeline with this first model."""
    preprocessing = first.reading.preprocessing
    if not preprocessing.resize_and_pad_to_target:
        return SizeMatch(size, size)
    height, width = preprocessing.target_height, preprocessing.target_width
    return SizeMatch(size, (height or largest[0], width or largest[1]))


def network_of_frames(member: Member, network_of: Any) -> Network:
    """The network of a model that sees whole frames.

    Args:
        member: the model.
        network_of: ``Network``, with the batch size.
    """
    reading, is_first = member.reading, member.stage == "centroid"
    multiple = reading.preprocessing.pad_to_stride or 1 if is_first else 1
    network: Network = network_of(member, scaling=reading.input_scaling, multiple=multiple)
    return network


def network_of(
    member: Member,
    batch_size: int,
    *,
    precision: str = FLOAT32,
    runtime: str = KERAS,
    **options: Any,
) -> Network:
    """The network of a model by itself, as its pipeline has it.

    Args:
        member: the model.
        batch_size: how many frames, or crops, a compiled function takes.
        precision: one of ``networks.PRECISIONS``.
        runtime: as of ``compose``.
        options: further ones of ``Network``.

    Raises:
        ModelsError: as of ``compose``.
        ExportError: as of ``compose``.
    """
    network: Any = partial(
        _network_of(runtime), batch_size=batch_size, precision=precision, **options
    )
    if member.stage == "crop":
        of_crops: Network = network(member, of_crops=True)
        return of_crops
    return network_of_frames(member, network)


def compose(
    roles: Cast,
    options: Mapping[str, Any],
    batch_size: int = 4,
    precision: str = FLOAT32,
    runtime: str = KERAS,
) -> Pipeline:
    """Build the models of a pipeline.

    Args:
        roles: the models; see ``members.read_models``.
        options: public name of an option of decoding → value; ``None`` for the default.
        batch_size: how many frames, or crops, a compiled function takes.
        precision: one of ``networks.PRECISIONS``.
        runtime: Keras, or a name of ``runtimes.runtimes()``; the models must have exports then.

    Raises:
        ModelsError: an option does not fit the models, crops have no size, or the runtime is not
            installed.
        ExportError: the runtime does not have the device.
        BuildError: a model cannot be built.
        WeightsError: a model has no weights, or others.
    """
    chosen = check_options(roles.members, options)
    network = partial(_network_of(runtime), batch_size=batch_size, precision=precision)
    return (
        _of_images(roles, chosen, network)
        if roles.image is not None
        else _top_down(roles, chosen, network)
    )


def _network_of(runtime: str) -> Any:
    if runtime == KERAS:
        return Network
    from poise_workflows.pipelines.exported_networks import ExportedNetwork

    return partial(ExportedNetwork, runtime=runtime_of(runtime))


def _of_images(roles: Cast, options: Mapping[str, Any], network_of: Any) -> Pipeline:
    assert roles.image is not None
    member, scaling = roles.image, roles.image.reading.input_scaling
    network, decoder = network_of_frames(member, network_of), decoder_of(member, options)
    probed = decoder(network.model, network.zeros(1), scaling)
    name = "SingleInstance"
    if decoder.takes("max_instances"):
        name = "BottomUpMultiClass" if probed.class_names else "BottomUp"
    return Pipeline(
        roles=roles,
        skeleton=skeleton_of(member, probed.parts),
        class_names=probed.class_names or (),
        predictor=f"{name}Predictor",
        channels=network.channels,
        maps=network.bytes_of_maps(),
        check_size=_size_check(network),
        is_single=not decoder.takes("max_instances") and probed.points.shape[1] == 1,
        run=lambda images, truth: decoder(network.model, network(images), scaling),
        networks=(network,),
    )


def _top_down(roles: Cast, options: Mapping[str, Any], network_of: Any) -> Pipeline:
    centers, channels, maps, check = _first_stage(roles, options, network_of)
    networks = [centers.network] if isinstance(centers, Predicted) else []
    if roles.crop is None:
        skeleton = skeleton_of(roles.members[0], ())
        parts: Any = Nearest(skeleton.parts)
        classes: tuple[str, ...] = ()
    else:
        # The first stage has kept the best animals.
        decoder = decoder_of(roles.crop, options, without="max_instances" if roles.centroid else "")
        network = network_of(roles.crop, of_crops=True)
        networks.append(network)
        probed = decoder(network.model, network.zeros(1), 1.0)
        parts = Cropped(network, decoder, side_of(roles.crop), probed)
        skeleton, classes = skeleton_of(roles.crop, probed.parts), probed.class_names or ()
        channels = channels or network.channels
    return Pipeline(
        roles=roles,
        skeleton=skeleton,
        class_names=classes,
        predictor="TopDownMultiClassPredictor" if classes else "TopDownPredictor",
        channels=channels,
        maps=maps,
        check_size=check,
        run=lambda images, truth: _in_two_stages(images, truth, centers, parts),
        networks=tuple(networks),
    )


def _in_two_stages(images: Array, truth: Any, centers: Any, parts: Any) -> Instances:
    """Animals of top-down, with those that limits of either stage left out."""
    located = centers(images, truth)
    animals: Instances = parts(images, truth, located)
    return attrs.evolve(animals, dropped=(*located.dropped, *animals.dropped))


def _first_stage(
    roles: Cast, options: Mapping[str, Any], network_of: Any
) -> tuple[Any, int, float, Any]:
    """The first stage, and of its network channels, bytes of maps, and the check of sizes.

    Without a network, crops are cut where animals are labeled; 0 channels: as the second stage.
    """
    if roles.centroid is None:
        assert roles.crop is not None
        cropping, head = roles.crop.reading.cropping, roles.crop.reading.config.heads
        anchor = getattr(head.which_oneof(), "anchor_part", None)
        return Labeled(cropping.center_on_part or anchor), 0, 0.0, None
    network = network_of_frames(roles.centroid, network_of)
    predicted = Predicted(network, decoder_of(roles.centroid, options))
    return predicted, network.channels, network.bytes_of_maps(), _size_check(network)


def _size_check(network: Any) -> Any:
    """The check of a network that was exported for one size; a network of Keras takes any."""
    return getattr(network, "check_size", None)


def side_of(member: Member) -> int:
    """The side of the crops that a model of stage crop sees, in pixels.

    Raises:
        ModelsError: its files do not say so.
    """
    side = member.reading.cropping.crop_size or member.reading.image[0]
    if side is None:
        what = f"must be the side of crops in pixels, got none in {member.reading.source.name}"
        fix = "write data.instance_cropping.crop_size into it"
        raise ModelsError([Fault(f"{what}; {fix}", argument_path("models"))])
    return side


def skeleton_of(member: Member, parts: tuple[str, ...]) -> Skeleton:
    """The model's skeleton if it has all parts that are predicted."""
    skeleton = member.reading.skeleton
    if skeleton is not None and set(parts) <= set(skeleton.parts):
        return skeleton
    if parts:
        return Skeleton(parts)
    what = f"must have a skeleton, got none in {member.path}"
    fix = "name the model of the other stage, too"
    raise ModelsError([Fault(f"{what}; {fix}", argument_path("models"))])


def _of_parts(instances: Instances, parts: tuple[str, ...]) -> Instances:
    """The same animals, with the parts in this order; NaN for those that are not predicted."""
    if instances.parts == parts:
        return instances
    shape = (*instances.instance_scores.shape, len(parts))
    points = np.full((*shape, 2), np.nan, np.float32)
    scores = np.full(shape, np.nan, np.float32)
    columns = [parts.index(part) for part in instances.parts]
    points[:, :, columns], scores[:, :, columns] = instances.points, instances.point_scores
    return attrs.evolve(instances, points=points, point_scores=scores, parts=parts)
