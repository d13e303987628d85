"""The terms of an agreement as values, and the document that carries them."""
