"""A worker that ends when the process ends that has started it.

``python -m poise_workflows.queueing.tied MODULE …`` is ``python -m MODULE …``. An engine whose own
processes may be killed starts workers like this: else they would go on beside those that it
starts in their place, on the same GPU.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

POLL = 1.0
"""Seconds between two looks at the parent."""


def end_with(parent: int) -> None:
    """End this process by SIGTERM as soon as its parent is another one.

    Args:
        parent: number of the process that has started this one. On Windows a process never gets
            another parent, so that nothing ends there.
    """
    while os.getppid() == parent:
        time.sleep(POLL)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
