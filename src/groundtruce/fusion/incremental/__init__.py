"""Reports that arrive one at a time, and the repair that equals the batch."""
