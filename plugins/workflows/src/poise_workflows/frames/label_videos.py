"""The videos of a label file: where they are now, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise.errors import Fault
from poise.messages import argument, argument_path, described, join_names
from poise_workflows.frames import datasets, stacks
from poise_workflows.frames.datasets import open_dataset
from poise_workflows.frames.embedded import checked_pictures
from poise_workflows.frames.images import open_images
from poise_workflows.frames.indexed import IndexedSource, Load, open_indexed
from poise_workflows.frames.label_checks import check_labels
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.sources import Provenance, Source, SourceError
from poise_workflows.frames.stacks import open_stack
from poise_workflows.frames.videos import ColorMatrix, open_video


@attrs.frozen(eq=False)
class VideoOpener:
    """Opens the videos of labels.

    Attributes:
        labels: a ``sleap_io.Labels``.
        path: the file that they come from.
        color_matrix: how YUV becomes RGB.
        folders: where files are looked for by their names, if they are not where the labels say.
        maps: where paths of another machine lead here.
    """

    labels: Any
    path: Path
    color_matrix: ColorMatrix
    folders: tuple[Path, ...] = ()
    maps: PathMaps = NO_MAPS

    def open(self, video: Any) -> Source:
        """Open a video of the labels, where they say it is or beside their file.

        Raises:
            SourceError: the video is not there, or cannot be read.
        """
        if "crop" in video.backend_metadata:
            what = f"must be whole, got a crop of {video.filename}; name that video itself"
            raise SourceError([Fault(what, str(self.path))])
        if _is_embedded(video):
            return attrs.evolve(self._open_embedded(self._here(video)), original=video)
        if isinstance(video.filename, list):
            files = [self.located(name) for name in video.filename]
            return attrs.evolve(open_images(self.path, files), original=video)
        return self._open_file(self.located(video.filename), video)

    def size_of(self, video: Any) -> tuple[int, int] | None:
        """Height and width of a video that is not read; ``None`` if nobody knows."""
        if video.shape is not None and video.shape[1] and video.shape[2]:
            return int(video.shape[1]), int(video.shape[2])
        try:
            source = self.open(video)
        except SourceError:
            return None
        return source.height, source.width

    def embedded_numbers(self, video: Any) -> Sequence[int] | None:
        """The frames whose images are embedded, ascending; ``None`` if the video is a file."""
        return _embedded_numbers(self._here(video)) if _is_embedded(video) else None

    def _here(self, video: Any) -> Any:
        """A video of embedded images, in the file that has them here."""
        mapped = None if Path(video.filename) == self.path else self.maps.mapped(video.filename)
        return video if mapped is None else _in_file(video, mapped)

    def _open_file(self, file: Path, video: Any) -> Source:
        stored = video.backend_metadata
        if file.suffix.lower() in datasets.SUFFIXES:
            name, axes = stored.get("dataset") or None, stored.get("input_format")
            dataset = open_dataset(file, name, axes or "channels_last")
            return attrs.evolve(dataset, original=video)
        if file.suffix.lower() in stacks.SUFFIXES:
            return attrs.evolve(open_stack(file), original=video)
        channels = _stated_channels(video)
        opened = open_video(file, color_matrix=self.color_matrix, channels=channels)
        return attrs.evolve(opened, original=video)

    def _open_embedded(self, video: Any) -> IndexedSource:
        import sleap_io

        if Path(video.filename) != self.path:
            check_labels(Path(video.filename))
        numbers, stated = _embedded_numbers(video), _stated_channels(video)
        fields = {} if stated is None else {"channels": stated}
        return open_indexed(
            self.path,
            numbers[-1] + 1 if numbers else 0,
            lambda: _embedded(video),
            Provenance(reader="sleap-io", version=sleap_io.__version__),
            first=numbers[0] if numbers else 0,
            title=f"{self.path.name}, {video.backend_metadata.get('dataset')}",
            **fields,
        )

    def located(self, name: str) -> Path:
        """Where a file is now: at its path, at its path from the label file, or in a folder.

        A path of another machine that a map fits is looked for where the map leads, and nowhere
        else: another file of its name would be taken for it.

        Raises:
            SourceError: it is nowhere.
        """
        mapped = self.maps.mapped(name)
        if mapped is not None:
            return self._mapped(name, mapped)
        plain, folder = Path(name.replace("\\", "/")), self.path.parent
        in_folders = (place / plain.name for place in (folder, *self.folders))
        for candidate in (Path(name), plain, folder / plain, *in_folders):
            if candidate.is_file():
                return candidate
        what = f"must be a file, got {name!r}, which is neither there nor beside {self.path.name}"
        if self.folders:
            what += f" nor in {join_names(self.folders)}"
        fix = "put it there, or correct it in SLEAP"
        if self.maps is not NO_MAPS:
            fix = f"put it there, or say where it is: {argument('map', value='{THERE: HERE}')}"
        raise SourceError([Fault(f"{what}; {fix}", str(self.path))])

    def _mapped(self, name: str, file: Path) -> Path:
        if file.is_file():
            return file
        what = f"must be a file, got {name!r}, which {argument_path('map')} leads to {file}"
        raise SourceError([Fault(f"{what}; nothing is there", str(self.path))])


def _in_file(video: Any, file: Path) -> Any:
    import sleap_io

    return sleap_io.Video(
        filename=str(file),
        backend=None,
        backend_metadata={**video.backend_metadata, "filename": str(file)},
        open_backend=False,
    )


def _stated_channels(video: Any) -> int | None:
    """What the label file says, which SLEAP obeys, also where it calls a gray video colored."""
    if video.grayscale is None:
        return None
    return 1 if video.grayscale else 3


def _is_embedded(video: Any) -> bool:
    name = video.filename
    return isinstance(name, str) and name.lower().endswith(".slp")


def _embedded_numbers(video: Any) -> list[int]:
    with _checked(video), _backend(video) as backend:
        return sorted(map(int, backend.frame_map or range(backend.num_frames)))


@contextmanager
def _checked(video: Any) -> Iterator[Callable[[int], None]]:
    with ExitStack() as file:
        try:
            check = file.enter_context(checked_pictures(video))
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001  # h5py and Pillow raise errors of many classes
            raise _without_images(video, error) from None
        yield check


def _without_images(video: Any, error: Exception) -> SourceError:
    what = f"must hold embedded images, got {video.filename} ({described(error)})"
    return SourceError([Fault(what, str(video.filename))])


@contextmanager
def _backend(video: Any) -> Iterator[Any]:
    """A reader of its own, so that readings do not disturb each other."""
    import sleap_io

    own = sleap_io.Video(
        filename=video.filename,
        backend=None,
        backend_metadata=dict(video.backend_metadata),
        open_backend=False,
    )
    try:
        own.open(grayscale=False)  # all channels; which are kept is decided once for the source
    except Exception as error:  # noqa: BLE001  # sleap-io raises errors of many classes
        raise _without_images(video, error) from None
    try:
        yield own.backend
    finally:
        own.close()


@contextmanager
def _embedded(video: Any) -> Iterator[Load]:
    with _checked(video) as check, _backend(video) as backend:

        def load(number: int) -> Any:
            check(backend.frame_map.get(number, number))
            image = np.asarray(backend[number])
            return image[..., None] if image.ndim == 2 else image

        yield load
