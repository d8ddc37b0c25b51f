"""``python -m poise.sphinx FILE [KEY…]``: build installed networks, and write their facts.

Without keys, measure everything that is installed. With keys, measure only these, and keep the
other facts of the file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from poise import registry
from poise.sphinx import facts


def main(arguments: list[str]) -> int:
    """Write the file that ``poise_facts`` names."""
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write(f"usage: {__doc__}")
        return 2
    path, keys = Path(arguments[0]), arguments[1:]
    networks = facts.read(path) if keys and path.exists() else {}
    for kind in facts.MEASURED:
        for key in registry.default().keys(kind):
            name = f"{kind.name}:{key}"
            if not keys or key in keys or name in keys:
                networks[name] = facts.measure(kind, key)
                sys.stdout.write(f"{name}: {networks[name].parameters:,} parameters\n")
                sys.stdout.flush()
    facts.write(path, networks)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
