"""Which models ``sleap-track`` used of those that it was given, and which options it heeded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

import poise
from poise.errors import Fault, PoiseError
from poise_workflows.prediction.options import OptionsError

PREDICTORS = {
    "single": ("single_instance",),
    "identities, top-down": ("multi_class_topdown", "centroid"),
    "top-down": ("centroid", "centered_instance"),
    "bottom-up": ("multi_instance",),
    "identities, bottom-up": ("multi_class_bottomup",),
}
"""SLEAP's predictors, in the order in which it looked for them → head types that they use."""

OPTIONS_OF = {
    "max_instances": ("top-down", "bottom-up"),
    "max_edge_length_ratio": ("bottom-up",),
    "dist_penalty_weight": ("bottom-up",),
    "tracking": ("top-down", "bottom-up"),
}
"""Options → the predictors that heed them; others ignored them."""


@attrs.frozen(kw_only=True)
class Chosen:
    """The models that are used.

    Attributes:
        models: their paths, as they were given.
        predictor: one of ``PREDICTORS``; empty for a model that SLEAP does not know.
        notes: which models are ignored, a sentence each.
    """

    models: tuple[str, ...]
    predictor: str = ""
    notes: tuple[str, ...] = ()

    def heeds(self, option: str) -> bool:
        """Whether SLEAP's predictor heeds an option."""
        return not self.predictor or self.predictor in OPTIONS_OF[option]


def choose_models(models: Sequence[str]) -> Chosen:
    """The models that SLEAP used: those of the first predictor that they serve.

    A path that cannot be read stays, and Poise says later what is wrong with it.

    Raises:
        OptionsError: the model is one of TensorFlow Hub.
    """
    refuse_movenet(models)
    heads = {model: _head_of(model) for model in dict.fromkeys(models)}
    if not all(heads.values()):
        return Chosen(models=tuple(heads))
    predictor = next(filter(None, (_serve(name, heads.values()) for name in PREDICTORS)), "")
    used: dict[str, str] = {}
    for model, head in heads.items():
        if not predictor or head in PREDICTORS[predictor]:
            used.setdefault(head, model)
    notes = [
        f"{model} is ignored, as in SLEAP: {', '.join(used.values())} is used"
        for model in heads
        if model not in used.values()
    ]
    return Chosen(models=tuple(used.values()), predictor=predictor, notes=tuple(notes))


def refuse_movenet(models: Sequence[str]) -> None:
    """Refuse the models that SLEAP took from TensorFlow Hub.

    Raises:
        OptionsError: says why.
    """
    for model in models:
        if Path(model).name.startswith("movenet-") and not Path(model).exists():
            what = f"must be a model that Poise reads, got {model}"
            why = "SLEAP downloaded it from TensorFlow Hub, as a program; Poise runs no program"
            raise OptionsError([Fault(f"{what}; {why} of a model file", "--model")])


def _serve(predictor: str, heads: object) -> str:
    needed = PREDICTORS[predictor]
    # A centroid model alone makes no predictor of identities.
    leading = needed if predictor == "top-down" else needed[:1]
    return predictor if any(head in heads for head in leading) else ""  # type: ignore[operator]


def _head_of(model: str) -> str:
    """The key of a model's head type; empty if it cannot be read."""
    try:
        return poise.read(model).config.heads.which_oneof_attrib_name() or ""
    except (OSError, PoiseError):
        return ""
