import pytest

import poise.testing

pytestmark = pytest.mark.slow  # forty blocks, built again and again


@poise.testing.conformance("convnext_tiny")
def test_conformance(check):
    check()
