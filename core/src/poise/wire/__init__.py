"""Configurations as text: strict JSON and YAML in and out, and SLEAP's job files."""
