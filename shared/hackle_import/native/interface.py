"""What the decoder in C answers if it is of these sources: `make native` writes this, and it is committed."""

INTERFACE = 0x9E3D431C6CCB9F9D
