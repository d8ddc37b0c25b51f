import poise.testing


@poise.testing.conformance("heatline")
def test_conformance(check):
    check()
