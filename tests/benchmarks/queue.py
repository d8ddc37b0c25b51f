"""What a queue of 10,000 videos costs beside predicting: see ``_queue_costs.py``.

    python tests/benchmarks/queue.py [--quick] [-o FILE]

Python has a module of the same name. It finds this file first when a script of this folder runs and
something imports ``queue``. This file then hands over Python's.
"""

from __future__ import annotations

import sys


def hand_over(name: str) -> None:
    """Load a module of the standard library in place of this one."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec
    from sysconfig import get_path

    spec = PathFinder.find_spec(name, [get_path("stdlib")])
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    from _queue_costs import main

    sys.exit(main())
else:
    hand_over(__name__)
