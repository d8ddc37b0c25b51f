import poise.testing


@poise.testing.conformance("crowded", kind="suggester")
def test_conformance(check):
    check()
