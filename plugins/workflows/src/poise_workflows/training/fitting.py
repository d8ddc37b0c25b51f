"""The part of a training that needs Keras: network, batches, callbacks, ``fit``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from poise import editions
from poise_workflows.augmentation.augmenting import is_on
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.prediction.devices import Device
from poise_workflows.progress.epochs import shown_epochs
from poise_workflows.training.batches import Batches
from poise_workflows.training.devices import notes_of_devices
from poise_workflows.training.differences import AUGMENTED_VALIDATION
from poise_workflows.training.errors import MemoryUsedUpError
from poise_workflows.training.ignored_animals import note_of_ignored
from poise_workflows.training.keeping import Keeper, Turning, resumed
from poise_workflows.training.memory import Memory, Tell, memory_of
from poise_workflows.training.networks import begin_from, begin_published, build, compile_model
from poise_workflows.training.orders import Order, steps_of_training, steps_of_validation
from poise_workflows.training.pictures import read_pictures
from poise_workflows.training.plans import Plan
from poise_workflows.training.preparing import Array, Preparation
from poise_workflows.training.run_folders import RunFolder
from poise_workflows.training.schedules import Plateau, Stopping
from poise_workflows.training.states import State, fill_from, read_facts
from poise_workflows.training.validation_cases import reporter_of


def fit(
    folder: RunFolder,
    plan: Plan,
    images: Path | None,
    callbacks: Sequence[Any],
    progress: str,
    device: Device,
    tell: Tell,
) -> Keeper:
    """Train to the last epoch, from wherever the folder is.

    Args:
        folder: of the run.
        plan: what is trained, on what.
        images: a folder for them; ``None`` for memory.
        callbacks: Keras callbacks of the user.
        progress: how it is shown.
        device: what trains.
        tell: gets all of it before the first image is read.

    Returns:
        The keeper, which knows how it ended.

    Raises:
        DivergedError: the loss became NaN or infinite.
        MemoryUsedUpError: the device has no memory for a batch.
    """
    optimization = plan.reading.sections.optimization
    model = build(plan.reading, plan.geometry, plan.sets.skeleton, plan.classes, plan.options)
    state = read_facts(folder.state) if folder.state.is_file() else None
    notes = [f"device: {device}", *([device.note] if device.note else [])]
    if state is None:
        notes += _begun(model, plan)
    compile_model(model, plan.reading, plan.options)
    ignored = note_of_ignored(model, plan)
    notes += [ignored] if ignored else []
    mines = optimization.hard_keypoint_mining.online_mining
    notes += notes_of_devices(model, plan.options.devices, mines=mines)
    held = 0 if images else plan.videos.bytes
    memory = memory_of(model, optimization.batch_size, device, plan.options.devices, held)
    tell(plan, device, memory)
    if state is None:
        state = State(epochs=0, counters={}, log=())
        _report(folder, [*notes, *filter(None, [memory.warning()])], memory, model.count_params())
    else:
        fill_from(folder.state, model)
        _report_device(folder, state, device)
    preparation = _preparation(plan, read_pictures(plan.videos, images))
    train, validation = _batches(plan, model, preparation)
    counting = _counting(plan)
    resumed(state, counting)
    with shown_epochs(progress) as show, _out_of_memory_in_words(memory):
        keeper = Keeper(folder, state, optimization.epochs, counting, show, train.num_batches)
        if not state.ended and state.epochs < optimization.epochs:
            model.fit(
                train,
                validation_data=validation,
                epochs=optimization.epochs,
                initial_epoch=state.epochs,
                callbacks=[
                    Turning([train, validation]),
                    *([counting["plateau"]] if "plateau" in counting else []),
                    *_logging(folder, plan),
                    *callbacks,
                    *([counting["stopping"]] if "stopping" in counting else []),
                    reporter_of(folder, plan, preparation, state, train.num_batches),
                    keeper,
                ],
                shuffle=False,
                verbose=0,
            )
    return keeper


def _begun(model: Any, plan: Plan) -> list[str]:
    """Give a network the weights that it begins with, and say which."""
    if plan.options.start is not None:
        return [begin_from(model, plan.options.start).note()]
    published = begin_published(model)
    return [published] if published else []


def _report(folder: RunFolder, notes: Sequence[str], memory: Memory, parameters: int) -> None:
    facts = folder.report()
    more = {
        "notes": [*facts["notes"], *notes],
        "bytes_of_memory": round(memory.bytes),
        "parameters": parameters,
    }
    folder.write("report.json", {**facts, **more})


def _report_device(folder: RunFolder, state: State, device: Device) -> None:
    """Say that a run goes on elsewhere: its weights are then others by rounding."""
    facts = folder.report()
    last = [note for note in facts["notes"] if "device: " in note][-1:]
    if not any(note.endswith(f"device: {device}") for note in last):
        note = f"after epoch {state.epochs}, device: {device}"
        folder.write("report.json", {**facts, "notes": [*facts["notes"], note]})


def _counting(plan: Plan) -> dict[str, Any]:
    optimization = plan.reading.sections.optimization
    counting: dict[str, Any] = {}
    if optimization.learning_rate_schedule.reduce_on_plateau:
        counting["plateau"] = Plateau(optimization.learning_rate_schedule)
    if optimization.early_stopping.stop_training_on_plateau:
        counting["stopping"] = Stopping(optimization.early_stopping)
    return counting


def _logging(folder: RunFolder, plan: Plan) -> list[Any]:
    is_asked = plan.options.tensorboard or plan.reading.sections.outputs.tensorboard.write_logs
    return [keras.callbacks.TensorBoard(str(folder.path / "tensorboard"))] if is_asked else []


def _preparation(plan: Plan, pictures: Mapping[FrameKey, Array]) -> Preparation:
    return Preparation(
        pictures=pictures,
        examples=plan.sets.examples,
        skeleton=plan.sets.skeleton,
        class_order=plan.class_order,
        geometry=plan.geometry,
        center_on=plan.reading.cropping.center_on_part,
        imagenet_mode=plan.reading.preprocessing.imagenet_mode,
        augmentation=plan.reading.sections.optimization.augmentation_config,
        may_flip=plan.may_flip,
        may_crop=plan.resolution.head.stage == "image",
        edition=plan.reading.config.edition,
    )


def _batches(plan: Plan, model: Any, preparation: Preparation) -> tuple[Batches, Batches]:
    """The batches of both sets. As in SLEAP 1.4, validation may be augmented, too."""
    optimization = plan.reading.sections.optimization
    samples = {
        "train": plan.samples(plan.sets.split.train),
        "validation": plan.samples(plan.sets.split.validation),
    }
    augments = is_on(optimization.augmentation_config)
    as_sleap = _means_sleap(plan)
    return (
        Batches(
            model,
            preparation,
            samples["train"],
            _order_of_training(plan, len(samples["train"])),
            augments=augments,
        ),
        Batches(
            model,
            preparation,
            samples["validation"],
            _order_of_validation(plan, len(samples["validation"]), as_sleap=as_sleap),
            augments=augments and as_sleap,
        ),
    )


def _order_of_training(plan: Plan, samples: int) -> Order:
    optimization = plan.reading.sections.optimization
    return Order(
        samples=samples,
        batch_size=optimization.batch_size,
        steps=steps_of_training(
            samples,
            optimization.batch_size,
            optimization.batches_per_epoch,
            optimization.min_batches_per_epoch,
        ),
        seed=plan.options.seed,
        of="train",
        shuffles=optimization.online_shuffling,
    )


def _order_of_validation(plan: Plan, samples: int, *, as_sleap: bool) -> Order:
    optimization = plan.reading.sections.optimization
    size, asked = optimization.batch_size, optimization.val_batches_per_epoch
    copies = 1
    if as_sleap:
        steps = steps_of_training(samples, size, asked, optimization.min_val_batches_per_epoch)
    else:
        # Devices share every batch evenly, also the last: or else each device sees all samples,
        # and the loss is the same.
        copies = plan.options.devices if asked is None and samples % plan.options.devices else 1
        steps = steps_of_validation(samples * copies, size, asked)
    return Order(
        samples=samples,
        batch_size=size,
        steps=steps,
        seed=plan.options.seed,
        of="validation",
        shuffles=as_sleap and optimization.online_shuffling,
        repeats=as_sleap or asked is not None,
        copies=copies,
    )


@contextmanager
def _out_of_memory_in_words(memory: Memory) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        text = f"{type(error).__name__} {error}".lower()
        if not any(
            word in text
            for word in ("resourceexhausted", "resource_exhausted", "out of memory", "memoryerror")
        ):
            raise
        raise MemoryUsedUpError(memory.after_failure()) from error


def _means_sleap(plan: Plan) -> bool:
    with editions.edition(plan.reading.config.edition):
        return editions.means_sleap(AUGMENTED_VALIDATION)
