import attrs

from poise import BuildError, Fault, HeadSpec, Output, fields, hookimpl


@attrs.frozen(kw_only=True)
class HeatlineConfig:
    """One map for each edge of the skeleton, high along the whole of it.

    Attributes:
        edges: pairs of part names, one channel each. ``None``: the edges of the skeleton.
        output_stride: input pixels per cell of the maps.
    """

    edges: tuple[tuple[str, str], ...] | None = attrs.field(
        default=None, converter=fields.to_edges, validator=fields.optional(fields.edges())
    )
    output_stride: int = attrs.field(default=4, validator=fields.power_of_two())


def resolve(config, skeleton, classes):
    edges = config.edges or (skeleton and skeleton.edges)
    if not edges:
        what = "no edges are named and no skeleton with edges is given"
        raise BuildError([Fault(what, "edges")])
    return attrs.evolve(config, edges=edges)


def outputs(config, skeleton, classes):
    channels = len(resolve(config, skeleton, classes).edges)

    def build(features, suffix):
        from keras.layers import Conv2D

        name = f"HeatlineHead{suffix}"
        return Conv2D(channels, 1, activation="sigmoid", name=name, dtype="float32")(features)

    heatlines = Output(
        name="heatlines",
        layer_name="HeatlineHead",
        stride=config.output_stride,
        channels=channels,
        build=build,
        loss="binary_crossentropy",
    )
    return (heatlines,)


@hookimpl
def poise_heads():
    spec = HeadSpec(
        key="heatline",
        config=HeatlineConfig,
        outputs=outputs,
        resolve=resolve,
        summary="One map for each edge, high along the whole of it",
        examples={"two edges": HeatlineConfig(edges=(("head", "body"), ("body", "tail")))},
    )
    return [spec]
