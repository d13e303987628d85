"""Words, codes, instants and places with their precision, and the tables: no input, no output."""
