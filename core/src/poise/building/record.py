"""What the weights of a model started from: kept with the model, and with what is saved of it.

Weights have owners. Who publishes a model that was trained from the weights of others needs to
know whose, and under which licence.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final, Literal

import attrs

PUBLISHED: Final = "published weights"
MODEL: Final = "model folder"
FILE: Final = "weights file"


@attrs.frozen(kw_only=True)
class Origin:
    """Weights that were loaded into a model.

    Attributes:
        kind: ``published weights`` (``load_pretrained``), ``model folder`` (``load``) or
            ``weights file`` (``load_weights``).
        name: the name of published weights, or of the file or folder.
        sha256: checksum of the file's bytes, in hexadecimal.
        title: what published weights are, in words.
        url: where they are published.
        licence: under which, as far as their publisher says; empty where that is not known.
        verified: whether the file had the checksum that its publisher states. ``None``
            where nobody states one.
    """

    kind: Literal["published weights", "model folder", "weights file"]
    name: str
    sha256: str
    title: str = ""
    url: str = ""
    licence: str = ""
    verified: bool | None = None


def started_from(model: Any, *origins: Origin, anew: bool = True) -> None:
    """Keep with a model what its weights come from, if ``poise.build`` built it.

    Args:
        model: whose weights were loaded.
        origins: from these, what came last at the end.
        anew: whether nothing is left of the weights that the model had before.
    """
    record = getattr(model, "_poise_record", None)
    if record is None:
        return
    kept = () if anew else tuple(one for one in record.origins if one not in origins)
    model._poise_record = attrs.evolve(record, origins=(*kept, *origins))


def sha256_of(path: Path) -> str:
    """The checksum of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
