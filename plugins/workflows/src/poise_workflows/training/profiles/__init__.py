"""Profiles: configurations of training by name, each a file that can be copied and changed.

The figures of the first eleven are those of SLEAP's profiles of the same names, in edition 2026.
"""
