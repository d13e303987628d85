"""Tables and feeds as they stream."""
