import poise.testing


@poise.testing.conformance("litert", kind="exporter")
def test_conformance(check):
    check()
