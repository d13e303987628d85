"""What the reports of a group say together."""
