"""Small made-up projects of other programs: six random images, an animal with two parts in each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 32, 48
COUNT = 6
PARTS = "head", "tail"


def animal(number: int) -> list[tuple[float, float]]:
    """Places of the parts in an image, x then y."""
    return [(10.0 + number, 12.0), (18.0 + number, 20.0)]


def write_images(folder: Path, pattern: str = "img{:03}.png", count: int = COUNT) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    files = [folder / pattern.format(number) for number in range(count)]
    for file in files:
        Image.fromarray(random.integers(0, 255, (*SIZE, 3), dtype=np.uint8)).save(file)
    return files


def deeplabcut(place: Path) -> Path:
    """A project of one animal: ``config.yaml``, and labels beside the images of each video."""
    folder = place / "labeled-data" / "day1"
    files = write_images(folder)
    head = (
        f"scorer{',me' * 4}",
        f"bodyparts,{','.join(f'{part},{part}' for part in PARTS)}",
        f"coords{',x,y' * 2}",
    )
    rows = [
        f"labeled-data/day1/{file.name},{','.join(f'{x},{y}' for x, y in animal(number))}"
        for number, file in enumerate(files)
    ]
    (folder / "CollectedData_me.csv").write_text("\n".join([*head, *rows]) + "\n")
    config = (
        "Task: flies\nscorer: me\ndate: Nov29\nmultianimalproject: false\n"
        f"project_path: {place}\nvideo_sets:\n  {place}/videos/day1.mp4:\n    crop: 0, 48, 0, 32\n"
        f"bodyparts:\n{''.join(f'- {part}{chr(10)}' for part in PARTS)}"
        "skeleton:\n- - head\n  - tail\n"
    )
    (place / "config.yaml").write_text(config)
    return place / "config.yaml"


def coco(place: Path) -> Path:
    """Annotations of keypoints beside the images."""
    files = write_images(place / "images")
    data = {
        "images": [
            {"id": number, "file_name": f"images/{file.name}", "height": SIZE[0], "width": SIZE[1]}
            for number, file in enumerate(files)
        ],
        "categories": [{"id": 1, "name": "fly", "keypoints": PARTS, "skeleton": [[1, 2]]}],
        "annotations": [
            {
                "id": number,
                "image_id": number,
                "category_id": 1,
                "num_keypoints": 2,
                "keypoints": [value for x, y in animal(number) for value in (x, y, 2)],
                "bbox": [8, 8, 20, 20],
                "area": 400,
                "iscrowd": 0,
            }
            for number in range(COUNT)
        ],
    }
    (place / "annotations.json").write_text(json.dumps(data))
    return place / "annotations.json"


def ultralytics(place: Path) -> Path:
    """``data.yaml``, and for each image a file of boxes and points as parts of its sides."""
    files = write_images(place / "train" / "images")
    (place / "train" / "labels").mkdir(parents=True)
    for number, file in enumerate(files):
        points = [f"{x / SIZE[1]:.6f} {y / SIZE[0]:.6f} 2" for x, y in animal(number)]
        line = f"0 0.5 0.5 0.4 0.4 {' '.join(points)}\n"
        (place / "train" / "labels" / f"{file.stem}.txt").write_text(line)
    data = (
        f"path: {place}\ntrain: train/images\nval: train/images\nkpt_shape: [2, 3]\n"
        "flip_idx: [0, 1]\nnames:\n  0: fly\n"
        f"node_names: [{', '.join(PARTS)}]\nskeleton:\n- [0, 1]\n"
    )
    (place / "data.yaml").write_text(data)
    return place / "data.yaml"


def label_studio(place: Path) -> Path:
    """Tasks, one for each image, as sleap-io writes them for Label Studio."""
    import sleap_io as sio

    files = write_images(place)
    skeleton = sio.Skeleton(list(PARTS), edges=[(0, 1)])
    video = sio.Video.from_filename([str(file) for file in files])
    frames = [
        sio.LabeledFrame(
            video=video,
            frame_idx=number,
            instances=[sio.Instance.from_numpy(np.array(animal(number)), skeleton=skeleton)],
        )
        for number in range(COUNT)
    ]
    labels = sio.Labels(frames, videos=[video], skeletons=[skeleton])
    sio.save_labelstudio(labels, str(place / "tasks.json"))
    return place / "tasks.json"


PROJECTS = {
    "DeepLabCut": deeplabcut,
    "COCO": coco,
    "Ultralytics": ultralytics,
    "Label Studio": label_studio,
}
