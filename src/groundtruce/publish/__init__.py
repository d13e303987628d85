"""Publishing: reports and tables as files for people and programs."""
