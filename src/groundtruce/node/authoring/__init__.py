"""What a delegation records, stamps, erases and stands by."""
