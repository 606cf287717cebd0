"""An export as it is downloaded: a zip archive of gzip files, or the folder that it unpacks to."""

import gzip
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from hackle_import.cli import command, convert, preview
from hackle_import.errors import BadDrop
from hackle_import.reading.pinned import PinnedReader
from hackle_import.stores import Changed, NotFound
from hackle_import.stores.archive import Archive, is_archive
from support.samples import event, ndjson

assert all((convert, preview))  # they add their commands
GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(GOLDEN.glob("amplitude-*"))
BODY = bytes(range(256)) * 20000


def run(*words):
    return CliRunner().invoke(command, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path):
    """As an Export API's archive unpacks: one file an hour and part, in a folder of the project."""
    for hour, case in enumerate(CASES):
        path = tmp_path / "export" / "187520" / f"187520_2025-01-02_{hour}#0.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        (drop,) = (case / "drop").iterdir()
        body = drop.read_bytes()
        path.write_bytes(body if body[:2] == b"\x1f\x8b" else gzip.compress(body))
    return tmp_path / "export"


@pytest.fixture(params=[zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def archive(folder, tmp_path, request):
    with zipfile.ZipFile(tmp_path / "download", "w", request.param) as file:
        file.mkdir("187520")
        for path in sorted(folder.rglob("*.gz")):
            file.write(path, path.relative_to(folder))
    return tmp_path / "download"


def converted(source, out):
    done = run("convert", source, "--mapping", "amplitude", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    receipts = [json.loads(line) for line in done.output.splitlines()]
    told = ("outcome", "rows_in", "rows_written", "rejects", "notes", "days")
    return {Path(one["source"]).name: [one[name] for name in told] for one in receipts}


def test_an_untouched_export_gives_what_its_unpacked_files_give(archive, folder, tmp_path):
    unpacked = converted(folder, tmp_path / "a")
    assert len(unpacked) == len(CASES)
    assert {one[0] for one in unpacked.values()} == {"written"}
    assert converted(archive, tmp_path / "b") == unpacked


def test_a_second_run_over_an_archive_writes_nothing_new(archive, tmp_path):
    first = converted(archive, tmp_path / "out")
    files = sorted((tmp_path / "out").rglob("*.parquet"))
    assert {one[0] for one in converted(archive, tmp_path / "out").values()} == {"skipped"}
    assert sorted((tmp_path / "out").rglob("*.parquet")) == files
    assert len(first) == len(CASES)


def test_rejects_of_an_archive_name_the_file_in_it(archive, tmp_path):
    converted(archive, tmp_path / "out")
    path = next(
        (tmp_path / "out-ledger" / "rejected" / "187520").glob("187520_2025-01-02_*#0.json.gz.rejected.ndjson.gz")
    )
    reject = json.loads(gzip.decompress(path.read_bytes()).splitlines()[0])
    assert reject["source"].startswith("187520/187520_2025-01-02_")


def test_a_preview_of_an_archive_shows_its_first_file(archive):
    shown = run("preview", archive, "--mapping", "amplitude", "--json")
    assert json.loads(shown.stdout)["source"] == "187520/187520_2025-01-02_0#0.json.gz"


def test_a_zip_archive_in_a_bucket_fails_with_what_to_do(archive, tmp_path):
    target = tmp_path / "staging/incoming/amplitude/export.zip"
    target.parent.mkdir(parents=True)
    shutil.copy(archive, target)
    done = run("run", "--staging", tmp_path / "staging", "--import", tmp_path / "lake", "--json")
    assert json.loads(done.output)["fault"]["message"].startswith("a zip archive: drop the files in it")


def zipped(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in files.items():
            file.writestr(name, body)
    return path


def test_a_file_in_an_archive_is_read_in_ranges_in_any_order(tmp_path):
    with Archive(zipped(tmp_path / "a.zip", a=BODY, b=b"other"), 250) as archive:
        assert list(archive.keys("")) == ["a", "b"]
        found = archive.head("a")
        for start, end in ((0, 10), (10, 5000), (100, 120), (5_000_000, 5_000_100), (7, 9)):
            assert archive.read("a", found.version, start, end) == BODY[start:end]
        with PinnedReader(archive, found, 100_000) as reader:
            assert reader.readall() == BODY


def test_another_content_is_another_version_and_no_name_is_not_found(tmp_path):
    with Archive(zipped(tmp_path / "a.zip", a=b"one", b=b"two"), 250) as archive:
        assert archive.head("a").version != archive.head("b").version
        with pytest.raises(Changed):
            archive.read("a", archive.head("b").version, 0, 3)
        with pytest.raises(NotFound):
            archive.head("c")


def test_a_damaged_file_in_an_archive_fails_alone(tmp_path, archive):
    body = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as file:
        at = file.infolist()[1].header_offset
    body[at + 120] ^= 0xFF
    archive.write_bytes(body)
    done = run("convert", archive, "--mapping", "amplitude", "--out", tmp_path / "out", "--json")
    outcomes = [json.loads(line)["outcome"] for line in done.output.splitlines()]
    assert (done.exit_code, outcomes.count("failed"), outcomes.count("written")) == (1, 1, len(CASES) - 1)


def test_an_archive_that_is_cut_off_is_wrong_use(archive, tmp_path):
    archive.write_bytes(archive.read_bytes()[:-100])
    done = run("convert", archive, "--mapping", "amplitude", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "is no whole zip archive" in done.output


def test_a_name_that_leads_out_of_an_archive_is_refused(tmp_path):
    done = run("convert", zipped(tmp_path / "a.zip", **{"../../a.ndjson": b"{}"}), "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "leads out of it" in done.output
    assert not (tmp_path / "out").exists()


def test_a_packing_that_is_not_known_is_a_fault(tmp_path):
    path = zipped(tmp_path / "a.zip", a=b"{}" * 100)
    body = path.read_bytes().replace(b"\x08\x00", b"\x63\x00")  # method 99
    path.write_bytes(body)
    with Archive(path, 250) as archive, pytest.raises(BadDrop, match="cannot be read"):
        archive.read("a", archive.head("a").version, 0, 10)


def test_a_bomb_in_an_archive_ends_at_the_limit_on_size(tmp_path, monkeypatch):
    monkeypatch.setenv("HACKLE_MAX_BYTES", str(1 << 20))
    monkeypatch.setenv("HACKLE_MAX_RATIO", "100000")
    bomb = zipped(tmp_path / "a.zip", **{"a.ndjson": b'{"event_key": "a"}\n' * (1 << 20)})
    assert bomb.stat().st_size < 1 << 17
    done = run("convert", bomb, "--out", tmp_path / "out", "--json")
    assert json.loads(done.output)["fault"]["code"] == "too_large"


def test_an_archive_is_told_by_its_content(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"{}")
    assert not is_archive(tmp_path / "a.zip")
    assert not is_archive(tmp_path)


def test_a_workbook_is_no_archive_and_is_told_as_one_file(tmp_path):
    book = holding(tmp_path / "book.xlsx", ("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<workbook/>"))
    done = run("convert", book, "--out", tmp_path / "out", "--json")
    (told,) = map(json.loads, done.output.splitlines()[:1])
    assert (told["fault"]["code"], "Excel" in told["fault"]["message"]) == ("unknown_format", True)


def holding(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members:
            file.writestr(name, body)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")  # zipfile's, where the test writes it
@pytest.mark.parametrize(
    "names", [["a.ndjson", "a.ndjson"], ["./a.ndjson"], ["b//c.ndjson"], ["../a.ndjson"], ["/a.ndjson"]]
)
def test_names_that_are_no_plain_paths_are_told_before_anything_is_written(tmp_path, names):
    source = holding(
        tmp_path / "a.zip", ("first.ndjson", ndjson(event(1))), *((name, ndjson(event(2))) for name in names)
    )
    done = run("convert", source, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "one name" in done.output or "plain path" in done.output
    assert not (tmp_path / "out").exists()


def test_a_member_of_a_long_name_is_read_with_its_rejects(tmp_path):
    source = holding(tmp_path / "a.zip", ("가" * 100 + ".ndjson", ndjson(event(1), event(2, ts="wrong"))))
    done = run("convert", source, "--out", tmp_path / "out", "--json")
    assert (done.exit_code, json.loads(done.output)["rows_written"]) == (0, 1)


def test_what_is_hidden_in_an_archive_is_passed_over(tmp_path):
    source = holding(
        tmp_path / "a.zip", ("a.ndjson", ndjson(event(1))), ("__MACOSX/._a.ndjson", b"\0\5\x16\7"), (".DS_Store", b"x")
    )
    done = run("convert", source, "--out", tmp_path / "out", "--json")
    assert (done.exit_code, len(done.stdout.splitlines()), "passed over" in done.stderr) == (0, 1, True)


def test_a_member_that_expands_too_far_is_a_bad_drop_and_the_others_are_read(tmp_path):
    source = holding(tmp_path / "a.zip", ("a.ndjson", b" " * 40_000_000), ("b.ndjson", ndjson(event(1))))
    done = run("convert", source, "--out", tmp_path / "out", "--json")
    first, second = map(json.loads, done.output.splitlines())
    assert (done.exit_code, first["fault"]["code"], second["outcome"]) == (1, "ratio", "written")
