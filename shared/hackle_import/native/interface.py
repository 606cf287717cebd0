"""What the decoder in C answers if it is of these sources: `make native` writes this, and it is committed."""

INTERFACE = 0x5893C91D8E004F58
