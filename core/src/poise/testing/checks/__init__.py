"""The checks, by what they look at. ``poise.testing.check`` gathers them."""
