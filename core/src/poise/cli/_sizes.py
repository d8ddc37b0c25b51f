"""``--image``: the size of images on the command line."""

from __future__ import annotations

import click

Size = tuple[int | None, int | None, int]


def image_size(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Size | None:
    """The callback of ``--image H,W,C``: height, width and channels; ``any`` for the first two.

    Args:
        ctx: of the command.
        parameter: the option, which a message names.
        value: what the user wrote; ``None`` for nothing.
    """
    if value is None:
        return None
    words = [word.strip().lower() for word in value.split(",")]
    sizes = [None if word in ("any", "none") else _whole(word) for word in words]
    if len(sizes) == 3 and 0 not in sizes:
        height, width, channels = sizes
        if channels is not None:
            return height, width, channels
    what = "must be height,width,channels as in 512,512,1 (or any,any,1)"
    raise click.BadParameter(f"{what}, got {value!r}", ctx, parameter)


def _whole(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() else 0
