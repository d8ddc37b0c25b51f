"""Pictures in label files: how large each is, before sleap-io decodes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from poise.wire.hdf5_files import open_hdf5
from poise_workflows.frames.hdf5_checks import checking_frames
from poise_workflows.frames.images import picture_of
from poise_workflows.frames.limits import refuse_pixels


@contextmanager
def checked_pictures(video: Any) -> Iterator[Callable[[int], None]]:
    """A function that refuses an image that is too large, by its place, while the block runs.

    The first image is checked at once, since sleap-io decodes it to learn its channels.

    Args:
        video: a ``sleap_io.Video`` whose images are embedded.

    Raises:
        SourceError: the first image is too large, or cannot be read.
    """
    path = Path(video.filename)
    with open_hdf5(path) as file:
        member = file[str(video.backend_metadata.get("dataset"))]
        images = member["video"] if isinstance(member, h5py.Group) else member
        check_chunks = checking_frames(path, images)
        is_packed = images.ndim != 4
        if not is_packed:
            refuse_pixels(sorted(images.shape[1:])[-2:], path)

        def check(place: int) -> None:
            check_chunks(place)
            if is_packed:
                with picture_of(BytesIO(np.asarray(images[place]).tobytes()), path):
                    pass

        if len(images):
            check(0)
        yield check
