"""Requests and answers: addresses, routing, limits, errors, redirects."""
