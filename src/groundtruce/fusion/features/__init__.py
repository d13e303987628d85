"""Reports as arrays, and how two of them compare."""
