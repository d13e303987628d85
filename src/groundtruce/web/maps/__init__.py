"""Tiles, zones and still pictures of the map."""
