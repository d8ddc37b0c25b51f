"""The trackers that move earlier instances to the current frame by optical flow."""
