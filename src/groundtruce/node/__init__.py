"""One delegation's installation: its keys, its log, its copies of the others' logs, and what it does with them."""
