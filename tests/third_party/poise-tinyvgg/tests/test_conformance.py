import poise.testing


@poise.testing.conformance("tinyvgg")
def test_conformance(check):
    check()
