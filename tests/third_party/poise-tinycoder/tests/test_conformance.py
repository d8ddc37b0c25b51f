import poise.testing


@poise.testing.conformance("tinycoder", kind="encoder")
def test_conformance(check):
    check()
