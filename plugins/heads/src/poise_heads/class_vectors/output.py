"""Class vectors: the class of the animal in the middle of a crop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.errors import BuildError, Fault
from poise.labels import Labels
from poise.specs import Output, Tensor
from poise_heads import layers
from poise_heads.labeling import Size, classes_of

LAYER_NAME = "ClassVectorsHead"


def class_vectors(config: Any, classes: Sequence[str], *, section: str = "") -> Output:
    """The output with one probability per class, summing to 1.

    Args:
        config: a ``ClassVectorsHeadConfig``.
        classes: names of the classes, in the order of the channels.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``class_vectors``, ``(N, classes)``. Building it raises ``BuildError``
        where a dense layer would need an unknown image size.
    """

    def build(features: Tensor, suffix: str) -> Tensor:
        _, height, width, _ = features.shape
        if not config.global_pool and None in (height, width):
            what = (
                "without global_pool the dense layers need the size of the image, which is "
                "not fixed; give a fixed image size, or set global_pool to true"
            )
            raise BuildError([Fault(what, f"{section}global_pool")])
        vector = layers.flat(features, suffix, config.global_pool)
        for index in range(config.num_fc_layers):
            vector = layers.hidden(vector, suffix, index, config.num_fc_units)
        return layers.probabilities(vector, LAYER_NAME + suffix, len(classes))

    def targets(labels: Labels, size: Size) -> Tensor:
        from keras import ops

        from poise_heads.class_vectors import targets as vectors

        first = classes_of(labels, classes, "class_vectors")[:, :1]
        # A sum over instances, since an image may have none.
        return ops.sum(vectors.class_vectors(first, len(classes)), axis=1)

    def metrics() -> list[Any]:
        import keras

        return [keras.metrics.CategoricalAccuracy(name="accuracy")]

    return Output(
        name="class_vectors",
        layer_name=LAYER_NAME,
        stride=config.output_stride,
        channels=len(classes),
        build=build,
        loss="categorical_crossentropy",
        loss_weight=config.loss_weight,
        where=f"{section}output_stride",
        targets=targets,
        metrics=metrics,
        spatial=False,
    )
