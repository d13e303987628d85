"""Time cut into slabs with halos, for runs that no single machine holds."""
