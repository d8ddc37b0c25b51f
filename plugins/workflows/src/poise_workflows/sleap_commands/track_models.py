"""Which models ``sleap-track`` used of those that it was given, and which options it heeded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from poise.errors import Fault, PoiseError
from poise_workflows.pipelines.decoders import options_of
from poise_workflows.pipelines.members import Member, read_member
from poise_workflows.prediction.options import OptionsError

SINGLE, BOTTOM_UP, TOP_DOWN = "single", "bottom-up", "top-down"
IDENTITIES = {BOTTOM_UP: "identities, bottom-up", TOP_DOWN: "identities, top-down"}
PREDICTORS = SINGLE, IDENTITIES[TOP_DOWN], TOP_DOWN, BOTTOM_UP, IDENTITIES[BOTTOM_UP]
"""SLEAP's predictors, in the order in which it looked for them."""

OPTIONS_OF = {
    "max_instances": (TOP_DOWN, BOTTOM_UP),
    "max_edge_length_ratio": (BOTTOM_UP,),
    "dist_penalty_weight": (BOTTOM_UP,),
    "tracking": (TOP_DOWN, BOTTOM_UP),
}
"""Options → the predictors that heed them; others ignored them."""


@attrs.frozen(kw_only=True)
class Chosen:
    """The models that are used.

    Attributes:
        models: their paths, as they were given.
        predictor: one of ``PREDICTORS``; empty for a model that SLEAP does not know.
        notes: which models are ignored, a sentence each.
        members: what the models are; empty if one of them cannot be read.
    """

    models: tuple[str, ...]
    predictor: str = ""
    notes: tuple[str, ...] = ()
    members: tuple[Member, ...] = attrs.field(default=(), eq=False)

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
    members = {model: _read(model) for model in dict.fromkeys(models)}
    readable = {model: member for model, member in members.items() if member is not None}
    if len(readable) < len(members):
        return Chosen(models=tuple(members))
    led = {_led_by(member) for member in readable.values()}
    predictor = next((name for name in PREDICTORS if name in led), "")
    used: dict[str, str] = {}
    for model, member in readable.items():
        if not predictor or _serves(member, predictor):
            used.setdefault(member.stage if predictor else model, model)
    notes = [
        f"{model} is ignored, as in SLEAP: {', '.join(used.values())} is used"
        for model in readable
        if model not in used.values()
    ]
    return Chosen(
        models=tuple(used.values()),
        predictor=predictor,
        notes=tuple(notes),
        members=tuple(readable[model] for model in used.values()),
    )


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


def _led_by(member: Member) -> str:
    """The predictor that SLEAP made of a model alone; empty if it had none like it."""
    options, has_classes = options_of(member), bool(member.reading.classes)
    if member.stage != "image":
        return IDENTITIES[TOP_DOWN] if has_classes and member.stage == "crop" else TOP_DOWN
    if "max_instances" not in options:
        return SINGLE
    if "max_edge_length_ratio" in options:
        return BOTTOM_UP
    return IDENTITIES[BOTTOM_UP] if has_classes else ""


def _serves(member: Member, predictor: str) -> bool:
    """Whether a predictor used a model: centers of animals are the same with identities."""
    if member.stage == "centroid":
        return predictor in (TOP_DOWN, IDENTITIES[TOP_DOWN])
    return _led_by(member) == predictor


def _read(model: str) -> Member | None:
    try:
        return read_member(Path(model))
    except (OSError, PoiseError):
        return None
