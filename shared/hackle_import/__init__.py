"""JSON and CSV drops become Parquet that Hackle reads, one set of files per day of event time.

event -> drop -> [ledger: done already?] -> pinned reads -> decompressed chunks of whole records
      -> source columns -> target columns (or a reject with a code) -> spool by day -> Parquet
      -> intent -> upload -> commit -> delete what the commit replaced -> receipt

Every row of a drop is written, rejected with a reason, or filtered on purpose; `ingest` is the one function that acts.
"""
