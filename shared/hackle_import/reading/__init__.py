"""Bytes -> chunks of whole records: pinned reads, decompression, the format, and where one record ends."""
