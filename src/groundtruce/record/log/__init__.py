"""One delegation's own log: written durably, read, audited."""
