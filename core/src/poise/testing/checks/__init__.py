"""The checks, by subject. ``poise.testing.check`` collects them."""
