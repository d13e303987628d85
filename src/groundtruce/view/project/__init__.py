"""What statements add up to: one reducer for each family of statement kinds."""
