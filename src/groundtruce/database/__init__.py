"""The view as a database: filled from a view, changed with it, and asked by pages and exports."""
