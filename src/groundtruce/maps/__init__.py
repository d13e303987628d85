"""The ground, symbols and pictures of maps."""
