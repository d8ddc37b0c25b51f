"""The conformance checks of engines, which ``poise test KEY`` runs."""
