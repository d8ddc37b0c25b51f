"""The files that SLEAP's training writes, beside Poise's: for programs that read them.

initial_config.json         the job as it was asked for
training_config.json        the job with all that was found in the labels
labels_gt.<split>.slp       the labels that train, validate and test
training_log.csv            losses of each epoch
labels_pr.<split>.slp       what the best weights find in the same frames
metrics.<split>.npz         how far apart the two are: SLEAP's metrics, without a pickle
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs

from poise.editions import SLEAP
from poise.reading import Reading
from poise.sleap.locate import INITIAL, TRAINING
from poise.wire.text import write_json
from poise.writing.whole_files import write_text
from poise_workflows.examples.labeling import skeleton_of
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.exporting.sleap.skeletons import skeleton_data
from poise_workflows.frames.sources import Source
from poise_workflows.training.jobs import sections_of, to_data, with_sections
from poise_workflows.training.listed_frames import positions_of
from poise_workflows.training.plans import Plan
from poise_workflows.training.sets import LabelFile

SPLITS = {"train": "train", "validation": "val", "test": "test"}
"""Sets of frames → SLEAP's names."""


def write_before(folder: Path, asked: Reading, plan: Plan, run: Path) -> None:
    """Write what is there before the first epoch.

    Args:
        folder: where the files are written.
        asked: the job as it was asked for.
        plan: what will be trained.
        run: the folder of the run, whose name the configurations say.

    Raises:
        OSError: the disk does not take them.
    """
    write_text(folder / INITIAL, write_json(_as_sleap(_named(asked, run))) + "\n")
    write_text(folder / TRAINING, write_json(_trained(plan, run)) + "\n")
    import sleap_io

    for name, keys in sets_of(plan).items():
        path = folder / f"labels_gt.{SPLITS[name]}.slp"
        truth = truth_of_frames(plan, keys)
        sleap_io.save_slp(
            truth, str(path), embed=False, restore_original_videos=False, verbose=False
        )


def predict_sets(run: Path, plan: Plan) -> dict[str, tuple[Path, Path]]:
    """Predict every set with the best weights.

    Args:
        run: the folder, which has the truth of each set.
        plan: what was trained.

    Returns:
        Name of a set → the files of its truth and of its predictions.

    Raises:
        PoiseError: the sets cannot be predicted.
        OSError: the disk does not take the files.
    """
    from poise_workflows.prediction.workflow import predict

    place = run.absolute()
    paths = {
        name: (place / f"labels_gt.{SPLITS[name]}.slp", place / f"labels_pr.{SPLITS[name]}.slp")
        for name in sets_of(plan)
    }
    with TemporaryDirectory(prefix="poise-") as folder:
        listed = Path(folder, "sets.csv")  # one call compiles the network once
        with listed.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(paths.values())
        predict(listed, run, device=plan.options.device, renew=True, progress="none")
    return paths


def sets_of(plan: Plan) -> dict[str, Sequence[FrameKey]]:
    """Each set that has frames."""
    sets = {name: getattr(plan.sets.split, name) for name in SPLITS}
    return {name: keys for name, keys in sets.items() if keys}


def _file_of(plan: Plan, key: FrameKey) -> LabelFile:
    return next(file for file in reversed(plan.sets.files) if file.first <= key.video)


def _named(reading: Reading, run: Path) -> Reading:
    """A job whose outputs are in the folder of its run."""
    outputs = attrs.evolve(
        reading.sections.outputs,
        runs_folder=str(run.parent),
        run_name=run.name,
        run_name_prefix="",
        run_name_suffix="",
    )
    return with_sections(reading, {**sections_of(reading), "outputs": outputs})


def _trained(plan: Plan, run: Path) -> dict[str, Any]:
    reading, split = _named(plan.reading, run), plan.sets.split
    file = plan.sets.files[0]
    lists: dict[str, Any] = {
        f"{long}_inds": tuple(positions_of(file.labels, keys))
        for long, keys in (
            ("training", split.train),
            ("validation", split.validation),
            ("test", split.test),
        )
        if keys and _file_of(plan, keys[0]) is file
    }
    name = file.labels.skeletons[0].name
    skeleton = skeleton_data(attrs.evolve(skeleton_of(file.labels), name=name))
    labels = attrs.evolve(reading.sections.labels, skeletons=(skeleton,), **lists)
    resolved = attrs.evolve(reading, config=plan.resolution.config)
    return _as_sleap(with_sections(resolved, {**sections_of(resolved), "data.labels": labels}))


def _as_sleap(reading: Reading) -> dict[str, Any]:
    data = to_data(reading)
    if data["model"]["edition"] == SLEAP:  # SLEAP's files have no other
        del data["model"]["edition"]
    texts = {name: getattr(reading.sections, name) for name in ("name", "description")}
    return {**data, **{name: text or "" for name, text in texts.items()}}


def truth_of_frames(plan: Plan, keys: Sequence[FrameKey]) -> Any:
    """What people labeled in frames of one set; images stay where they are.

    Args:
        plan: what is trained.
        keys: the frames.

    Returns:
        The ``sleap_io.Labels``. Its videos are where they are now, whatever the labels say.
    """
    import sleap_io

    file = _file_of(plan, keys[0])
    videos = [
        _video(video, plan.videos.sources.get(file.first + index), file)
        for index, video in enumerate(file.labels.videos)
    ]
    places = {(key.video - file.first, key.frame) for key in keys}
    numbers = {id(video): index for index, video in enumerate(file.labels.videos)}
    frames = [
        sleap_io.LabeledFrame(
            video=videos[numbers[id(frame.video)]],
            frame_idx=frame.frame_idx,
            instances=[animal for animal in frame.user_instances if not animal.is_empty],
        )
        for frame in file.labels.labeled_frames
        if (numbers[id(frame.video)], int(frame.frame_idx)) in places
    ]
    return sleap_io.Labels(
        frames,
        videos=videos,
        skeletons=list(file.labels.skeletons),
        tracks=list(file.labels.tracks),
        provenance=dict(file.labels.provenance),
    )


def _video(video: Any, source: Source | None, file: LabelFile) -> Any:
    """A video as it is seen from the folder of a run: by where it is now."""
    import sleap_io

    name: Any = video.filename
    if isinstance(name, list):
        name = [str(each.absolute()) for each in _images(name, source, file)]
    else:
        name = str((Path(name) if source is None else source.path).absolute())
    stored = {**video.backend_metadata, "filename": name}
    return sleap_io.Video(
        filename=name,
        backend_metadata=stored,
        open_backend=False,
        source_video=video.source_video,
    )


def _images(names: Sequence[str], source: Source | None, file: LabelFile) -> list[Path]:
    """Where the images of a list are; nobody looks for those of which none is labeled."""
    return [Path(name) if source is None else file.opener.located(name) for name in names]
