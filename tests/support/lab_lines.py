"""Command lines as SLEAP and scripts of laboratories write them, and what they do here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

import seeing

FRAMES, SIZE = 8, 96


@attrs.frozen(kw_only=True)
class Line:
    """A command line in the folder of a lab.

    Attributes:
        line: the words.
        runs: the commands of Poise that stand for it, without `poise` and `--renew`.
        says: what is on standard error.
        status: the exit status.
        files: what is there afterwards.
        needs: a module that a tracker needs.
    """

    line: str
    runs: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    status: int = 0
    files: tuple[str, ...] = ()
    needs: str = ""


BOTTOM_UP = "-m models/bottomup"
EDITION = "--tracking.edition sleap-1.4"

TRACKING = [
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP}",
        runs=(f"predict flies.mp4 {BOTTOM_UP}",),
        files=("flies.predictions.slp",),
    ),
    Line(
        line="sleap-track -m models/centroid -m models/centered -o out.slp flies.mp4 --cpu",
        runs=("predict flies.mp4 -m models/centroid -m models/centered -o out.slp --device cpu",),
        files=("out.slp",),
    ),
    Line(
        line="sleap-track flies.mp4 --model models/old/training_config.json --frames 0,-3 -oa.slp",
        runs=("predict flies.mp4 -m models/old/training_config.json -o a.slp --frames 0,-3",),
        files=("a.slp",),
    ),
    Line(
        line=f"sleap-track --frames 1,2,5 flies.mp4 {BOTTOM_UP} --gpu auto",
        runs=(f"predict flies.mp4 {BOTTOM_UP} --frames 1,2,5",),
    ),
    Line(
        line=f"sleap-track flies.mp4 --frames 1-3-9 {BOTTOM_UP}",
        runs=(f"predict flies.mp4 {BOTTOM_UP} --frames 1-3",),
    ),
    Line(
        line=f"sleap-track flies.mp4 --frames 5-20 {BOTTOM_UP} -o results/late.slp",
        runs=(f"predict flies.mp4 {BOTTOM_UP} -o results/late.slp --frames 5-7",),
        says=("flies.mp4 has frames 0 to 7; frames 8-20 do not exist", "results is made"),
        status=1,
        files=("results/late.slp",),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --first-gpu",
        runs=(f"predict flies.mp4 {BOTTOM_UP}",),
        says=("--first-gpu is ignored, as in SLEAP where there is no GPU",),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --last-gpu --verbosity json",
        runs=(f"predict flies.mp4 {BOTTOM_UP} --progress json",),
        says=("--last-gpu is ignored",),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --cpu --verb none --batch 8 --peak 0.3",
        runs=(
            f"predict flies.mp4 {BOTTOM_UP} --batch-size 8 --peak-threshold 0.3 --device cpu "
            "--progress none",
        ),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --cpu --gpu 0",
        says=("not allowed with argument --cpu",),
        status=2,
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --video 0",
        says=("ambiguous option: --video could match",),
        status=2,
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --tracking.tracker None",
        runs=(f"predict flies.mp4 {BOTTOM_UP}",),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --tracking.tr simple --tracking.sim centroid "
        "--tracking.mat hungarian --tracking.track_w 3",
        runs=(
            f"predict flies.mp4 {BOTTOM_UP} --track simple --tracking.similarity centroid "
            f"--tracking.match hungarian --tracking.track_window 3 {EDITION}",
        ),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --tracking.target_instance_count 2",
        runs=(
            f"predict flies.mp4 {BOTTOM_UP} --track flow --tracking.target_instance_count 2 "
            f"{EDITION}",
        ),
        needs="cv2",
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --tracking.tracker simplemaxtracks "
        "--tracking.max_tracking 1 --tracking.max_tracks 2 --tracking.img_scale 0.5",
        runs=(
            f"predict flies.mp4 {BOTTOM_UP} --track simplemaxtracks --tracking.max_tracking 1 "
            f"--tracking.max_tracks 2 {EDITION}",
        ),
        says=("--tracking.img_scale is ignored, as in SLEAP",),
    ),
    Line(
        line="sleap-track flies.mp4 -m models/single --tracking.tracker simple -n 1",
        runs=("predict flies.mp4 -m models/single",),
        says=("--max_instances is ignored, as in SLEAP", "--tracking.* is ignored, as in SLEAP"),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --no-empty -n 1 --max_edge 0.5 --dist 2",
        runs=(
            f"predict flies.mp4 {BOTTOM_UP} --max-instances 1 --max-edge-length-ratio 0.5 "
            "--dist-penalty-weight 2 --no-empty-frames",
        ),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --tracking.trackr simple --resize 2 --fast",
        runs=(f"predict flies.mp4 {BOTTOM_UP}",),
        says=(
            "--tracking.trackr simple is ignored, as in SLEAP, which has no such option; the "
            "nearest option is --tracking.tracker",
            "--resize 2 is ignored",
            "--fast is ignored",
        ),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --bottomup.peak_threshold 0.25 "
        "--peak_threshold 0.5 --bottomup.batch_size 2.0",
        runs=(f"predict flies.mp4 {BOTTOM_UP} --batch-size 2 --peak-threshold 0.25",),
    ),
    Line(
        line=f"sleap-track --labels flies.slp {BOTTOM_UP} --only-labeled-frames",
        runs=(f"predict flies.slp {BOTTOM_UP} --only-labeled-frames",),
        files=("flies.predictions.slp",),
    ),
    Line(
        line=f"sleap-track flies.slp {BOTTOM_UP} --only-sugg --frames 0-3",
        runs=(f"predict flies.slp {BOTTOM_UP} --only-suggested-frames",),
        says=("--frames is ignored, as in SLEAP: of a .slp file it needs --video.index",),
    ),
    Line(
        line=f"sleap-track flies.slp {BOTTOM_UP} --video.index 0 --frames 0-2",
        runs=(f"predict flies.slp {BOTTOM_UP} --video-index 0 --frames 0-2",),
    ),
    Line(
        line=f"sleap-track flies.mp4 {BOTTOM_UP} --only-labeled-frames --video.dataset box",
        runs=(f"predict flies.mp4 {BOTTOM_UP}",),
        says=("--only-labeled-frames is ignored", "--video.dataset is ignored"),
    ),
    # A line of inference-script.sh, which SLEAP's program puts into a job package.
    Line(
        line="sleap-track flies.slp --only-suggested-frames -m models/centroid "
        "-m models/centered --tracking.tracker none -o flies.predictions.slp",
        runs=(
            "predict flies.slp -m models/centroid -m models/centered -o flies.predictions.slp "
            "--only-suggested-frames",
        ),
        files=("flies.predictions.slp",),
    ),
    Line(
        line=f"sleap-track list.txt {BOTTOM_UP} -o results",
        runs=(f"predict list.txt {BOTTOM_UP} -o results",),
        files=("results/flies.predictions.slp", "results/other.predictions.slp"),
    ),
    Line(
        line=f"sleap-track list.csv {BOTTOM_UP}",
        runs=(f"predict list.csv {BOTTOM_UP}",),
        files=("first.slp", "second.slp"),
    ),
    Line(
        line=f"sleap-track gone.csv {BOTTOM_UP}",
        runs=(f"predict flies.mp4 {BOTTOM_UP} -o first.slp",),
        says=("gone.csv, line 2 is left out, as in SLEAP",),
        status=1,
        files=("first.slp",),
    ),
    Line(
        line=f"sleap-track videos {BOTTOM_UP} --frames 4-9 -o results",
        runs=(
            f"predict videos/long.mp4 {BOTTOM_UP} -o results --frames 4-9",
            f"predict videos/short.mp4 {BOTTOM_UP} -o results --frames 4-7",
        ),
        says=("videos/short.mp4 has frames 0 to 7; frames 8-9 do not exist",),
        status=1,
        files=("results/long.predictions.slp", "results/short.predictions.slp"),
    ),
    Line(
        line=f"sleap-track -m models/single {BOTTOM_UP} flies.mp4",
        runs=("predict flies.mp4 -m models/single",),
        says=("models/bottomup is ignored, as in SLEAP: models/single is used",),
    ),
    Line(
        line="sleap-track predicted.slp --tracking.tracker simple --tracking.simil iou -o t.slp",
        runs=(f"track predicted.slp -o t.slp --track simple --tracking.similarity iou {EDITION}",),
        files=("t.slp",),
    ),
    Line(
        line="sleap-track predicted.slp --tracking.tracker simple",
        runs=(f"track predicted.slp -o predicted.slp.simple.slp --track simple {EDITION}",),
        files=("predicted.slp.simple.slp",),
    ),
    Line(
        line="sleap-track flies.mp4 -m movenet-lightning",
        says=("SLEAP downloaded it from TensorFlow Hub",),
        status=2,
    ),
    Line(
        line="sleap-track flies.mp4",
        says=("pass -m MODEL to predict, or --tracking.tracker simple to track again",),
        status=2,
    ),
    Line(
        line=f"sleap-track missing.mp4 {BOTTOM_UP}",
        runs=(f"predict missing.mp4 {BOTTOM_UP}",),
        says=("must be a file or folder, got 'missing.mp4'",),
        status=2,
    ),
]
"""Of `sleap-track`."""

OTHERS = [
    Line(
        line="sleap-convert --format analysis -o flies.h5 predicted.slp",
        runs=("sleap-convert predicted.slp --format analysis -o flies.h5",),
        says=("flies.h5 does not hold 1 of 2 instances",),
        files=("flies.h5",),
    ),
    Line(
        line="sleap-convert predicted.slp --form analysis.csv",
        files=("predicted.000_flies.analysis.csv",),
    ),
    Line(
        line="sleap-convert predicted.slp --format analysis.nix",
        says=("a NIX file needs the library nixio",),
        status=2,
    ),
    Line(
        line="sleap-render predicted.slp -f 10 --frames 0-1",
        runs=(
            "render predicted.slp -o predicted.slp.avi --overwrite --video-index 0 --frames 0-1 "
            "--fps 10 --marker-size 4",
        ),
        files=("predicted.slp.avi",),
    ),
    Line(
        line="sleap-export -m models/old -e exported -n 2",
        runs=(
            f"export models/old --format frozen_graph --points --image {SIZE},{SIZE} -o exported",
        ),
        says=("--max_instances is ignored, as in SLEAP: the models are single",),
        files=(
            *("exported/frozen_graph.pb", "exported/info.json"),
            *("exported/confmap_config.json", "exported/manifest.json"),
        ),
    ),
    Line(
        line="sleap-export -m models/old --ragged",
        says=("must be left out, got -r; the arrays of Poise's graph have fixed shapes",),
        status=2,
    ),
    Line(
        line="sleap-inspect predicted.slp --verb", runs=("sleap-inspect predicted.slp --verbose",)
    ),
]
"""Of the other commands."""


def make_lab(folder: Path, models: Path) -> None:
    """Make the folder of a lab.

    Args:
        folder: where to.
        models: models; see :func:`make_models`.
    """
    (folder / "models").symlink_to(models)
    (folder / "videos").mkdir()
    for name, count in (
        *(("flies", FRAMES), ("other", FRAMES)),
        *(("videos/short", FRAMES), ("videos/long", FRAMES + 4)),
    ):
        seeing.write_video(seeing.dots(count, SIZE), folder / f"{name}.mp4")
    lines = {"list.txt": ["flies.mp4", "other.mp4"]}
    lines["list.csv"] = ["flies.mp4,first.slp", "other.mp4,second.slp"]
    lines["gone.csv"] = ["flies.mp4,first.slp", "gone.mp4,second.slp"]
    for name, text in lines.items():
        (folder / name).write_text("\n".join(text), encoding="utf-8")
    _write_labels(folder)


def make_models(folder: Path) -> Path:
    """Make the models of a lab, which see bright dots."""
    heads = {"single": "single_instance", "centroid": "centroid"}
    heads |= {"centered": "centered_instance", "bottomup": "multi_instance"}
    for name, head in heads.items():
        seeing.save_model(head, folder / name, filters=4)
    save_as_sleap(folder / "single", folder / "old")
    return folder


def save_as_sleap(source: Path, folder: Path) -> None:
    """Save a model as SLEAP's training does: the configuration, and the weights beside it."""
    import poise

    folder.mkdir()
    reading = poise.read(source)
    model = {"model": reading.config.to_data()}
    (folder / "training_config.json").write_text(json.dumps(model), encoding="utf-8")
    reading.build((SIZE, SIZE, None)).save(folder / "best_model.h5")


def _write_labels(folder: Path) -> None:
    """Labels with a frame of a person, one of a model, and suggestions."""
    import sleap_io

    skeleton = sleap_io.Skeleton(nodes=list(seeing.PARTS), edges=[tuple(seeing.PARTS)])
    video = sleap_io.Video(filename="flies.mp4", open_backend=False)
    points = [[20.0, 30.0], [24.0, 30.0]]

    def frame(number: int, animals: Iterable[Any]) -> Any:
        return sleap_io.LabeledFrame(video=video, frame_idx=number, instances=list(animals))

    user = sleap_io.Instance.from_numpy(points, skeleton=skeleton)
    predicted = [
        sleap_io.PredictedInstance.from_numpy(points, skeleton=skeleton, score=score)
        for score in (0.5, 0.25)
    ]
    suggestions = [sleap_io.SuggestionFrame(video=video, frame_idx=n) for n in (1, 3, 6)]
    labels = sleap_io.Labels([frame(1, [user])], videos=[video], skeletons=[skeleton])
    labels.suggestions = suggestions
    labels.save(str(folder / "flies.slp"), embed=False, verbose=False)
    labels = sleap_io.Labels([frame(0, predicted)], videos=[video], skeletons=[skeleton])
    labels.save(str(folder / "predicted.slp"), embed=False, verbose=False)
