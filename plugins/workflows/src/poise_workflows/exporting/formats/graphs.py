"""What the exporters share: a model whose outputs are a list, in the order of their names."""

from __future__ import annotations

from typing import Any

from poise_workflows.exporting.contract import Subject


def listed(subject: Subject) -> Any:
    """The model with a list of outputs: a dict has another order on some backends."""
    import keras

    model = subject.model
    return keras.Model(
        model.inputs, [model.output[name] for name in subject.outputs], name=model.name
    )
