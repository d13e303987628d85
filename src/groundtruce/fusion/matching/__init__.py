"""Which pairs can be one event, and how much speaks for it."""
