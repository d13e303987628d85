"""What a delegation records, stamps, erases and publishes."""
