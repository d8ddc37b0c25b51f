"""Open a video file in FFmpeg, and nothing that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
from av.error import ArgumentError

from poise.files import open_file
from poise_workflows.frames.limits import check_source, pixels_allowed, refuse_pixels

_OF_SEVERAL_FILES = frozenset(
    {"avisynth", "concat", "dash", "hls", "image2", "imf", "lavfi", "mpjpeg", "rtp", "rtsp"}
    | {"sap", "sdp", "tty", "vapoursynth", "webm_dash_manifest"}
)
"""Formats of FFmpeg that name other files or addresses, are scripts, or are any text."""

_FORMATS = ",".join(sorted(av.formats_available - _OF_SEVERAL_FILES))


def open_container(path: Path) -> Any:
    """Open a video file for reading.

    FFmpeg looks at what a file holds, not at its name. A playlist that is called ``a.mp4`` would
    make it read other files, so Poise takes none.

    Args:
        path: the file.

    Returns:
        The ``av`` container, a context manager.

    Raises:
        av.FFmpegError: it is no container that FFmpeg can read by itself.
        OSError: there is no such file.
        ValueError: it is a playlist or a script.
        SourceError: it is no file, or its frames have too many pixels.
    """
    check_source(path)
    most = {"max_pixels": str(pixels_allowed())}
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file", **most}
    # By its whole path: FFmpeg takes what is before a colon for a protocol.
    try:
        container = av.open(str(path.absolute()), options=options)
    except ArgumentError:
        with open_file(path) as file:
            if file.read(16).isascii():
                raise ValueError("it names other files, which Poise does not follow") from None
        raise
    try:
        for stream in container.streams.video:
            refuse_pixels((stream.codec_context.height, stream.codec_context.width), path)
            stream.codec_context.options = most
    except BaseException:
        container.close()
        raise
    return container
