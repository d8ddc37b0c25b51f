"""Progress: one stream of events, shown as a bar, as JSON lines, or as a line now and then."""
