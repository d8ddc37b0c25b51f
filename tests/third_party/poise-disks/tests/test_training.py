"""A small U-Net with this head learns made-up animals, and finds unseen ones."""

import keras
import numpy as np

import poise

SIZE = (32, 40)
PARTS = ("head", "tail")


def animals(count, seed):
    """Images ``(N, H, W, 1)``, gray with a bright and a dark spot, and the spots' points."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(4, (SIZE[1] - 5, SIZE[0] - 5), (4 * count, 2, 2))
    apart = np.linalg.norm(points[:, 0] - points[:, 1], axis=-1) > 10
    points = points[apart][:count]  # spots that overlap would hide each other
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    away = np.hypot(x - points[..., 0, None, None], y - points[..., 1, None, None])
    spots = np.exp(-np.square(away / 3) / 2)
    images = 0.5 + 0.5 * (spots[:, 0] - spots[:, 1]) + rng.normal(0, 0.03, (count, *SIZE))
    return images[..., None].astype("float32"), points[:, None].astype("float32")


def test_a_model_learns_to_find_its_points():
    keras.utils.set_random_seed(0)
    config = poise.ModelConfig.from_data(
        {
            "backbone": {"unet": {"max_stride": 4, "output_stride": 2, "filters": 8}},
            "heads": {"disks": {"radius": 4.0, "output_stride": 2, "part_names": list(PARTS)}},
            "edition": "2026",
        }
    )
    model = poise.build(config, (*SIZE, 1))
    # At twice the rate, one run in ten never finds one of the spots.
    model.compile(**poise.compile_args(model, learning_rate=5e-3))
    images, points = animals(48, seed=1)
    targets = poise.make_targets(model, poise.Labels(points, parts=PARTS))
    model.fit(images, targets, batch_size=8, epochs=30, verbose=0)

    unseen, expected = animals(16, seed=2)
    decoded = poise.decode(model, model.predict(unseen, verbose=0))

    assert decoded.parts == PARTS
    assert decoded.counts.tolist() == [1] * 16
    off = np.linalg.norm(decoded.points - expected, axis=-1)
    assert np.median(off) < 0.5
    assert np.mean(off < 2) > 0.9


def test_labels_without_a_part_are_refused_by_its_name():
    disks = poise.heads["disks"]
    (output,) = disks.outputs(disks.config(part_names=PARTS), None, None)
    labels = poise.Labels(np.zeros((1, 1, 2, 2)), parts=("head", "wing"))

    try:
        output.targets(labels, SIZE)
    except poise.LabelsError as error:
        assert str(error) == "must include tail, got head, wing @ labels.parts"
    else:
        raise AssertionError("labels without a tail were taken")
