"""`convert`: the same bytes never come twice without a word, whatever became of the files' paths."""

import gzip
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackle_import import cli
from hackle_import.cli import command
from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.mapping import preset
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores import open_store
from support.samples import NOW, event, ndjson
from support.world import ids_in

cli.load()
pytestmark = pytest.mark.attack
GOOD = ndjson(event(1), event(2))


def call(*words):
    return CliRunner().invoke(command, [str(word) for word in words])


def convert(folder, *sources):
    return call("convert", *sources, "--out", folder / "out", "--json")


def receipts(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def put(path, body=GOOD):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def ids(folder):
    return ids_in(open_store(str(folder / "out")))


def verified(folder):
    return call("verify", folder / "out", "--staging", folder / "out-ledger").exit_code == 0


@pytest.mark.parametrize("how", [os.rename, shutil.copy])
def test_a_file_that_was_moved_is_taken_over(tmp_path, proves, how):
    convert(tmp_path, put(tmp_path / "a/x.ndjson"))
    (tmp_path / "b").mkdir()
    how(tmp_path / "a/x.ndjson", tmp_path / "b/y.ndjson")
    (tmp_path / "a/x.ndjson").unlink(missing_ok=True)
    done = convert(tmp_path, tmp_path / "b/y.ndjson")
    assert done.exit_code == 0
    assert f"{tmp_path}/b/y.ndjson: it was {tmp_path}/a/x.ndjson, which is gone" in done.stderr
    assert ids(tmp_path) == ["u1", "u2"]
    assert verified(tmp_path)
    (tmp_path / "b/y.ndjson").write_bytes(ndjson(event(3)))  # and is replaced from where it is now
    convert(tmp_path, tmp_path / "b/y.ndjson")
    assert ids(tmp_path) == ["u3"]
    proves("A file that was moved is taken over: its rows come once.")


def test_a_fresh_temporary_folder_each_night_doubles_nothing(tmp_path):
    for night in range(3):
        convert(tmp_path, put(tmp_path / f"tmp{night}/x.ndjson").parent)
        shutil.rmtree(tmp_path / f"tmp{night}")
        assert ids(tmp_path) == ["u1", "u2"]
    assert verified(tmp_path)


def test_a_copy_is_refused_and_both_are_named(tmp_path, proves):
    one, two, other = (
        put(tmp_path / "a/x.ndjson"),
        put(tmp_path / "b/y.ndjson"),
        put(tmp_path / "b/z.ndjson", ndjson(event(9))),
    )
    convert(tmp_path, one)
    done = convert(tmp_path, tmp_path / "b")
    assert done.exit_code == 2
    assert f"{two}: it holds the same as {one}" in done.stderr
    assert [receipt["source"] for receipt in receipts(done)] == [str(other)]  # it stops no other
    assert ids(tmp_path) == ["u1", "u2", "u9"]
    done = call("convert", two, "--copy", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert ids(tmp_path) == ["u1", "u1", "u2", "u2", "u9"]
    assert convert(tmp_path, two).exit_code == 0  # it is a file of its own from then on
    proves("A copy is refused, both are named, and --copy takes it.")


def test_copies_in_one_call_are_told(tmp_path):
    put(tmp_path / "a/1.ndjson"), put(tmp_path / "a/2.ndjson")
    done = convert(tmp_path, tmp_path / "a")
    assert (done.exit_code, len(receipts(done))) == (2, 1)
    assert ids(tmp_path) == ["u1", "u2"]


def test_a_file_that_becomes_another_is_told(tmp_path):
    put(tmp_path / "a.ndjson"), put(tmp_path / "b.ndjson", ndjson(event(5)))
    convert(tmp_path, tmp_path / "a.ndjson", tmp_path / "b.ndjson")
    (tmp_path / "a.ndjson").rename(tmp_path / "b.ndjson")
    done = convert(tmp_path, tmp_path / "b.ndjson")
    assert done.exit_code == 2
    assert f"{tmp_path}/a.ndjson" in done.stderr


def test_files_that_rotate_keep_their_rows(tmp_path):
    log = put(tmp_path / "log/a.ndjson")
    convert(tmp_path, log.parent)
    log.rename(tmp_path / "log/a.1.ndjson")
    put(log, ndjson(event(5)))
    assert convert(tmp_path, log.parent).exit_code == 0
    assert ids(tmp_path) == ["u1", "u2", "u5"]
    assert verified(tmp_path)


def test_a_name_that_is_used_again_is_another_file(tmp_path):
    convert(tmp_path, put(tmp_path / "a.ndjson"))
    (tmp_path / "a.ndjson").rename(tmp_path / "b.ndjson")
    convert(tmp_path, tmp_path / "b.ndjson")
    convert(tmp_path, put(tmp_path / "a.ndjson", ndjson(event(5))))
    assert ids(tmp_path) == ["u1", "u2", "u5"]
    assert verified(tmp_path)


@pytest.mark.parametrize("order", [("a", "a/sub/x.ndjson"), ("a/sub/x.ndjson", "a"), ("a/sub", "a/sub/../../a")])
def test_a_file_and_the_folder_above_it_are_one(tmp_path, order):
    put(tmp_path / "a/sub/x.ndjson")
    for source in order:
        assert convert(tmp_path, tmp_path / source).exit_code == 0
    assert ids(tmp_path) == ["u1", "u2"]
    assert verified(tmp_path)


def test_links_double_nothing(tmp_path):
    put(tmp_path / "a/x.ndjson")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "one").symlink_to(tmp_path / "a/x.ndjson")
    for source in ("a", "link", "one", "link/x.ndjson"):
        assert convert(tmp_path, tmp_path / source).exit_code == 0
    (tmp_path / "a/hard.ndjson").hardlink_to(tmp_path / "a/x.ndjson")
    assert convert(tmp_path, tmp_path / "a").exit_code == 2  # a copy
    assert ids(tmp_path) == ["u1", "u2"]


def test_where_case_does_not_count_two_names_are_one_file(tmp_path):
    convert(tmp_path, put(tmp_path / "a.ndjson"))
    (tmp_path / "A.ndjson").hardlink_to(tmp_path / "a.ndjson")  # as such a file system shows one file
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(3)))
    assert convert(tmp_path, tmp_path / "A.ndjson").exit_code == 0
    assert ids(tmp_path) == ["u3"]


def test_where_case_counts_they_are_two(tmp_path):
    put(tmp_path / "a.ndjson"), put(tmp_path / "A.ndjson", ndjson(event(3)))
    assert convert(tmp_path, tmp_path / "a.ndjson", tmp_path / "A.ndjson").exit_code == 0
    assert ids(tmp_path) == ["u1", "u2", "u3"]


def zipped(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in files.items():
            archive.writestr(f"{name}.ndjson", body)
    return path


def test_an_archive_that_was_moved_or_unpacked(tmp_path):
    one = zipped(tmp_path / "one.zip", a=GOOD, b=ndjson(event(3)))
    convert(tmp_path, one)
    one.rename(tmp_path / "two.zip")
    assert convert(tmp_path, tmp_path / "two.zip").exit_code == 0
    assert ids(tmp_path) == ["u1", "u2", "u3"]
    done = convert(tmp_path, put(tmp_path / "a.ndjson"))  # unpacked, and still there
    assert done.exit_code == 2
    assert f"{tmp_path}/two.zip/a.ndjson" in done.stderr
    (tmp_path / "two.zip").unlink()
    assert convert(tmp_path, tmp_path / "a.ndjson").exit_code == 0
    assert ids(tmp_path) == ["u1", "u2", "u3"]


@pytest.mark.parametrize("cloud", ["s3", "gcs"])
def test_from_a_bucket(tmp_path, cloud, request):
    bucket = request.getfixturevalue(f"{cloud}_bucket")
    place = f"{'s3' if cloud == 's3' else 'gs'}://{bucket}/in"
    store = open_store(place)
    store.put("a.ndjson", GOOD)
    for source in (place, f"{place}/a.ndjson", place):
        assert convert(tmp_path, source).exit_code == 0
    done = convert(tmp_path, put(tmp_path / "a.ndjson"))
    assert done.exit_code == 2
    assert f"{place}/a.ndjson" in done.stderr
    store.delete("a.ndjson")
    assert convert(tmp_path, tmp_path / "a.ndjson").exit_code == 0
    assert ids(tmp_path) == ["u1", "u2"]


def rejected(folder):
    paths = (folder / "out-ledger/rejected").rglob("*.gz")
    return sorted(gzip.decompress(path.read_bytes()).decode() for path in paths if ".copies" not in path.parts)


@pytest.mark.parametrize("together", [True, False])
def test_two_files_of_one_name_keep_their_rejects(tmp_path, proves, together):
    days = [
        put(tmp_path / day / "x.ndjson", ndjson(event(number), event(7, ts=f"at {day}")))
        for number, day in enumerate(("mon", "tue"))
    ]
    for sources in [days] if together else [[day] for day in days]:
        assert convert(tmp_path, *sources).exit_code == 0
    for day in days:
        (receipt,) = receipts(convert(tmp_path, day))
        assert receipt["outcome"] == "skipped"
    assert [text.count("at mon") + 2 * text.count("at tue") for text in rejected(tmp_path)] in ([1, 2], [2, 1])
    assert verified(tmp_path)
    convert(tmp_path, put(days[1], ndjson(event(1))))  # the second has none any more
    assert [text.count("at mon") for text in rejected(tmp_path)] == [1]
    proves("Two files of one name, converted in two calls, keep their rejects.")


def test_what_is_gone_is_written_again_and_said_so(tmp_path, proves):
    source = put(tmp_path / "x.ndjson")
    convert(tmp_path, source)
    shutil.rmtree(tmp_path / "out")
    done = convert(tmp_path, source)
    assert "it is written again" in done.stderr
    assert (done.exit_code, receipts(done)[0]["outcome"]) == (0, "written")
    assert ids(tmp_path) == ["u1", "u2"]
    assert verified(tmp_path)
    assert "written again" not in convert(tmp_path, source).stderr
    proves("What was deleted from the output is written again, and that is said.")


@pytest.mark.parametrize("then", ["again", "its folder", "moved", "copied"])
def test_what_an_earlier_release_wrote_is_adopted(tmp_path, then):
    put(tmp_path / "a/sub/x.ndjson", GOOD + ndjson(event(7, ts="wrong")))
    drops, ledger, lake = (open_store(str(tmp_path / name)) for name in ("a", "out-ledger", "out"))
    drop = Drop(drops.place, "sub/x.ndjson", "hackle")
    ingest(drop, Places(drops, ledger, lake), Rules(), lambda: NOW, mapping=preset("hackle"))
    if then == "copied":
        shutil.copytree(tmp_path / "a", tmp_path / "b")
    source = {"again": "a/sub/x.ndjson", "its folder": "a/sub", "moved": "a", "copied": "b"}[then]
    done = convert(tmp_path, tmp_path / source)
    assert done.exit_code == (2 if then == "copied" else 0)
    assert ids(tmp_path) == ["u1", "u2"]
    assert verified(tmp_path)


def test_the_ledger_holds_no_plain_hash_of_a_file(tmp_path):
    import hashlib

    convert(tmp_path, put(tmp_path / "x.ndjson"))
    told = b"".join(path.read_bytes() for path in (tmp_path / "out-ledger").rglob("*") if path.is_file())
    assert not any(hashlib.new(name, GOOD).hexdigest().encode() in told for name in ("md5", "sha1", "sha256"))


BODIES = [ndjson(event(number)) for number in range(3)]
NAMES = ["a/x.ndjson", "b/x.ndjson", "b/y.ndjson"]
steps = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(NAMES), st.sampled_from(range(3))),
    st.tuples(st.just("move"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("convert"), st.sampled_from([*NAMES, "a", "b"]), st.just("")),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=3, max_size=12))
def test_whatever_becomes_of_files_no_row_comes_twice(tmp_path_factory, history):
    """Each file that is there and was not refused has its rows there."""
    folder = tmp_path_factory.mktemp("files")
    for step, one, other in history:
        path = folder / one
        if step == "put":
            put(path, BODIES[other])
        elif step == "delete":
            path.unlink(missing_ok=True)
        elif step == "move" and path.exists():
            Path(folder / other).parent.mkdir(exist_ok=True)
            path.rename(folder / other)
        elif step == "convert" and path.exists() and (path.is_file() or any(path.iterdir())):
            done = convert(folder, path)
            assert done.exit_code in (0, 2), done.output
            found = ids(folder)
            assert len(set(found)) == len(found), history
            there = [path] if path.is_file() else path.iterdir()
            assert {f"u{BODIES.index(file.read_bytes())}" for file in there} <= set(found), history
            assert verified(folder), history
