"""What the decoder in C answers if it is of these sources: `make native` writes this, and it is committed."""

<<<<<<< HEAD
INTERFACE = 0x3C7FCDD6A68D4557
=======
INTERFACE = 0xD188AEDAC3F24B84
>>>>>>> e63da67
