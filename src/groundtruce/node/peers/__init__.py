"""Dealings with other nodes."""
