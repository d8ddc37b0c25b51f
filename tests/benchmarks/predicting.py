"""What ``poise predict`` costs beyond its networks and its reader.

- *Speed*: processor time of the command for each frame, decoding and writing included, against
  that of the bare compiled networks on frames in memory, as they were read, plus that of a bare
  reader. What turns such frames into the network's input (floats, resized) is part of the compiled
  function, and told apart as well. Both are processes, which take turns: a whole run, then the loop
  for some seconds. What the command costs up to its first batch is start-up and apart. Of top-down,
  the bare second network gets as many crops as the command cut.
- *Start-up*: processor time up to the first batch, against a script that imports the backend,
  builds the same networks without Poise, and predicts a batch.
- *Memory*: the largest resident set for many small frames against that for few.
- *Runtimes*: a network on frames in memory, in each runtime that is installed, against TensorFlow;
  see ``_runtimes.py``.

Models and videos are those of SLEAP where the folder ``shared`` has them, else made up. The
processor time of another process is read as Linux tells it.

    python tests/benchmarks/predicting.py [--quick] [--frames N] [--only PIPELINE] [-o FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import av
import keras
import numpy as np
from _runtimes import rows as rows_of_runtimes
from _turns import Process, start
from av.video.reformatter import Colorspace

import poise

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import seeing

BATCHES = (4, 16)
TURNS = 7
"""Of each runtime, at each size."""

ROUNDS, TURN = 5, 10.0
"""Runs of the command; and the seconds that the bare loop gets after each. Processes that are
stopped and continued often pay for it with their caches, and the command more than a loop."""

LIMITS = {"speed": 1.1, "start_up": 1.2, "memory": 1.1}
PARTS = (*LIMITS, "runtimes")

SHARED = Path(os.environ.get("POISE_SHARED", Path(__file__).parents[2].parent / "shared"))

PIPELINES = {
    "single": ("single_instance",),
    "top-down": ("centroid", "centered_instance"),
    "top-down with identities": ("centroid", "multi_class_topdown"),
    "bottom-up": ("multi_instance",),
    "bottom-up with identities": ("multi_class_bottomup",),
}

OF_SLEAP = {
    "single_instance": ("minimal_robot.UNet.single_instance", "sleap/videos/small_robot.mp4"),
    "centroid": ("minimal_instance.UNet.centroid", "golden/predict/videos/pair.mp4"),
    "centered_instance": ("minimal_instance.UNet.centered_instance", ""),
    "multi_instance": ("minimal_instance.UNet.bottomup", "golden/predict/videos/pair.mp4"),
    "multi_class_bottomup": ("min_tracks_2node.UNet.bottomup_multiclass", "sleap/videos/clip.mp4"),
}
"""Head type → a model of SLEAP, and a video on which it finds animals."""

START = """
import json, os, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from importlib import import_module
for path, shape, modules in json.loads(sys.argv[1]):
    for name in modules:
        import_module(name)
    with open(path) as file:
        model = keras.models.model_from_json(file.read())
    model.predict_on_batch(np.zeros(shape, "float32"))
print("ready", flush=True)
sys.stdin.read()
"""
"""What anybody would write: no weights, no frames, and of Poise only layers."""


class Case(NamedTuple):
    """A pipeline to measure: its models, and a video."""

    name: str
    models: tuple[Path, ...]
    video: Path


def case_of(name: str, folder: Path) -> Case:
    """The models and the video of a pipeline, written into a folder if they are made up."""
    heads = PIPELINES[name]
    models = [SHARED / "sleap/models" / OF_SLEAP.get(head, ("",))[0] for head in heads]
    is_here = SHARED.is_dir() and models[0].is_dir()
    for index, head in enumerate(heads):
        if not is_here or head not in OF_SLEAP:
            models[index] = seeing.save_model(head, folder / head)
    if is_here:
        return Case(name, tuple(models), SHARED / OF_SLEAP[heads[0]][1])
    return Case(name, tuple(models), seeing.write_video(seeing.dots(60, 384), folder / "60.mp4"))


def command(case: Case, video: Path, output: Path, *options: str) -> Process:
    """The command on a video."""
    models = [word for model in case.models for word in ("-m", str(model))]
    words = ["predict", str(video), *models, "-o", str(output), "--device", "cpu"]
    words += ["--overwrite", "--progress", "json", *options]
    return Process([sys.executable, "-m", "poise", *words], output.with_suffix(".log"))


def animals_of(process: Process, output: Path) -> int:
    """How many animals a command has found."""
    if process.status:
        sys.exit(f"{process.process.args}: ended with {process.status}")
    return int(_report_of(output)["instances"])


def crops_of(output: Path) -> int:
    """How many crops a second network has seen, also of animals that a limit dropped then."""
    report = _report_of(output)
    return int(report["instances"]) + sum(report["dropped"].values())


def _report_of(output: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(output.with_suffix(".report.json").read_text())
    return report


def read_barely(video: Path) -> Iterator[Any]:
    """Decode a video into arrays with as many channels as its source has, again and again."""
    space = Colorspace.ITU601
    is_gray = None
    while True:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            reformatter = av.video.reformatter.VideoReformatter()
            for frame in container.decode(stream):
                rgb = reformatter.reformat(
                    frame, format="rgb24", src_colorspace=space, dst_colorspace=space, threads=1
                ).to_ndarray()
                if is_gray is None:
                    is_gray = np.array_equal(rgb[..., 0], rgb[..., 2])
                yield np.ascontiguousarray(rgb[..., -1:] if is_gray else rgb)


def prepared(model: Any, scaling: float, frame: tuple[int, int]) -> Any:
    """A network with what turns frames as they are read into its input, in plain Keras."""
    channels = poise.record_of(model).image[2]
    frames = keras.Input((*frame, channels), dtype="uint8")
    images = keras.ops.cast(frames, "float32")
    sides = [int(side * scaling) for side in frame]
    if scaling != 1:
        images = keras.ops.image.resize(images, sides, data_format="channels_last")
    stride = poise.record_of(model).resolution.max_stride
    rows, columns = (-side % stride for side in sides)
    images = keras.ops.pad(images / 255, ((0, 0), (0, rows), (0, columns), (0, 0)))
    return keras.Model(frames, model(images))


def compiled(model: Any) -> Callable[[Any], Any]:
    """A network as its backend runs it best, from arrays to arrays."""
    call: Callable[[Any], Any] = partial(model, training=False)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        call = tf.function(call)
    elif keras.backend.backend() == "jax":
        import jax

        call = jax.jit(call)

    def to_arrays(images: Any) -> dict[str, Any]:
        outputs = call(keras.ops.convert_to_tensor(images))
        return {name: keras.ops.convert_to_numpy(array) for name, array in outputs.items()}

    return to_arrays


class Bare:
    """The networks of a case without Poise around them.

    Args:
        case: the pipeline.
        size: height and width of its frames.
        batch: images that a network sees at once.
    """

    def __init__(self, case: Case, size: tuple[int, int], batch: int) -> None:
        readings = [poise.read(model) for model in case.models]
        self.batch = batch
        self.networks = [reading.build((None, None, None), auto_pad=False) for reading in readings]
        sizes, scalings = [size], [readings[0].input_scaling]
        if len(readings) > 1:
            side = readings[1].cropping.crop_size or readings[1].image[0]
            sizes, scalings = [size, (side, side)], [readings[0].input_scaling, 1.0]
        whole = map(prepared, self.networks, scalings, sizes)
        self.calls = [compiled(model) for model in [*whole, *self.networks]]
        self.inputs = [
            *(
                self._random(model, size).astype("uint8")
                for model, size in zip(self.networks, sizes, strict=True)
            ),
            *map(self._input, self.networks, scalings, sizes),
        ]

    def _random(self, network: Any, size: Sequence[int]) -> Any:
        shape = self.batch, *size, poise.record_of(network).image[2]
        return np.random.default_rng(0).random(shape, dtype="float32") * 255

    def _input(self, network: Any, scaling: float, size: Sequence[int]) -> Any:
        stride = poise.record_of(network).resolution.max_stride
        sides = [int(side * scaling) for side in size]
        return self._random(network, [side + -side % stride for side in sides]) / 255


def run_bare(case: Case, video: Path, batch: int) -> None:
    """Predict and read without Poise until somebody asks to end; then tell the costs of each."""
    frames = read_barely(video)
    bare = Bare(case, next(frames).shape[:2], batch)
    stages: list[Callable[[], Any]] = [lambda: [next(frames) for _ in range(batch)]]
    stages += [partial(call, images) for call, images in zip(bare.calls, bare.inputs, strict=True)]
    for stage in stages:
        stage()
    costs: list[list[float]] = [[] for _ in stages]
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    print("ready", flush=True)
    while not asked:
        for stage, seconds in zip(stages, costs, strict=True):
            began = time.process_time()
            stage()
            seconds.append(time.process_time() - began)
    print(json.dumps([sum(seconds) / len(seconds) / batch for seconds in costs]), flush=True)


def measure_speed(case: Case, batch: int, frames: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Whole runs of the command, in turn with the bare networks and the bare reader."""
    video, output = folder / f"{case.video.stem}.{frames}.mp4", folder / "out.slp"
    if not video.exists():
        seeing.write_video(seeing.frames_of(case.video, frames), video)
    facts = json.dumps([case.name, [str(model) for model in case.models], str(video), batch])
    bare = Process([sys.executable, __file__, "--bare", facts], folder / "bare.log")
    start(bare)
    costs = []
    for _ in range(rounds):
        ours = command(case, video, output, "--batch-size", str(batch))
        (began,) = start(ours)
        first = json.loads(ours.lines()[0])["n_processed"]
        ours.run_until(lambda: False, turn=float("inf"))
        costs.append((ours.seconds() - began) / (frames - first))
        bare.run_until(lambda: False, turn=TURN)
    bare.end()
    animals = animals_of(ours, output) / frames
    reader, *stages = json.loads(bare.lines()[-1])
    times = (1.0, crops_of(output) / frames)[: len(stages) // 2] * 2
    each = [seconds * count for seconds, count in zip(stages, times, strict=True)]
    network, alone = sum(each[: len(each) // 2]), sum(each[len(each) // 2 :])
    cost = float(np.median(costs))
    return {
        "pipeline": case.name,
        "batch": batch,
        "frames": frames,
        "animals_a_frame": round(animals, 2),
        "milliseconds": {
            "command": round(cost * 1000, 2),
            "of_each_round": [round(cost * 1000, 2) for cost in costs],
            "network": round(network * 1000, 2),
            "of_it_preparation": round((network - alone) * 1000, 2),
            "reader": round(reader * 1000, 2),
        },
        "ratio": round(cost / (network + reader), 3),
        "ratio_to_prepared": round(cost / (alone + reader), 3),
        "met": cost <= LIMITS["speed"] * (network + reader),
    }


def measure_start_up(case: Case, repeats: int, folder: Path) -> dict[str, Any]:
    """The command up to its first batch, in turn with the bare script."""
    bare = Bare(case, next(read_barely(case.video)).shape[:2], BATCHES[0])
    networks = []
    inputs = bare.inputs[len(bare.networks) :]
    for index, (network, images) in enumerate(zip(bare.networks, inputs, strict=True)):
        path = folder / f"network{index}.json"
        path.write_text(network.to_json())
        modules = {type(layer).__module__ for layer in network.layers}
        theirs = sorted(name for name in modules if not name.startswith("keras."))
        networks.append((str(path), images.shape, theirs))
    script = [sys.executable, "-c", START, json.dumps(networks)]
    costs = []
    for number in range(repeats):
        output = folder / f"start{number}.slp"
        processes = command(case, case.video, output), Process(script, folder / "bare.log")
        costs.append(start(*processes))
        for process in processes:
            process.end()
    ours, plain = np.median(costs, axis=0)
    return {
        "pipeline": case.name,
        "seconds": {"command": round(ours, 2), "bare": round(plain, 2)},
        "ratio": round(ours / plain, 3),
        "met": bool(ours <= LIMITS["start_up"] * plain),
    }


def measure_memory(counts: Sequence[int], folder: Path) -> dict[str, Any]:
    """The largest resident set for few small frames, and for many."""
    tiny = {"filters": 2, "filters_rate": 1.0, "max_stride": 4}
    model = seeing.save_model("multi_instance", folder / "tiny", **tiny)
    peaks, animals = [], []
    for count in counts:
        video = seeing.write_video(seeing.dots(count, 32), folder / f"tiny{count}.mp4")
        output = video.with_suffix(".slp")
        ours = command(Case("", (model,), video), video, output, "--batch-size", "64")
        ours.run_until(lambda: False, turn=float("inf"))
        animals.append(round(animals_of(ours, output) / count, 2))
        peaks.append(ours.used.ru_maxrss * 1024)
    ratio = peaks[1] / peaks[0]
    return {
        "frames": list(counts),
        "animals_a_frame": animals,
        "megabytes": [round(peak / 1e6, 1) for peak in peaks],
        "ratio": round(ratio, 3),
        "met": ratio <= LIMITS["memory"],
    }


def results(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that is asked for, one after the other."""
    names = [name for name in PIPELINES if options.only in (None, name)]
    cases = [case_of(name, folder) for name in names]
    if "speed" in options.parts:
        rounds = 1 if options.quick else ROUNDS
        for case in cases:
            for batch in options.batches:
                yield "speed", measure_speed(case, batch, options.frames, rounds, folder)
    if "start_up" in options.parts:
        for case in cases:
            yield "start_up", measure_start_up(case, 1 if options.quick else 5, folder)
    if "memory" in options.parts:
        yield "memory", measure_memory((200, 5000) if options.quick else (1000, 100_000), folder)
    if "runtimes" in options.parts:
        for row in rows_of_runtimes(2 if options.quick else TURNS, folder):
            yield "runtimes", row


def main() -> int:
    """Measure and print JSON; return 1 if a limit is not met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few frames; limits are only shown")
    parser.add_argument("--frames", type=int, help="of each video; by default 2,000")
    parser.add_argument("--only", choices=list(PIPELINES), help="one pipeline")
    parser.add_argument("--batches", type=int, nargs="*", default=list(BATCHES))
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=PARTS)
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON there")
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        name, models, video, batch = json.loads(options.bare)
        run_bare(Case(name, tuple(map(Path, models)), Path(video)), Path(video), batch)
        return 0
    options.frames = options.frames or (96 if options.quick else 2000)
    report: dict[str, Any] = {
        "benchmark": "predicting",
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "limits": LIMITS,
        **{part: [] for part in options.parts},
    }
    with tempfile.TemporaryDirectory() as folder:
        for part, result in results(options, Path(folder)):
            report[part].append(result)
            print(json.dumps(result), file=sys.stderr, flush=True)
    met = all(result["met"] for part in options.parts for result in report[part])
    text = json.dumps({**report, "met": met}, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0 if met or options.quick else 1  # a few frames only show that it runs


if __name__ == "__main__":
    sys.exit(main())
