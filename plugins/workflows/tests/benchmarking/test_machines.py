"""What is said of the machine that a network is measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise_workflows.benchmarking import machines

INTEL = """processor\t: 0
model name\t: Intel(R) Xeon(R)  CPU @ 2.20GHz
flags\t\t: fpu sse2 avx avx2 avx512f
bogomips\t: 4400.00

processor\t: 1
model name\t: Intel(R) Xeon(R)  CPU @ 2.20GHz
"""

ARM = """processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes
CPU implementer\t: 0x41
"""


@pytest.mark.parametrize(
    ("description", "processor", "vectors"),
    [
        (INTEL, "Intel(R) Xeon(R) CPU @ 2.20GHz", "AVX-512"),
        (INTEL.replace(" avx512f", ""), "Intel(R) Xeon(R) CPU @ 2.20GHz", "AVX2"),
        (ARM, "", "NEON"),
        ("", "", ""),
    ],
    ids=["AVX-512", "AVX2", "ARM names no model", "another system"],
)
def test_a_processor_has_a_name_and_its_widest_vectors(
    description: str, processor: str, vectors: str
) -> None:
    assert machines.processor_of(description) == processor
    assert machines.vectors_of(description) == vectors


def test_a_system_without_a_description_has_the_names_that_python_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machines, "PROCESSORS", tmp_path / "none")
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "arm64")

    machine = machines.machine()

    assert (machine["processor"], machine["vectors"]) == ("arm64", "")
    assert machine["cores"] >= 1
    assert machine["memory"] > 2**20
