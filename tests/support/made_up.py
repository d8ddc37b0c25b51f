"""Findings of ``poise doctor`` and ``poise matrix`` on machines that nobody has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from poise.cli.doctor import Examination, Installation, Plugin, Problem
from poise.cli.doctor.installation import Cache, Variable
from poise.cli.matrix.environments import Cell, CellResult
from poise.registry.discovery import Candidate

VERSIONS = {"poise": "0.1.0", "Python": "3.11.9", "keras": "3.12.0", "cattrs": None}
HOME = "/home/someone"
ENVIRONMENT = f"{HOME}/miniforge3/envs/poise"
PLACE = f"{ENVIRONMENT}/lib/python3.11/site-packages"
FIX = "upgrade poise-vit, or report it to the authors of poise-vit"


def examination(*_: Any, **__: Any) -> Examination:
    """An installation with a plugin that works, one that does not, and one that is disabled."""
    broken = _plugin("backbone", "vit", "poise-vit", "broken", _vit(), FIX)
    return Examination(
        plugins=(
            _plugin("backbone", "unet", "poise-unet"),
            broken,
            *(_plugin("encoder", f"resnet{n}", "poise-pretrained") for n in (18, 34, 50, 101, 152)),
            _plugin("command", "track", "poise-workflows", module="tracking.command"),
            _plugin("kind", "tracker", "poise-workflows", module="tracking.kind"),
            _plugin("head", "dots", "poise-dots", "disabled", "disabled by POISE_DISABLE"),
        ),
        installation=_installation(),
        problems=(
            Problem(f"broken: {broken.candidate.kind} vit (poise-vit 1.2.0): {_vit()}", FIX),
        ),
        notes=("POISE_DISABLE names nothing, but no such plugin is installed",),
    )


def _vit() -> str:
    return "ModuleNotFoundError: No module named 'timm' in poise_vit/blocks/attention.py, line 3"


def _plugin(
    kind: str,
    key: str,
    name: str,
    state: str = "ok",
    cause: str = "",
    fix: str = "",
    module: str = "",
) -> Plugin:
    package = name.replace("-", "_")
    value = f"{package}.{module}" if module else package
    return Plugin(
        candidate=Candidate(kind, key, value, name, "1.2.0"),
        location=f"{PLACE}/{package}",
        seconds=None if state == "disabled" else 0.123,
        state=state,
        cause=cause,
        fix=fix,
    )


def _installation() -> Installation:
    cache = f"{HOME}/.cache/poise"
    return Installation(
        system="Linux-6.8.0-45-generic-x86_64-with-glibc2.39",
        executable=f"{ENVIRONMENT}/bin/python",
        location=f"{PLACE}/poise",
        versions=VERSIONS,
        backends={"tensorflow": "2.19.0", "jax": "0.6.2"},
        backend="tensorflow",
        chosen_by="Keras' default",
        variables=(
            Variable(name="POISE_PLUGINS", value=None, effect=""),
            Variable(
                name="POISE_DISABLE", value="dots,nothing", effect="1 of 10 plugins are not used"
            ),
            Variable(
                name="POISE_STRICT", value=None, effect="a broken plugin affects only its own keys"
            ),
            Variable(
                name="POISE_WEIGHTS", value="/data/lab/poise/weights", effect="folder of weights"
            ),
        ),
        caches=(
            Cache(what="verdicts", folder=cache, files=40, size=747441, writable=True),
            Cache(what="weights", folder=f"{cache}/weights", files=0, size=0),
        ),
        offline=False,
    )


def outcome(cell: Cell, keys: Sequence[str], *_: Any, **__: Any) -> CellResult:
    """What ``poise test`` says in an environment: all is kept on TensorFlow alone."""
    if (cell.backend, cell.keras) == ("torch", "newest"):
        return CellResult(cell=cell, error="ERROR: No matching distribution found for torch==9.9.9")
    status = "kept" if cell.backend == "tensorflow" else "broken"
    cases = [_case("it_has_a_name", "kept"), _case("it_takes_images_of_any_size", status)]
    cases.append(_case("it_draws_as_sleap_does", "skipped", "the plugin names no edition of SLEAP"))
    plugins = [
        {"kind": "backbone", "key": key, "ok": status == "kept", "cases": cases} for key in keys
    ]
    keras = {"newest": "3.12.0"}.get(cell.keras, f"{cell.keras}.0")
    on = {"backend": cell.backend, "backend_version": "2.9.0", "keras": keras}
    result = CellResult(cell=cell, data={**on, "plugins": plugins})
    return attrs.evolve(
        result, failures={"leap": "it ended with status 137"} if status != "kept" else {}
    )


def _case(check: str, status: str, reason: str = "") -> dict[str, Any]:
    said = {"broken": "an image of 40 × 56 pixels must give 20 × 28 cells, got 20 × 24"}
    return {
        "check": check,
        "configuration": "the smallest one",
        "status": status,
        "found": said.get(status, reason),
    }
