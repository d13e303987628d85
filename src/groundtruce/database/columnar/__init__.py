"""Columns of all incidents in memory, and their packed form."""
