import poise.testing


@poise.testing.conformance("nearest", kind="tracker")
def test_conformance(check):
    check()
