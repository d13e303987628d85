"""What an entry of a log says: its one byte form, its kinds and their schemas."""
