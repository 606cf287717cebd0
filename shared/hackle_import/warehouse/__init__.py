"""Warehouses as sources: a day of a table in Redshift or BigQuery is exported, and becomes one drop.

Decisions are pure: a state document, and what was seen of the warehouse, become the next step. `tick` gathers, decides
and applies; the clients are the only modules that know a warehouse's library.
"""
