"""One day of the record, computed in one place for reports and pages."""
