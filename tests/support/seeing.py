"""Models and videos for the benchmark of predicting, where there are none of SLEAP's.

Nothing is trained: the weights of a U-Net are chosen so that its confidence maps are the gray
values of the image. A bright dot is a part, and a second part is beside it. Networks cost the same,
whatever their weights, and every stage after them has something to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np

PARTS = ["A", "B"]
CLASSES = ["female", "male"]
UNET = {"filters": 16, "filters_rate": 1.5, "max_stride": 8, "output_stride": 2}
CROP = 96
FINE, COARSE = {"output_stride": 2}, {"output_stride": 4}
CONFMAPS = {**FINE, "part_names": PARTS}

HEADS: Mapping[str, Any] = {
    "single_instance": CONFMAPS,
    "centroid": FINE,
    "centered_instance": CONFMAPS,
    "multi_instance": {"confmaps": CONFMAPS, "pafs": {**COARSE, "edges": [PARTS]}},
    "multi_class_bottomup": {"confmaps": CONFMAPS, "class_maps": {**FINE, "classes": CLASSES}},
    "multi_class_topdown": {
        "confmaps": CONFMAPS,
        "class_vectors": {**COARSE, "classes": CLASSES},
    },
}
OF_CROPS = ("centered_instance", "multi_class_topdown")


def save_model(head: str, folder: Path, **unet: Any) -> Path:
    """Save a model that sees bright dots.

    Args:
        head: key of the head type.
        folder: where to.
        unet: fields of the backbone that differ from ``UNET``.
    """
    import poise

    side = CROP if head in OF_CROPS else None
    sections = {"backbone": {"unet": {**UNET, **unet}}, "heads": {head: HEADS[head]}}
    model = poise.build(poise.ModelConfig.from_data(sections), (side, side, 1))
    for layer in model.layers:
        if len(getattr(layer, "kernel_size", ())) == 2:
            layer.set_weights(_seeing(layer.name, *layer.get_weights()))
    poise.save(model, folder)
    return folder


def _seeing(name: str, kernel: Any, bias: Any) -> list[Any]:
    """The first channel is the image, the second one the same some cells to the right."""
    kernel, bias, middle = np.zeros_like(kernel), np.zeros_like(bias), kernel.shape[0] // 2
    if "trans_conv" in name:
        return [kernel, bias]
    if name.endswith("Head") and "Confmaps" not in name:
        bias[::2] = 1  # fields that point to the right; classes that all animals have
        return [kernel, bias]
    kernel[middle, middle, 0, 0] = 1
    if kernel.shape[-1] > 1 and ("refine" in name or "Confmaps" in name):
        second = min(1, kernel.shape[2] - 1) if "refine_conv0" not in name else 0
        kernel[middle, max(0, middle - 1), second, 1] = 1
    return [kernel, bias]


def dots(count: int, size: int) -> Iterator[Any]:
    """Gray frames ``(H, W)`` in which two dots move."""
    y, x = np.mgrid[:size, :size].astype("float32")
    for number in range(count):
        phase = 2 * np.pi * number / 60
        image = np.zeros((size, size), "float32")
        for side in (-1, 1):
            across = size * (0.5 + side * (0.2 + 0.05 * np.sin(phase)))
            down = size * (0.5 + 0.1 * side * np.cos(phase))
            image += np.exp(-((x - across) ** 2 + (y - down) ** 2) / 12.5)
        yield (image * 230).astype("uint8")


def write_video(frames: Iterable[Any], path: Path) -> Path:
    """Write frames ``(H, W)`` or ``(H, W, 3)`` as H.264."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=30, options={"preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        for number, image in enumerate(frames):
            form = "gray" if image.ndim == 2 else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format=form)
            if not number:
                stream.height, stream.width = image.shape[:2]
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def frames_of(path: Path, count: int) -> Iterator[Any]:
    """So many RGB frames of a video, from its start again and again, as its arrays are read."""
    given = 0
    while given < count:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                if given == count:
                    return
                given += 1
                yield frame.to_ndarray(format="rgb24")
