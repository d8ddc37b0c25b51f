import numpy as np

from poise import hookimpl
from poise_workflows.suggesting import SuggesterSpec


def badness(predictions):
    seen = np.isfinite(predictions.points).all(-1, keepdims=True)
    totals = np.where(seen, predictions.points, 0).sum(1)
    centers = totals / np.maximum(seen.sum(1), 1)
    closeness = np.zeros(len(predictions))
    for frame in np.flatnonzero(predictions.counts > 1):
        places = centers[predictions.rows == frame]
        apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
        nearest = apart[~np.eye(len(places), dtype=bool)].min()
        closeness[frame] = 1 / (1 + nearest)
    return closeness


@hookimpl
def poise_suggesters():
    spec = SuggesterSpec(key="crowded", badness=badness, summary="Animals are close to each other")
    return [spec]
