"""Put the poses of a run into a copy of a project.

The project's user labels, suggestions, sessions, tracks and other videos stay. sleap-io reads
and writes it, so that all of its frames are in memory, about 12 kB each.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from poise import Skeleton
from poise.messages import join_names
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.slp_labels import load_labels
from poise_workflows.journal.batches import Batch
from poise_workflows.results.contents import Results, VideoFacts
from poise_workflows.results.errors import refused
from poise_workflows.results.local import readable, write_through
from poise_workflows.results.sleap_files import size_of_tables
from poise_workflows.results.sleap_objects import animal_object, skeleton_object, video_object


def note_videos(project: Path, maps: PathMaps) -> None:
    """Let maps see the paths of a project's videos before anything is predicted.

    Raises:
        OSError: the project cannot be read.
    """
    with readable(project) as place:
        for video in load_labels(place, lazy=True).videos:
            _identity(video.filename, video.backend_metadata, place, maps)


class Merged(NamedTuple):
    """What was put into a project.

    Attributes:
        path: the new file.
        instances: how many predicted animals came in.
        replaced: how many earlier predictions on the same frames went out.
        ungrouped: how many of these were in a group of a session, of which they are no longer.
    """

    path: Path
    instances: int
    replaced: int
    ungrouped: int


def merge_results(
    results: Results,
    project: Path,
    output: Path,
    provenance: Mapping[str, Any],
    maps: PathMaps = NO_MAPS,
) -> Merged:
    """Write a copy of a project with the poses of a run.

    On each frame that the run read, its predictions take the place of earlier ones. Tracks of
    the same name are one track. A video that the project lacks is added.

    Args:
        results: the poses.
        project: a ``.slp`` file, which stays as it is.
        output: the new file; an existing one is replaced.
        provenance: what to say of the run. The project's own provenance gets it in its list
            ``merged_predictions``.
        maps: where paths of another machine, which the project names, lead here.

    Raises:
        ResultsError: ``output`` is the project, the project has no such skeleton, or the file
            cannot be written.
        OSError: the project cannot be read.
    """
    if os.path.realpath(project) == os.path.realpath(output):
        what = f"must be another file than the project, got {output}"
        raise refused(output, what, "name a new file with -o (output)")
    with readable(project) as place:
        labels = load_labels(place)
        skeleton, order = _skeleton_of(labels, results.contents.skeleton, project)
        instances, removed = _replace(results, labels, skeleton, order, place, maps)
        ungrouped = ungroup(labels, {id(animal) for animal in removed})
        labels.provenance.setdefault("merged_predictions", []).append(dict(provenance))
        size = 2 * project.stat().st_size + 2 * size_of_tables(results) + 1_000_000
        write_through(output, size, lambda new: save_project(labels, place, new))
    return Merged(output, instances, len(removed), ungrouped)


def _replace(
    results: Results,
    labels: Any,
    skeleton: Any,
    order: Sequence[int],
    place: Path,
    maps: PathMaps,
) -> tuple[int, list[Any]]:
    """Put the poses into the labels; how many came in, and which animals went out."""
    import sleap_io

    videos = [_video_of(labels, video, place, maps) for video in results.contents.videos]
    tracks = [_track_of(labels, name) for name in results.tracks]
    frames = {(id(frame.video), frame.frame_idx): frame for frame in labels.labeled_frames}
    new: dict[int, list[Any]] = {}  # a frame that was predicted twice keeps the later animals
    removed = []
    for batch in results.batches():
        for number, animals in _animals(batch, skeleton, order, tracks):
            key = (id(videos[batch.source]), number)
            if key not in frames and animals:  # a project has no empty frames
                frames[key] = sleap_io.LabeledFrame(video=videos[batch.source], frame_idx=number)
                labels.labeled_frames.append(frames[key])
            if key in frames:
                frame = frames[key]
                kept = [animal for animal in frame.instances if not _is_predicted(animal)]
                if id(frame) not in new:
                    removed += [animal for animal in frame.instances if _is_predicted(animal)]
                frame.instances, new[id(frame)] = [*kept, *animals], animals
    return sum(map(len, new.values())), removed


def _animals(
    batch: Batch, skeleton: Any, order: Sequence[int], tracks: Sequence[Any]
) -> Iterator[tuple[int, list[Any]]]:
    """The frames that were read, each with its animals as objects of sleap-io."""
    ordered = attrs.evolve(
        batch, points=batch.points[:, order], point_scores=batch.point_scores[:, order]
    )
    for row, number in enumerate(batch.frames):
        if row not in batch.unreadable:
            rows = range(batch.row_splits[row], batch.row_splits[row + 1])
            yield int(number), [animal_object(ordered, i, skeleton, tracks) for i in rows]


def _is_predicted(animal: Any) -> bool:
    import sleap_io

    return isinstance(animal, sleap_io.PredictedInstance)


def _skeleton_of(labels: Any, skeleton: Skeleton, project: Path) -> tuple[Any, list[int]]:
    """The project's skeleton with the same parts, and the index of each of its parts."""
    if not labels.skeletons:
        labels.skeletons.append(skeleton_object(skeleton))
    for candidate in labels.skeletons:
        if set(candidate.node_names) == set(skeleton.parts):
            return candidate, [skeleton.parts.index(name) for name in candidate.node_names]
    others = "; ".join(join_names(candidate.node_names) for candidate in labels.skeletons)
    what = f"must have a skeleton with the parts {join_names(skeleton.parts)}, got {others}"
    raise refused(project, what, "merge into a project that the model was trained for")


def _video_of(labels: Any, video: VideoFacts, place: Path, maps: PathMaps) -> Any:
    """The project's video of this path; a new one if it has none."""
    wished = _identity(video.filename, video.backend, place, maps)
    for candidate in labels.videos:
        if _identity(candidate.filename, candidate.backend_metadata, place, maps) == wished:
            return candidate
    labels.videos.append(video_object(video))
    return labels.videos[-1]


def _identity(
    filename: Any, backend: Mapping[str, Any], place: Path, maps: PathMaps
) -> tuple[Any, ...]:
    """What tells a video from others: its path, and the place inside a file of several."""
    paths = [filename] if isinstance(filename, str) else list(filename)
    real = [os.path.realpath(place if path == "." else maps.path(path)) for path in paths]
    return (*real, backend.get("dataset") or "")


def _track_of(labels: Any, name: str) -> Any:
    import sleap_io

    for track in labels.tracks:
        if track.name == name:
            return track
    labels.tracks.append(sleap_io.Track(name))
    return labels.tracks[-1]


def ungroup(labels: Any, removed: Collection[int]) -> int:
    """Take animals that went out from the groups of sessions; how many there were."""
    count = 0
    for session in labels.sessions:
        for frame in session.frame_groups.values():
            for group in frame.instance_groups:
                animals = group.instance_by_camera
                gone = [camera for camera, animal in animals.items() if id(animal) in removed]
                for camera in gone:
                    del animals[camera]
                count += len(gone)
    return count


def save_project(labels: Any, place: Path, new: Path) -> None:
    """Save the labels. Images inside the project are copied; those elsewhere stay there."""
    import sleap_io

    embedded = any(
        isinstance(video.filename, str)
        and os.path.realpath(video.filename) == os.path.realpath(place)
        for video in labels.videos
    )
    sleap_io.save_slp(
        labels,
        str(new),
        embed=None if embedded else False,
        restore_original_videos=False,
        verbose=False,
        preserve_unknown=True,
    )
