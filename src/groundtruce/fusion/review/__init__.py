"""Which links people should look at first, and what an answer changes."""
