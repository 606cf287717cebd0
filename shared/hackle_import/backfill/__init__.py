"""Years of drops at once: parts for task arrays, hints for a queue of its own, and what all of it will cost. What a
drop becomes, `ingest` alone decides; here is only which drops are told, and to whom."""
