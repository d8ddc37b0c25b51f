"""What SLEAP would write and Poise does not is said, field by field."""

from __future__ import annotations

from poise.job.sections import CheckpointingConfig, OutputsConfig, ZMQConfig
from poise_workflows.training.unused_outputs import notes_of


def test_a_job_with_defaults_loses_nothing() -> None:
    assert list(notes_of(OutputsConfig())) == []


def test_each_field_without_effect_is_named() -> None:
    outputs = OutputsConfig(
        zip_outputs=True,
        checkpointing=CheckpointingConfig(every_epoch=True),
        zmq=ZMQConfig(publish_updates=True),
    )

    assert [note.partition(" has no effect: ")[0] for note in notes_of(outputs)] == [
        "outputs.zip_outputs",
        "outputs.checkpointing.every_epoch",
        "outputs.zmq.publish_updates",
    ]
