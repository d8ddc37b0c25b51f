import poise.testing


@poise.testing.conformance("disks")
def test_conformance(check):
    check()
