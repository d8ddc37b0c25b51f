"""The checks, by what they look at. ``poise.testing.promises`` gathers them."""
