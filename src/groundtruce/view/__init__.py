"""Everything computed from reports, counts and terms: a pure function of them, rebuilt at will."""
