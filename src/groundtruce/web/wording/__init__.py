"""Words of a page: phrases, entries, cosigners, and what is around every page."""
