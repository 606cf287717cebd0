"""What is shown of each warehouse alike. A world has `source`, `store`, `now`, `insert`, `tick`, `settle`, `state`, `handle`."""

import json

from support.lazily import lazily

check, live, outlook = (lazily(f"hackle_import.warehouse.{name}") for name in ("check", "live", "outlook"))
columns, connecting = lazily("hackle_import.warehouse.columns"), lazily("hackle_import.warehouse.connect")


def book_and_warehouse(world, day):
    from hackle_import.warehouse.state import Book

    warehouse = connecting.connect(world.source, world.now)
    return columns.book_of(world.source, warehouse.columns(world.source, day), Book()), warehouse


def tried_in_earnest(world, day):
    """Of a day of twelve rows, of which ten are exported: what a check tells, and what an export in earnest does."""
    book, warehouse = book_and_warehouse(world, day)
    told = list(check.checked(world.store, world.store, world.source, warehouse, world.now))
    lines = list(live.tried(world.store, world.source, warehouse, book, day, world.now, lambda: None))
    assert [line for line in (*told, *lines) if not line.is_well] == []
    assert told[-3].told == "12 rows"
    assert lines[0].told.startswith(f"10 rows of {day} in ")
    assert lines[1].told == "10, as many as the warehouse counted"
    assert list(world.store.keys("incoming/")) == []
    return told, {line.what: line.told for line in lines}


def rows_shown(world, days):
    """(what a dry run tells of each day, some rows as an export has them), of a first day of twelve rows."""
    book, warehouse = book_and_warehouse(world, days[0])
    found = outlook.outlooks(world.source, warehouse, book, days)
    rows = [json.loads(line) for line in outlook.sampled(world.source, warehouse, book, found)]
    assert (len(rows), rows[0]["event_time"]) == (10, "2025-01-09T03:00:00.000000Z")
    return found, rows


def harm_a_part(world, day, harm):
    """Of four rows that were written and not yet offered, the first part is deleted; or altered once it is offered."""
    (key, *_) = (key for key in world.store.keys(f"exports/shop/{day}/0001/") if "part" in key)
    if harm == "missing":
        world.store.delete(key)
        (step,) = [one for one in world.tick() if one.day == str(day)]
        assert (step.phase, step.told.partition(":")[0]) == ("failed", "export_incomplete")
        world.settle()
        assert (world.state().attempt, world.handle().rows_written) == (2, 4)
    else:
        world.settle()
        world.store.put(key, world.store.get(key)[0] + b" ")
        receipt = world.handle()
        assert (receipt.rows_written, receipt.fault.code) == (0, "export_incomplete")
