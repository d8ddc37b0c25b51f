"""The formats of Poise's own exporters, a module each."""
