"""The ledger's decisions, document in, document out; then how a document is loaded and saved."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.errors import Changed, NewerLedger, Unavailable
from hackle_import.ingest import ledger
from hackle_import.ingest.ledger import Commit, Entry, Output, Rejects
from hackle_import.receipt import Outcome, Receipt
from hackle_import.stores.memory import MemoryStore
from support.world import V1, V2, V3, Failing

NOW = datetime(2025, 1, 10, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
DROP = Drop.at("staging", "incoming/hackle/a.ndjson")
NEW = Entry(DROP.key)


def receipt(version, outcome=Outcome.WRITTEN):
    return Receipt(source=DROP.key, version=version.digest, mapping="hackle", outcome=outcome)


def output(key):
    return Output(key, 1, 100, "digest")


def rejects(name):
    return Rejects(DROP.rejected_key, f"put {name}", f"/copy {name}")


def committed(version, *keys, rejected=None, entry=NEW, now=EARLIER):
    return ledger.commit(entry, version, [output(key) for key in keys], receipt(version), rejected, now)


def given_up(version, entry, rejected=None, now=NOW):
    return ledger.give_up(entry, version, receipt(version, Outcome.FAILED), rejected, now)


def test_nothing_is_done_of_a_drop_that_nobody_handled():
    assert not ledger.is_done(NEW, V1)


def test_a_committed_version_is_done_and_another_one_is_not():
    entry = committed(V1, "a")
    assert ledger.is_done(entry, V1)
    assert not ledger.is_done(entry, V2)


def test_a_version_that_was_given_up_is_done_too():
    assert ledger.is_done(given_up(V1, NEW), V1)


def test_a_version_is_not_done_while_anything_is_under_way():
    assert not ledger.is_done(ledger.intend(committed(V1, "a"), V2, ["b"], NOW), V1)


def test_an_intent_keeps_what_is_committed():
    before = committed(V1, "a", rejected=rejects("v1"))
    after = ledger.intend(before, V2, ["b"], NOW)
    assert (after.intent_version, after.intent) == (V2.digest, ["b"])
    assert (after.commit, after.settled, after.rejects, after.garbage) == (before.commit, V1.digest, before.rejects, {})


def test_an_intent_of_the_same_version_adds_to_it_each_key_once_and_in_order():
    entry = ledger.intend(ledger.intend(NEW, V1, ["b", "a"], NOW), V1, ["a", "c"], NOW)
    assert entry.intent == ["b", "a", "c"]
    assert entry.garbage == {}


def test_an_intent_of_another_version_makes_garbage_of_what_was_left_unfinished():
    entry = ledger.intend(ledger.intend(NEW, V1, ["a"], EARLIER), V2, ["b"], NOW)
    assert (entry.intent_version, entry.intent, entry.garbage) == (V2.digest, ["b"], {"a": NOW})


def test_a_commit_ends_the_intent_that_it_fulfils():
    entry = committed(V1, "a", entry=ledger.intend(NEW, V1, ["a"], NOW))
    assert (entry.intent, entry.intent_version, entry.garbage) == ([], "", {})
    assert entry.commit == Commit(V1.digest, [output("a")], receipt(V1))


def test_a_commit_makes_garbage_of_what_it_replaces():
    assert committed(V2, "b", entry=committed(V1, "a"), now=NOW).garbage == {"a": NOW}


def test_a_commit_makes_garbage_of_what_was_announced_and_is_not_part_of_it():
    entry = ledger.intend(NEW, V1, ["a", "b"], NOW)
    assert committed(V1, "b", entry=entry, now=NOW).garbage == {"a": NOW}


def test_a_commit_of_the_same_keys_leaves_no_garbage():
    again = ledger.intend(committed(V1, "a"), V1, ["a"], NOW)
    assert committed(V1, "a", entry=again, now=NOW).garbage == {}


def test_a_commit_takes_back_from_the_garbage_what_it_lists():
    entry = committed(V2, "b", entry=committed(V1, "a"), now=EARLIER)
    assert committed(V1, "a", entry=entry, now=NOW).garbage == {"b": NOW}


def test_the_copy_of_rejects_that_a_commit_replaces_is_garbage():
    entry = committed(V1, "a", rejected=rejects("v1"))
    after = committed(V2, "b", entry=entry, now=NOW)
    assert (after.rejects, after.garbage) == (None, {"a": NOW, "/copy v1": NOW})


def test_the_copy_of_rejects_that_a_commit_lists_is_none():
    entry = ledger.intend(NEW, V1, ["/copy v1", "/copy left by another"], NOW)
    after = committed(V1, rejected=rejects("v1"), entry=entry, now=NOW)
    assert (after.rejects, after.garbage) == (rejects("v1"), {"/copy left by another": NOW})


def test_a_version_that_is_given_up_leaves_the_rows_of_the_last_commit():
    before = committed(V1, "a")
    after = given_up(V2, ledger.intend(before, V2, ["b"], NOW))
    assert (after.commit, after.settled, after.receipt.outcome) == (before.commit, V2.digest, Outcome.FAILED)
    assert (after.intent, after.intent_version, after.garbage) == ([], "", {"b": NOW})


def test_a_version_that_is_given_up_keeps_the_rejects_that_it_is_handed():
    before = committed(V1, "a", rejected=rejects("v1"))
    assert given_up(V2, before, rejects("v1")).garbage == {}
    withheld = given_up(V2, before, rejects("v2"))
    assert (withheld.rejects, withheld.garbage) == (rejects("v2"), {"/copy v1": NOW})


def test_garbage_keeps_the_time_since_which_it_is_none_of_the_drop_s():
    entry = committed(V2, "b", entry=committed(V1, "a"), now=EARLIER)
    assert committed(V3, "c", entry=entry, now=NOW).garbage == {"a": EARLIER, "b": NOW}


@pytest.mark.parametrize(
    ("age", "is_kept"),
    [(timedelta(hours=23, minutes=59), True), (timedelta(days=1), False), (timedelta(days=9), False)],
)
def test_garbage_is_forgotten_once_it_was_deleted_when_nobody_could_write_it_any_more(age, is_kept):
    entry = Entry(DROP.key, garbage={"a": NOW - age})
    after = ledger.forget_garbage(entry, ["a"], NOW)
    assert ("a" in after.garbage, "a" in after.deleted) == (is_kept, not is_kept)


def test_garbage_is_never_forgotten_by_age_alone():
    entry = Entry(DROP.key, garbage={"a": NOW - timedelta(days=99)})
    assert ledger.forget_garbage(entry, [], NOW).garbage == entry.garbage
    for after in (ledger.intend(entry, V1, ["b"], NOW), committed(V1, "b", entry=entry), given_up(V1, entry)):
        assert "a" in after.garbage


@pytest.mark.parametrize(
    ("age", "is_free"), [(timedelta(0), False), (timedelta(hours=47), False), (timedelta(days=2), True)]
)
def test_a_name_is_free_once_nobody_who_read_it_as_garbage_can_be_alive(age, is_free):
    forgotten = ledger.forget_garbage(Entry(DROP.key, garbage={"a": NOW - timedelta(days=1)}), ["a"], NOW)
    kept = committed(V1, "b", entry=forgotten)
    assert ledger.is_free(ledger.forget_garbage(kept, [], NOW + age), "a") == is_free


def test_what_a_worker_that_yields_must_leave_alone():
    entry = ledger.intend(committed(V1, "a", rejected=rejects("v1")), V2, ["b"], NOW)
    assert ledger.listed(entry) == {"a", "/copy v1", "b"}


def test_garbage_may_be_deleted_by_a_worker_that_yields():
    assert ledger.listed(committed(V2, "b", entry=committed(V1, "a"))) == {"b"}


def test_a_decision_changes_no_document():
    before = ledger.intend(committed(V1, "a", rejected=rejects("v1")), V2, ["b"], NOW)
    body = repr(before)
    ledger.intend(before, V2, ["c"], NOW)
    committed(V2, "b", entry=before)
    given_up(V2, before)
    assert repr(before) == body


# ---- documents ----


@pytest.fixture
def store():
    return MemoryStore(lambda: NOW, "staging")


def test_a_document_is_loaded_as_it_was_saved(store):
    entry = ledger.intend(committed(V1, "a", rejected=rejects("v1")), V2, ["b"], NOW)
    version = ledger.save(store, DROP, entry, None)
    saved = replace(entry, document=ledger.DOCUMENT)
    assert ledger.load(store, DROP) == (saved, version)
    assert list(ledger.entries(store)) == [saved]


def test_a_drop_without_a_document_has_an_empty_one(store):
    assert ledger.load(store, DROP) == (NEW, None)


@pytest.mark.parametrize("replacing", [None, "an older one"])
def test_a_document_that_another_worker_replaced_is_not_overwritten(store, replacing):
    theirs = committed(V1, "a")
    ledger.save(store, DROP, theirs, None)
    with pytest.raises(Changed):
        ledger.save(store, DROP, committed(V2, "b"), replacing)
    assert ledger.load(store, DROP)[0] == replace(theirs, document=ledger.DOCUMENT)


@pytest.mark.parametrize("error", [Unavailable("no answer"), Changed("refused to the client's own retry")])
def test_an_answer_that_is_lost_is_resolved_by_looking(store, error):
    entry = committed(V1, "a")
    deaf = Failing(store, "put_if_absent", after=True, error=error)
    assert ledger.save(deaf, DROP, entry, None) == ledger.load(store, DROP)[1]


def test_a_save_that_had_no_effect_is_none(store):
    with pytest.raises(Unavailable):
        ledger.save(Failing(store, "put_if_absent", after=False), DROP, NEW, None)
    assert ledger.load(store, DROP) == (NEW, None)


def put(store, **more):
    """A document as `committed` gives it, with other fields."""
    entry = msgspec.to_builtins(committed(V1, "a")) | more
    store.put(DROP.state_key, msgspec.json.encode(entry))


def test_a_document_of_the_first_release_is_read(store):
    """It had no number, and did not keep what a version is made of."""
    entry = msgspec.to_builtins(committed(V1, "a"))
    for name in ("document", "made_of", "deleted"):
        del entry[name]
    for name in ("changed", "hash_key_id"):
        del entry["receipt"][name], entry["commit"]["receipt"][name]
    store.put(DROP.state_key, msgspec.json.encode(entry))
    found = ledger.load(store, DROP)[0]
    assert (found.commit, ledger.is_done(found, V1), ledger.changes(found, V1)) == (
        committed(V1, "a").commit,
        False,
        ["release"],
    )


def test_what_is_new_in_a_document_is_passed_over_where_it_does_not_mislead(store):
    put(store, colour="blue")
    assert ledger.load(store, DROP)[0] == committed(V1, "a")


NEWER = [
    {"document": ledger.DOCUMENT + 1},
    {"document": ledger.DOCUMENT + 1, "commit": "of another kind"},
    {"receipt": msgspec.to_builtins(receipt(V1)) | {"outcome": "of a later day"}},
]


@pytest.mark.parametrize("more", NEWER)
def test_a_document_that_would_mislead_is_told_and_left_alone(store, more):
    put(store, **more)
    before = store.get(DROP.state_key)
    with pytest.raises(NewerLedger, match="update hackle-import"):
        ledger.load(store, DROP)
    (told,) = ledger.entries(store)
    assert DROP.source in told.key
    assert store.get(DROP.state_key) == before


def test_no_thread_is_the_first_that_asks_msgspec_for_the_types_of_a_document(monkeypatch):
    """Two that did so at once ended the process by a segmentation fault."""
    monkeypatch.setattr(msgspec.json, "decode", None)
    assert ledger.decoded(DROP.state_key, msgspec.json.encode(NEW)) == NEW
