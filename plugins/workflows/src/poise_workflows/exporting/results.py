"""What became of an export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Export:
    """An export that is proven.

    Attributes:
        folder: where it is.
        manifest: what its ``manifest.json`` says.
        former: where the export is now that was there before; ``None`` if none was kept.
    """

    folder: Path
    manifest: Mapping[str, Any]
    former: Path | None = None

    @property
    def difference(self) -> float:
        """Largest difference between runtime and Poise, as a part of the largest output."""
        return max(float(each["part"]) for each in self.manifest["proof"]["outputs"].values())
