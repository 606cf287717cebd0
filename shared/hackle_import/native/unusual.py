"""What the decoder's plan has no place for."""


class Unusual(Exception):  # noqa: N818 - not an error: Python takes the mapping
    """The decoder has no place for this."""
