"""Features and labels → a candidate."""
