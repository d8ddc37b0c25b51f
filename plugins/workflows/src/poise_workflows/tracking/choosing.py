"""A tracker with its options, as the user asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from poise import editions, registry
from poise.editions import DOCUMENTED, EDITIONS, SLEAP, Edition
from poise.errors import ConfigError, Fault
from poise.messages import argument_path, short_repr, suggestion
from poise.wire.structure import unstructure
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking.contract import Setting, Sightings, Tracker, TrackerSpec
from poise_workflows.tracking.differences import STATE_OF_VIDEOS
from poise_workflows.tracking.reading_options import config_of
from poise_workflows.tracking.texts import Texts, values_of
from poise_workflows.tracking.tracker_names import spec_of

EDITION = "edition"
"""The option that every tracker has."""


@attrs.frozen(kw_only=True, eq=False)
class Tracking:
    """A tracker with its options.

    Attributes:
        spec: the tracker.
        config: its options.
        edition: which rules apply where SLEAP's tracker and its documentation differ.
    """

    spec: TrackerSpec
    config: Any
    edition: Edition = DOCUMENTED

    @property
    def is_shared(self) -> bool:
        """Whether one tracker serves all videos of a run."""
        with editions.edition(self.edition):
            return editions.means_sleap(STATE_OF_VIDEOS)

    @property
    def needs_images(self) -> bool:
        """Whether the tracker sees images."""
        needs = self.spec.needs_images
        with editions.edition(self.edition):
            return needs is not None and bool(needs(self.config))

    @property
    def finishes(self) -> bool:
        """Whether there is a pass over all frames after the last one."""
        finishes = self.spec.finishes
        with editions.edition(self.edition):
            return self.spec.finish is not None and (finishes is None or finishes(self.config))

    def build(self, setting: Setting) -> Tracker:
        """A tracker for a video.

        Raises:
            OptionsError: the options do not fit each other or the video.
        """
        with editions.edition(self.edition), _named():
            tracker: Tracker = self.spec.build(self.config, setting)
            guarded: Tracker = registry.guarded_methods(tracker, self.spec.build)
            return guarded

    def finish(self, frames: Iterable[Sightings]) -> Iterator[Sightings]:
        """The pass over all frames, which runs in its edition and leaves no trace of it."""
        assert self.spec.finish is not None
        with editions.edition(self.edition):
            finished = iter(self.spec.finish(self.config, frames))
        while True:
            with editions.edition(self.edition):
                frame = next(finished, None)
            if frame is None:
                return
            yield frame

    def facts(self) -> dict[str, Any]:
        """What decides the tracks, as JSON."""
        return {
            "tracker": self.spec.key,
            "edition": self.edition,
            "options": unstructure(self.config),
        }

    def __str__(self) -> str:
        if self.edition == SLEAP:
            return f"{self.spec.key}, edition {SLEAP}: SLEAP's tracks"
        how = _path(EDITION) + (f" {SLEAP}" if _path(EDITION).startswith("-") else f"={SLEAP!r}")
        return f"{self.spec.key}, edition {self.edition}; {how} gives SLEAP's tracks"


def tracking_of(name: str | None, options: Mapping[str, Any] | None = None) -> Tracking | None:
    """The tracker that the user asked for; ``None`` if there is none.

    Args:
        name: its name.
        options: its options by name, and ``edition``; ``Texts`` if they are of the command line.

    Raises:
        OptionsError: there is no such tracker or option, or a value is wrong. The error lists
            every fault.
        PluginError: the plugin of the tracker is broken.
    """
    chosen = dict(options or {})
    if name is None:
        if chosen:
            path = _path(next(iter(chosen)))
            what = f"must be left out without a tracker, got {path}"
            raise OptionsError([Fault(f"{what}; name one with {_named_by()}", path)])
        return None
    spec, faults = spec_of(name, argument_path("track")), []
    edition = chosen.pop(EDITION, DOCUMENTED)
    if edition not in EDITIONS:
        what = f"must be {' or '.join(EDITIONS)}, got {short_repr(edition)}"
        faults.append(Fault(what, _path(EDITION)))
    faults += _unknown(spec, chosen)
    if faults:
        raise OptionsError(faults)
    with editions.edition(edition), _named():
        values = values_of(chosen, spec.config) if isinstance(options, Texts) else chosen
        return Tracking(spec=spec, config=config_of(spec.config, values), edition=edition)


def _unknown(spec: TrackerSpec, options: Mapping[str, Any]) -> Iterator[Fault]:
    names = [EDITION, *(field.name for field in attrs.fields(spec.config) if field.init)]
    for name in options:
        if name == "tracker":
            yield Fault(f"must be given with {_named_by()}, got {name!r}", _path(name))
        elif name not in names:
            what = f"must be an option of the tracker {spec.key}, got {name!r}"
            yield Fault(f"{what}; {suggestion(name, names)}", _path(name))


@contextmanager
def _named() -> Iterator[None]:
    """Make errors of the configuration errors of options, under the options' names."""
    try:
        yield
    except ConfigError as error:
        faults = [Fault(fault.what, _path(fault.path)) for fault in error.faults]
        raise OptionsError(faults) from None


def _path(name: str) -> str:
    """How the user gives an option of the tracker."""
    is_command = argument_path("track").startswith("-")
    return f"--tracking.{name}" if is_command else f"tracking.{name}"


def _named_by() -> str:
    return "--track NAME" if argument_path("track").startswith("-") else "track="
