"""What incidents can be narrowed by: the address, SQL and masks of it."""
