"""Identities over time: trackers, and what a plugin that brings one implements."""
