"""From a view to rows of the database: whole, or only what changed."""
