"""What the decoder in C answers if it is of these sources: `make native` writes this, and it is committed."""

INTERFACE = 0x35596D4900E484E1
