"""Configurations as text: strict JSON and YAML in and out, and data as strict structures."""
