"""Compliance: incidents against clauses. Pure functions of tables."""
