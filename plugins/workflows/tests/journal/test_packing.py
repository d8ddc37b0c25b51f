"""JSON and arrays come back from their bytes as they were."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from poise_workflows.journal.packing import pack, unpack

DTYPES = st.sampled_from(["u1", "<i4", ">i4", "<i8", "<f4", "<f8", ">f8"]).map(np.dtype)
ARRAYS = st.dictionaries(
    st.text(min_size=1),
    DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0))),
    max_size=4,
)
FACTS = st.dictionaries(st.text().filter(lambda key: key != "arrays"), st.integers() | st.text())


@given(FACTS, ARRAYS)
def test_what_is_packed_is_unpacked(
    facts: dict[str, object], originals: dict[str, np.ndarray]
) -> None:
    back, arrays_back = unpack(pack(facts, originals))

    assert back == facts
    assert list(arrays_back) == list(originals)
    for name, array in originals.items():
        assert arrays_back[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(arrays_back[name], array)


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 8, b"\xff" * 40, (4).to_bytes(8, "little") + b"null"]
)
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not the content of a record: "):
        unpack(content)


def test_an_array_that_the_bytes_do_not_hold_is_refused() -> None:
    content = pack({}, {"points": np.zeros(100)})

    with pytest.raises(ValueError, match="not the content of a record: buffer is smaller"):
        unpack(content[:-8])


def test_types_that_run_code_are_refused() -> None:
    text = json.dumps({"arrays": [["points", "O", [1]]]}).encode()

    with pytest.raises(ValueError, match="OBJECT array"):
        unpack(len(text).to_bytes(8, "little") + text + b"\0" * 8)
