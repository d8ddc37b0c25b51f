"""The conformance checks of suggesters, which ``poise test KEY`` runs."""
