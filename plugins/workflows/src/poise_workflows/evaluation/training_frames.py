"""Which labeled frames the model was trained on, as far as that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, argument_path, counted, join_names
from poise_workflows.evaluation.errors import EvaluationError
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.training.frame_places import Place, by_name, certain, places_of
from poise_workflows.training.trained_frames import Trained, trained_on


@attrs.frozen(kw_only=True)
class Shared:
    """How many of the frames that are compared took part in training.

    Attributes:
        total: how many frames are compared.
        trained: how many of them trained the model.
        chosen: how many validated it: by them the best epoch was chosen.
        alike: how many others have the name of one that trained it, but another folder.
        trained_by: the models that were trained on them.
        unknown: models of which nobody knows; why, a sentence each.
    """

    total: int
    trained: int = 0
    chosen: int = 0
    alike: int = 0
    trained_by: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def count(self) -> float:
        """How many trained the model; NaN if that is not known."""
        return float("nan") if self.unknown and not self.trained else self.trained

    @property
    def notes(self) -> list[str]:
        """What to say of it, a sentence each."""
        return list(self._notes())

    def _notes(self) -> Iterator[str]:
        of = counted(self.total, "frame")
        if self.trained:
            yield f"{self.trained} of {of} trained the model: they flatter it"
        if self.chosen:
            yield f"{self.chosen} of {of} validated the model, which flatters it a little"
        if self.alike:
            yield (
                f"{self.alike} of {of} have the name of a frame that trained the model, from "
                "another or an unknown folder: if they are the same, they flatter it"
            )
        yield from self.unknown

    def refuse(self) -> None:
        """Refuse frames that trained the model.

        Raises:
            EvaluationError: there are some.
        """
        if not self.trained:
            return
        models = join_names(self.trained_by, 4)
        what = (
            f"must have frames that no model was trained on, got {self.trained} of "
            f"{counted(self.total, 'frame')} that trained {models}"
        )
        pass_it = argument("including_training_frames", value="True")
        fix = f"name other labels, or pass {pass_it} to compare them all the same"
        raise EvaluationError([Fault(f"{what}; {fix}", argument_path("truth"))])


def shared_frames(
    truth: Any,
    folder: Path,
    frames: Iterable[tuple[int, int]],
    models: Iterable[Path],
    maps: PathMaps = NO_MAPS,
) -> Shared:
    """How many labeled frames took part in the training of models.

    Args:
        truth: the ``sleap_io.Labels``.
        folder: of their file.
        frames: index of a video, number of each frame that is compared.
        models: folders of models and runs, or their configurations.
        maps: where paths of another machine, which labels and runs name, lead here.
    """
    backgrounds = [_here(trained_on(path, maps), maps) for path in models]
    places = places_of(truth.videos, folder, frames, maps)
    trained = {name for each in backgrounds for name in each.training}
    names = set(map(by_name, trained))
    is_trained = [bool(certain(each) & trained) for each in places]
    is_alike = [bool(set(map(by_name, each)) & names) for each in places]
    chosen = {name for each in backgrounds for name in each.validation}
    return Shared(
        total=len(places),
        trained=sum(is_trained),
        chosen=sum(bool(certain(each) & chosen) for each in places),
        alike=sum(is_alike) - sum(is_trained),
        trained_by=tuple(each.model for each in backgrounds if _share(places, each)),
        unknown=tuple(dict.fromkeys(note for each in backgrounds for note in each.unknown)),
    )


def _here(background: Trained, maps: PathMaps) -> Trained:
    """The same with the places of this machine besides those of the one that trained."""
    return attrs.evolve(
        background,
        training=_places_here(background.training, maps),
        validation=_places_here(background.validation, maps),
    )


def _places_here(places: frozenset[Place], maps: PathMaps) -> frozenset[Place]:
    here = ((maps.mapped(path), dataset, number) for path, dataset, number in places)
    return places | {
        (str(path.resolve()), dataset, number) for path, dataset, number in here if path is not None
    }


def _share(places: Iterable[frozenset[Place]], background: Trained) -> bool:
    return any(certain(each) & background.training for each in places)


def models_of(predictions: Any, maps: PathMaps = NO_MAPS) -> tuple[list[Path], list[str]]:
    """The models that predictions say they are of.

    Args:
        predictions: a ``sleap_io.Labels``.
        maps: where paths of another machine lead here.

    Returns:
        Their paths; and why they are not known, a sentence.
    """
    provenance: Mapping[str, Any] = getattr(predictions, "provenance", None) or {}
    named = provenance.get("model_paths")
    if isinstance(named, list | tuple) and named:
        return [maps.path(str(each)) for each in named], []
    return [], ["which frames trained the model is not known: the predictions name no model"]
