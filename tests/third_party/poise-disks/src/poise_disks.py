import attrs
import numpy as np

from poise import (
    BuildError,
    Fault,
    GraphDecoding,
    GraphOutput,
    HeadSpec,
    LabelsError,
    Output,
    fields,
    hookimpl,
)
from poise.editions import SLEAP, Difference, means_sleap
from poise.instances import gathered


def in_the_other_unit(config, edition, job):
    factor = 1 / config.output_stride if edition == SLEAP else config.output_stride
    return attrs.evolve(config, radius=config.radius * factor)


RADIUS_IN_GRID_CELLS = Difference(
    name="radius_in_grid_cells",
    sleap="radius is in grid cells, as sigma of SLEAP's maps",
    documented="radius is in pixels",
    path="radius",
    touches=lambda config: config.output_stride > 1,
    convert=in_the_other_unit,
)


def radius_in_pixels(config):
    return config.radius * (config.output_stride if means_sleap(RADIUS_IN_GRID_CELLS) else 1)


@attrs.frozen(kw_only=True)
class DisksConfig:
    """One map for each part of a single animal: the probability of being within a radius of it.

    Attributes:
        part_names: names of the parts, one channel each. ``None``: the parts of the skeleton.
        radius: radius of the disks, in pixels (in edition sleap-1.4 in grid cells). Larger
            disks are learned sooner, and overlap sooner.
        output_stride: input pixels per cell of the maps.
    """

    part_names: tuple[str, ...] | None = attrs.field(
        default=None, converter=fields.to_tuple, validator=fields.optional(fields.names())
    )
    radius: float = attrs.field(default=8.0, validator=fields.positive())
    output_stride: int = attrs.field(
        default=4,
        validator=[
            fields.power_of_two(),
            fields.Rule(
                "must be at most the radius in pixels",
                lambda config, stride: stride <= radius_in_pixels(config),
            ),
        ],
    )


def resolve(config, skeleton, classes):
    names = config.part_names or (skeleton and skeleton.parts)
    if not names:
        raise BuildError([Fault("no parts are named and no skeleton is given", "part_names")])
    return attrs.evolve(config, part_names=names)


def outputs(config, skeleton, classes):
    config = resolve(config, skeleton, classes)
    channels, radius = len(config.part_names), radius_in_pixels(config)

    def build(features, suffix):
        from keras.layers import Conv2D

        name = f"DisksHead{suffix}"
        return Conv2D(channels, 1, activation="sigmoid", dtype="float32", name=name)(features)

    disks = Output(
        name="disks",
        layer_name="DisksHead",
        stride=config.output_stride,
        channels=channels,
        build=build,
        loss="binary_crossentropy",
        targets=lambda labels, size: targets(config, radius, labels, size),
    )
    return (disks,)


def targets(config, radius, labels, size):
    """1 in the cells within the radius of a part, 0 elsewhere: ``(N, H/stride, W/stride, P)``."""
    from keras import ops

    animal = ops.convert_to_tensor(labels.points, dtype="float32")[:, :1]
    if labels.parts is not None:
        missing = set(config.part_names) - set(labels.parts)
        if missing:
            what = f"must include {', '.join(sorted(missing))}, got {', '.join(labels.parts)}"
            raise LabelsError([Fault(what, "labels.parts")])
        order = [labels.parts.index(part) for part in config.part_names]
        animal = ops.take(animal, order, axis=2)
    y, x = (
        ops.arange(0, length, config.output_stride, dtype="float32")[:, None] for length in size
    )
    across = ops.square(x - animal[:, :, None, None, :, 0])
    down = ops.square(y[:, None] - animal[:, :, None, None, :, 1])
    # Comparisons with the NaN of a hidden part are false.
    return ops.cast(ops.any(across + down <= radius**2, axis=1), "float32")


def decode(config, predictions, *, threshold=0.5):
    """The middle of the disk around each map's peak; parts below the threshold are missing."""
    maps = np.asarray(predictions["disks"], dtype=np.float32)
    images, rows, columns, parts = maps.shape
    cells = maps.reshape(images, rows * columns, parts)
    y, x = config.output_stride * np.stack(np.divmod(np.arange(rows * columns), columns))
    peak = cells.argmax(axis=1)[:, None]
    near = np.hypot(x[:, None] - x[peak], y[:, None] - y[peak]) <= 2 * radius_in_pixels(config)
    weights = np.where(near & (cells >= threshold), cells, 0)
    total = weights.sum(axis=1)
    present = total > 0
    where = np.stack([np.einsum("nkp,k->np", weights, axis) for axis in (x, y)], axis=-1)
    points = np.where(present[..., None], where / np.where(present, total, 1)[..., None], np.nan)
    scores = np.where(present, cells.max(axis=1), np.nan)
    image = np.flatnonzero(present.any(axis=1))
    return gathered(
        points[image],
        scores[image],
        np.nanmean(scores[image], axis=-1),
        image,
        images=images,
        parts=config.part_names,
    )


def decode_in_graph(config, *, threshold=0.5):
    """The same within a graph: arrays of one animal, NaN for what is missing."""
    reach = 2 * radius_in_pixels(config)

    def call(predictions):
        from keras import ops

        maps = predictions["disks"]
        _, rows, columns, parts = maps.shape
        cells = ops.reshape(maps, (-1, rows * columns, parts))
        y, x = config.output_stride * np.stack(np.divmod(np.arange(rows * columns), columns))
        x, y = x.astype("float32")[:, None], y.astype("float32")[:, None]
        highest = ops.max(cells, axis=1, keepdims=True)
        peak = ops.min(
            ops.where(cells == highest, np.arange(rows * columns)[:, None], 10**9), axis=1
        )
        off_x = x - ops.take(x[:, 0], peak)[:, None]
        off_y = y - ops.take(y[:, 0], peak)[:, None]
        near = ops.square(off_x) + ops.square(off_y) <= reach**2
        weights = ops.where(ops.logical_and(near, cells >= threshold), cells, 0.0)
        total = ops.sum(weights, axis=1)
        present = total > 0
        some = ops.where(present, total, 1.0)
        where = [ops.sum(weights * axis, axis=1) / some for axis in (x, y)]
        points = ops.where(present[..., None], ops.stack(where, axis=-1), np.nan)
        scores = ops.where(present, highest[:, 0], np.nan)
        count = ops.sum(ops.cast(present, "float32"), axis=-1, keepdims=True)
        mean = ops.sum(ops.where(present, highest[:, 0], 0.0), axis=-1, keepdims=True) / count
        return {
            "points": points[:, None],
            "point_scores": scores[:, None],
            "instance_scores": mean,
        }

    axes = ("image", "animal", "part", "xy")
    outputs = {
        "points": GraphOutput(axes=axes, meaning="the middle of the disk of each part"),
        "point_scores": GraphOutput(axes=axes[:3], meaning="the probability at its peak"),
        "instance_scores": GraphOutput(axes=axes[:2], meaning="the mean of its parts' scores"),
    }
    return GraphDecoding(outputs=outputs, names={"part": config.part_names}, call=call)


@hookimpl
def poise_heads():
    spec = HeadSpec(
        key="disks",
        config=DisksConfig,
        outputs=outputs,
        decode=decode,
        decode_in_graph=decode_in_graph,
        resolve=resolve,
        summary="A disk around each part of a single animal",
        differences=(RADIUS_IN_GRID_CELLS,),
        examples={"two parts": DisksConfig(part_names=("head", "tail"))},
    )
    return [spec]
