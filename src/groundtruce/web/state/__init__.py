"""What requests share: settings, caches, metrics, and which view is shown."""
