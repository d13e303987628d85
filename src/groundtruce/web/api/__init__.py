"""The queries as data, a module for each kind: typed documents, and whole tables in three forms."""
