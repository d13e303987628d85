"""Intake: readers of the world's tables, and the quarantine for what cannot be read."""
