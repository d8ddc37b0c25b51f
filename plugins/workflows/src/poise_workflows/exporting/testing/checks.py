"""Checks of what exporters write, run in its own runtime."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs

from poise.registry import guarded_methods
from poise.testing.check import NotApplicable, check, require
from poise_workflows.exporting.building import Built
from poise_workflows.exporting.pictures import MADE_UP, Pictures, made_up
from poise_workflows.exporting.proving import prove
from poise_workflows.exporting.testing.subjects import SIZE, ExporterSubject

_SIZES = [SIZE, (22, 13), (8, 40)]
"""Of images for an export that takes any."""

FOUND = ("it_is_found_by_its_key",)
WRITTEN = (*FOUND, "what_it_writes_gives_the_numbers_of_the_model")


@check(
    "exporter",
    scope="plugin",
    fix='name each library as Python imports it, as Library("onnxruntime", "pip install …")',
    after=FOUND,
)
def its_libraries_are_named_with_what_installs_them(subject: ExporterSubject) -> None:
    """Poise tells a user what to install before it builds a model."""
    for library in subject.spec.needs:
        is_module = all(part.isidentifier() for part in library.module.split("."))
        require(is_module, f"needs must name modules, got {library.module!r}")
        require(bool(library.install.strip()), f"{library.module} must say what installs it")


@check(
    "exporter",
    scope="plugin",
    fix="write the weights of subject.model, and return each output in run under its name in "
    "subject.outputs",
    after=FOUND,
)
def what_it_writes_gives_the_numbers_of_the_model(subject: ExporterSubject) -> None:
    """Poise refuses an export that gives other numbers, so nobody could use the exporter."""
    with _written(subject, stacks=3) as written:
        written.require_equal(written.place)


@check(
    "exporter",
    scope="plugin",
    fix="return an object from open whose run(images) gives what run(place, images) gives, and "
    "name the library that it needs as runtime",
    after=WRITTEN,
)
def what_it_opens_gives_the_numbers_of_the_model(subject: ExporterSubject) -> None:
    """``poise predict --runtime`` predicts with what ``open`` returns."""
    spec = subject.spec
    if spec.open is None:
        raise NotApplicable("it has no open")
    require(spec.runtime is not None, "it must have a runtime, the library that open needs")
    with _written(subject, stacks=3) as written:
        session = guarded_methods(spec.open(written.place, "cpu"), spec.open)
        written.require_equal(written.place, lambda place, images: session.run(images))


@check(
    "exporter",
    scope="plugin",
    fix="use subject.signature, whose None stands for any number, or set takes_shapes=False",
    after=WRITTEN,
)
def it_takes_images_of_any_size_and_number(subject: ExporterSubject) -> None:
    """Users film with other cameras than they train with."""
    if not subject.spec.takes_shapes:
        raise NotApplicable("it takes no shapes")
    with _written(subject, size=(None, None), batch=None) as written:
        written.require_equal(written.place)


@check(
    "exporter",
    scope="plugin",
    fix="write every file into the folder that write gets, and let run read no other",
    after=WRITTEN,
)
def what_it_writes_runs_where_it_is_moved_to(subject: ExporterSubject) -> None:
    """Poise writes a draft and renames it; users copy the folder to other machines."""
    with _written(subject) as written:
        moved = written.place.with_name("moved")
        written.place.rename(moved)
        written.require_equal(moved)


@check(
    "exporter",
    scope="plugin",
    fix="write into the folder that write gets, and nowhere else",
    after=WRITTEN,
)
def it_writes_into_its_folder_alone(subject: ExporterSubject) -> None:
    """A file elsewhere would be left by an export that fails or is killed."""
    before = Path.cwd()
    with TemporaryDirectory() as elsewhere:
        os.chdir(elsewhere)
        try:
            with _written(subject) as written:
                place = written.place
                beside = sorted(path.name for path in place.parent.iterdir() if path != place)
                here = sorted(os.listdir())  # noqa: PTH208 - names are enough
                require(any(place.iterdir()), "it wrote no file")
        finally:
            os.chdir(before)
    require(not beside, f"beside its folder it wrote {beside}")
    require(not here, f"into the working folder it wrote {here}")


@check(
    "exporter",
    scope="plugin",
    fix="return None from write, or a dict of texts, numbers, lists and dicts",
    after=WRITTEN,
)
def its_facts_are_json(subject: ExporterSubject) -> None:
    """They become part of the manifest."""
    built = subject.built()
    subject.need_its_runtime()
    with TemporaryDirectory() as folder:
        facts = subject.write(built, Path(folder, "export"))
    try:
        text = json.dumps(facts or {})
    except (TypeError, ValueError) as error:
        require(False, f"write returned what JSON cannot have: {error}")
    else:
        require(json.loads(text) == (facts or {}), f"write returned {facts!r}, which is no JSON")


class _Written:
    """An export in a folder, and what the model predicted before the exporter got it."""

    def __init__(self, subject: ExporterSubject, built: Built, place: Path) -> None:
        sizes = _SIZES if built.subject.batch is None else [SIZE]
        stacks = [
            made_up(3, (*size, 1), built.subject.dtype, seed=seed)
            for seed, size in enumerate(sizes)
        ]
        self._subject, self._of, self.place = subject, built.subject, place
        self._pictures = Pictures(stacks=tuple(stacks), origin=MADE_UP)
        self._expected = [built.predict(stack) for stack in stacks]
        subject.write(built, place)

    def require_equal(self, place: Path, run: Callable[..., Any] | None = None) -> None:
        """The export gives what the model has predicted, by ``run`` of the spec or by another."""
        spec = self._subject.spec
        if run is not None:
            spec = attrs.evolve(spec, run=run, providers=())
        proof = prove(place, spec, self._of, self._pictures, self._expected)
        require(not proof.faults, "; ".join(proof.faults))


@contextmanager
def _written(subject: ExporterSubject, **of: Any) -> Iterator[_Written]:
    subject.need_its_runtime()
    with TemporaryDirectory() as folder:
        yield _Written(subject, subject.built(**of), Path(folder, "export"))
