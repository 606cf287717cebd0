"""What the decoder in C answers if it is of these sources: `make native` writes this, and it is committed."""

INTERFACE = 0x6EC6028D331FCFF3
