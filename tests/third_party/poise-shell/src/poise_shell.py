import shlex
import subprocess
import time

from poise import hookimpl
from poise.errors import Fault
from poise_workflows.queueing import EngineError, EngineSpec

TEMPLATE = "exec {command}"


def run(work):
    line = work.options.get("template", TEMPLATE)
    if "{command}" not in line:
        what = f"must have {{command}} where the worker goes, got {line!r}"
        raise EngineError([Fault(what, "template")])
    line = line.replace("{command}", shlex.join(work.command))
    work.tell(f"each worker: {line}")
    shells, restarts = [start(line) for _ in range(work.jobs or 1)], 20
    try:
        while shells:
            time.sleep(0.1)
            ended = [shell for shell in shells if shell.poll() is not None]
            shells = [shell for shell in shells if shell not in ended]
            for shell in ended:
                if shell.returncode not in range(4) and work.left() and restarts:
                    restarts -= 1
                    shells.append(start(line))
    finally:
        for shell in shells:
            shell.terminate()
        for shell in shells:
            shell.wait()


def start(line):
    return subprocess.Popen(line, shell=True, stdin=subprocess.DEVNULL)


@hookimpl
def poise_engines():
    spec = EngineSpec(
        key="shell",
        run=run,
        options={"template": "a command line with {command}, such as 'exec nice {command}'"},
        summary="A command line of your own for each worker",
    )
    return [spec]
