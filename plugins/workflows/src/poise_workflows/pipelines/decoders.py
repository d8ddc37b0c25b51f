"""Call ``poise.decode`` for a model, with the options that its head type takes."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from poise import DecodeWarning, Instances, decode
from poise.errors import Fault
from poise.messages import argument_path, join_names
from poise_workflows.pipelines.members import Member, ModelsError

PUBLIC: Mapping[str, str] = {
    "peak_threshold": "threshold",
    "refinement": "refinement",
    "max_instances": "max_instances",
    "max_edge_length_ratio": "max_edge_length_ratio",
    "dist_penalty_weight": "dist_penalty_weight",
}
"""Options of a prediction → those of decoders."""


@attrs.frozen(eq=False)
class Decoder:
    """Decodes the predictions of a model.

    Attributes:
        member: the model.
        options: those that the user set, by their names in the decoder.
    """

    member: Member
    options: Mapping[str, Any] = attrs.field(factory=dict)

    def takes(self, name: str) -> bool:
        """Whether the head type's decoder has an option."""
        return name in options_of(self.member)

    def __call__(
        self, model: Any, predictions: Mapping[str, Any], scaling: float, **more: Any
    ) -> Instances:
        """The animals, in pixels of the images before they were resized by ``scaling``.

        ``Instances.missing`` says why images have none, so nothing is warned of.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DecodeWarning)
            return decode(model, predictions, input_scaling=scaling, **self.options, **more)


def options_of(member: Member) -> tuple[str, ...]:
    """The names of the options of a decoder."""
    if member.spec.decode is None:
        return ()
    parameters = inspect.signature(member.spec.decode).parameters.values()
    return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


def check_options(members: Iterable[Member], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are set, by their names in decoders.

    Args:
        members: the models.
        chosen: public name → value; ``None`` leaves the decoder's default.

    Raises:
        ModelsError: an option is set that no model's decoder has.
    """
    members = list(members)
    taken = {name for member in members for name in options_of(member)}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    heads = join_names(member.spec.key for member in members)
    faults = [
        Fault(f"must be left out for {heads}, which has no such option, got {value}", path)
        for name, value in chosen.items()
        if PUBLIC[name] not in taken
        for path in [argument_path(name)]
    ]
    if faults:
        raise ModelsError(faults)
    return {PUBLIC[name]: value for name, value in chosen.items()}


def decoder_of(member: Member, options: Mapping[str, Any], *, without: str = "") -> Decoder:
    """The decoder of a model, with those options that it has.

    Args:
        member: the model.
        options: by their names in decoders.
        without: an option that another stage has already obeyed.
    """
    names = {name for name in options_of(member) if name != without}
    return Decoder(member, {name: value for name, value in options.items() if name in names})
