"""What training needs from a model: its targets, and the arguments to compile it with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from poise import editions
from poise.building.outputs import suffixes
from poise.building.record import record_of
from poise.building.resolving import Resolution, resolve
from poise.config import ModelConfig
from poise.errors import BuildError, ConfigError, Fault, PluginError
from poise.job.optimization import HardKeypointMiningConfig, OptimizationConfig
from poise.labels import Labels
from poise.messages import short_repr
from poise.scalars import is_integer, is_number
from poise.skeleton import Skeleton
from poise.specs import Output

LEARNING_RATE = 1e-4
OPTIMIZERS = ("adam", "rmsprop", "sgd")
"""The optimizers that SLEAP configures itself; other names are Keras names."""

MEAN_SQUARED_ERROR = "mean_squared_error"


def make_targets(model: Any, labels: Labels, size: tuple[int, int] | None = None) -> dict[str, Any]:
    """Make the targets of a model's outputs for labeled images.

    Works on NumPy arrays, in a train step, and (on the TensorFlow backend) in a ``tf.data``
    map. The configuration's edition decides where SLEAP 1.4 and its documentation differ.

    Args:
        model: a model of ``poise.build`` or ``poise.load``, or the result of ``poise.resolve``
            for its configuration (for models with a single stack).
        labels: the labels of a batch of images, in pixels of the model's input.
        size: height and width of these images in pixels, as Python integers; by default the
            size that the model was built for.

    Returns:
        Targets by output name. Each has the shape of its output, which is
        ``(N, ceil(H/stride), ceil(W/stride), channels)``, or ``(N, channels)`` for vectors.
        Every stack has the same targets (``confmaps_0``, ``confmaps_1``, …).

    Raises:
        LabelsError: the labels lack something that the outputs need.
        BuildError: ``model`` was not built by Poise, or ``size`` is not known.
        PluginError: the head type makes no targets.
    """
    resolution, names = _parts_of(model)
    if not isinstance(labels, Labels):
        raise BuildError([Fault(f"must be a poise.Labels, got {short_repr(labels)}", "labels")])
    size = _size(model, size)
    targets: dict[str, Any] = {}
    for output in resolution.outputs:
        if output.targets is None:
            raise PluginError(
                f"head type {resolution.head.key!r} makes no targets for output {output.name!r}"
            )
        target = output.targets(labels, size)
        targets.update(dict.fromkeys(names[output.name], target))
    return targets


def compile_args(
    model: Any,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    *,
    optimization: OptimizationConfig | None = None,
    optimizer: Any = None,
    learning_rate: float | None = None,
    hard_keypoint_mining: HardKeypointMiningConfig | bool | None = None,
    stacks: int | None = None,
) -> dict[str, Any]:
    """Arguments for ``model.compile(**…)`` as SLEAP trains: optimizer, losses, weights, metrics.

    The head defines the loss of each output, and the configuration's ``loss_weight`` weights
    it. Every stack is supervised equally.

    Args:
        model: a model of ``poise.build`` or ``poise.load``, or its configuration, a
            ``poise.ModelConfig``.
        skeleton: for a configuration that does not name its parts.
        classes: for a configuration that does not name its classes.
        optimization: the optimization section of a SLEAP job:
            ``poise.read_sleap(path).sections.optimization``. Other arguments override it.
        optimizer: ``"adam"`` (with AMSGrad, the default), ``"rmsprop"``, ``"sgd"``, the Keras
            name of another optimizer, or a ``keras.Optimizer``, which is used unchanged.
        learning_rate: learning rate of an optimizer given by name; 1e-4 by default.
        hard_keypoint_mining: whether the channels with the largest errors in a batch count
            more: ``True``, or settings whose ``online_mining`` is set. Applies only to outputs
            whose loss is the mean squared error.
        stacks: number of stacks of a configuration; by default the number of its backbone.

    Returns:
        New objects under ``optimizer``, ``loss``, ``loss_weights`` and ``metrics``, the last
        three by output name.

    Raises:
        BuildError: ``model`` is neither of the two, or no model can be built from it.
        ConfigError: the optimizer is unknown, or the learning rate is invalid.
    """
    resolution, names = _parts_of(model, skeleton, classes, stacks)
    settings = optimization or OptimizationConfig()
    if hard_keypoint_mining is None:
        hard_keypoint_mining = settings.hard_keypoint_mining
    elif isinstance(hard_keypoint_mining, bool):
        hard_keypoint_mining = HardKeypointMiningConfig(online_mining=hard_keypoint_mining)
    if learning_rate is None:
        learning_rate = settings.initial_learning_rate
    with editions.edition(resolution.config.edition):
        mining = _mining(hard_keypoint_mining, resolution.outputs)
        optimizer = _optimizer(
            settings.optimizer if optimizer is None else optimizer, learning_rate
        )
    outputs = [(name, output) for output in resolution.outputs for name in names[output.name]]
    metrics = {name: list(_metrics(output, mining)) for name, output in outputs}
    return {
        "optimizer": optimizer,
        "loss": {name: _loss(output, mining) for name, output in outputs},
        "loss_weights": {name: float(output.loss_weight) for name, output in outputs},
        "metrics": {name: values for name, values in metrics.items() if values},
    }


def _parts_of(
    model: Any,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    stacks: int | None = None,
) -> tuple[Resolution, Mapping[str, Sequence[str]]]:
    """The resolution of a model, and the names that each output has in it."""
    record = record_of(model)
    if record is not None:
        return record.resolution, record.names
    if isinstance(model, ModelConfig):
        resolution = resolve(model, skeleton, classes)
    elif isinstance(model, Resolution):
        resolution = model
    else:
        what = (
            "must be a model of poise.build or poise.load, or what it is built of "
            f"(poise.ModelConfig, poise.resolve(…)), got {short_repr(model)}"
        )
        raise BuildError([Fault(what, "model")])
    if stacks is None:
        stacks = resolution.stacks
    if not is_integer(stacks) or stacks < 1:
        raise BuildError([Fault(f"must be an integer ≥ 1, got {short_repr(stacks)}", "stacks")])
    return resolution, {
        output.name: tuple(f"{output.name}{suffix}" for suffix in suffixes(stacks))
        for output in resolution.outputs
    }


def _size(model: Any, size: Any) -> tuple[int, int]:
    record = record_of(model)
    if size is None and record is not None and None not in record.image[:2]:
        size = record.image[:2]
    if size is None:
        what = "the size of the images is not known; give size=(height, width) in pixels"
        raise BuildError([Fault(what, "size")])
    # Refuses tf.shape(image)[:2]: target shapes must be known before targets are computed.
    is_pair = isinstance(size, tuple | list) and len(size) == 2
    if not is_pair or not all(is_integer(length) and length > 0 for length in size):
        what = f"must be (height, width) in pixels as Python integers, got {short_repr(size)}"
        raise BuildError([Fault(what, "size")])
    return size[0], size[1]


def _mining(config: HardKeypointMiningConfig, outputs: tuple[Output, ...]) -> dict[str, Any] | None:
    """Arguments of the loss, or ``None`` without mining."""
    if not config.online_mining:
        return None
    other = any(output.loss != MEAN_SQUARED_ERROR for output in outputs)
    if other and editions.means_sleap(editions.MINING_IGNORED_BESIDE_CLASSES):
        return None
    return {
        "hard_to_easy_ratio": config.hard_to_easy_ratio,
        "min_hard_keypoints": config.min_hard_keypoints,
        "max_hard_keypoints": config.max_hard_keypoints,
        "loss_scale": config.loss_scale,
    }


def _loss(output: Output, mining: dict[str, Any] | None) -> Any:
    if mining is None or output.loss != MEAN_SQUARED_ERROR:
        return output.loss
    from poise.losses import HardKeypointLoss

    return HardKeypointLoss(**mining)


def _metrics(output: Output, mining: dict[str, Any] | None) -> Iterator[Any]:
    if mining is not None and output.loss == MEAN_SQUARED_ERROR:
        import keras

        from poise.losses import hard_keypoints

        yield keras.metrics.MeanMetricWrapper(hard_keypoints, name="hard_keypoints", **mining)
    if output.metrics is not None:
        yield from output.metrics()


def _optimizer(choice: Any, learning_rate: Any) -> Any:
    import keras

    if not isinstance(choice, str):
        return choice
    if not is_number(learning_rate) or learning_rate <= 0:
        what = f"must be a number > 0, got {short_repr(learning_rate)}"
        raise ConfigError([Fault(what, "learning_rate")])
    rate = float(learning_rate)
    name = choice.lower()
    if name == "adam":
        return keras.optimizers.Adam(rate, amsgrad=True)
    if name == "rmsprop":
        return keras.optimizers.RMSprop(rate)
    if name == "sgd":
        return keras.optimizers.SGD(rate)
    try:
        optimizer = keras.optimizers.get(choice)
    except ValueError:
        what = f"no optimizer {choice!r} in Keras; {', '.join(OPTIMIZERS)} are set up as in SLEAP"
        raise ConfigError([Fault(what, "optimizer")]) from None
    if not editions.means_sleap(editions.LEARNING_RATE_OF_OTHERS):
        optimizer.learning_rate = rate
    return optimizer
