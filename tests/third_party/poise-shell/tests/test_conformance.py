import poise.testing


@poise.testing.conformance("shell", kind="engine")
def test_conformance(check):
    check()
