"""The tracker that predicts each animal's motion with a Kalman filter."""
