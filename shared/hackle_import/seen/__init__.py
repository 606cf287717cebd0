"""What is counted of a drop beside its rows: when they happened and under which keys, which sources they had, which
fields nothing used, which ids came twice. Names and counts, never a value of a row.

Nothing here reads a store, and no row is judged by it.
"""
