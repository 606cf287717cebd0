"""All that knows of the decoder in C: the library and its binding, plans for it, and what becomes of its answers."""
