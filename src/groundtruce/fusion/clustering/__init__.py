"""From scored pairs to groups of reports, under what people decided."""
