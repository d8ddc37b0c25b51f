"""The conformance checks of exporters, which ``poise test KEY`` runs."""
