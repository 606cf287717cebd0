"""What the decoder in C answers if it is of these sources: `make native` writes this, and it is committed."""

INTERFACE = 0x8E47E01B92C32BFA
