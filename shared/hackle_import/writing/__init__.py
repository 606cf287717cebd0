"""Rows -> files: held by day, encoded as Parquet under the names of the published layout; rejects beside them."""
