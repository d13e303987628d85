"""The database programs: what is asked of them, their dialects, and opening one."""
