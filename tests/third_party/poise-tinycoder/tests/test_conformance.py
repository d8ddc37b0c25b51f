import poise.testing


@poise.testing.conformance("tinycoder", "tinytower")
def test_conformance(check):
    check()
