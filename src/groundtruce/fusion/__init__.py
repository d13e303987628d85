"""Fusion: from many reports to incidents. Pure functions of tables."""
