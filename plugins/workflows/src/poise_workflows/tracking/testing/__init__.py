"""The conformance checks of trackers, which ``poise test KEY`` runs."""
