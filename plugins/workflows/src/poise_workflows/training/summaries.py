"""A plan for people: as the report of a run, and in a line."""

from __future__ import annotations

from typing import Any

from poise.messages import counted
from poise_workflows.training.frame_places import files_of
from poise_workflows.training.plans import Plan


def facts_of(plan: Plan) -> dict[str, Any]:
    """The report of a run before its first epoch, as JSON."""
    split = plan.sets.split
    return {
        "labels": [str(file.path) for file in plan.sets.files],
        "frames": {
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "animals": {
            "train": sum(len(each.points) for each in plan.sets.of(split.train)),
            "validation": sum(len(each.points) for each in plan.sets.of(split.validation)),
        },
        "image": list(plan.geometry.image),
        "classes": None if plan.classes is None else list(plan.classes),
        "bytes_of_images": plan.videos.bytes,
        "notes": plan.notes(),
    }


def in_words(plan: Plan) -> str:
    """The data of a plan, in a line."""
    split = plan.sets.split
    noun = "animal" if plan.is_of_crops else "frame"
    train, validation = len(plan.samples(split.train)), len(plan.samples(split.validation))
    height, width, channels = plan.geometry.image
    test = f", {counted(len(split.test), 'frame')} test" if split.test else ""
    return (
        f"{counted(train, noun)} train, {validation} validate{test}; "
        f"the network sees {height} × {width} pixels, {counted(channels, 'channel')}"
    )


def videos_of(plan: Plan) -> dict[str, Any]:
    """The names of the videos, so that a person can read the split; and the files of its frames."""
    names = [
        source.title for _, source in sorted(plan.videos.sources.items(), key=lambda pair: pair[0])
    ]
    return {
        "videos": dict(zip(map(str, sorted(plan.videos.sources)), names, strict=True)),
        "files": {
            str(file.first + index): files_of(
                video,
                [file.path.absolute().parent, *file.folders],
                plan.videos.numbers[file.first + index],
                file.maps,
            )
            for file in plan.sets.files
            for index, video in enumerate(file.labels.videos)
            if file.first + index in plan.videos.numbers
        },
    }
