"""The server and its pages: the view on screen, in three languages; it writes nothing to the record."""
