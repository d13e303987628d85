"""Sealed files and withheld fields: stores, disclosure, erasure, time stamps."""
