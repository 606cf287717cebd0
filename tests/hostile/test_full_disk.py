"""A temporary disk that is smaller than the setting promises is never filled up."""

import json
from collections import namedtuple

import pytest
from click.testing import CliRunner

from hackle_import.cli import command, outside, run
from support.samples import event, ndjson

assert run  # it adds its command
pytestmark = pytest.mark.attack
Usage = namedtuple("Usage", "free")


@pytest.fixture
def disk_of(monkeypatch):
    def small(free):
        monkeypatch.setattr(outside.shutil, "disk_usage", lambda _folder: Usage(free))  # a real one needs root
        outside._tell_disk.cache_clear()

    return small


def test_of_a_small_disk_half_is_taken_and_told(tmp_path, disk_of, proves):
    disk_of(24 << 20)
    incoming = tmp_path / "stg/incoming/hackle/day.ndjson"
    incoming.parent.mkdir(parents=True)
    pad = "".join(map(chr, range(0x4E00, 0x5600)))  # compresses badly
    incoming.write_bytes(ndjson(*(event(n, ts="wrong", event_properties={"x": pad[n % 999 :]}) for n in range(3000))))
    (tmp_path / "stg/mappings").mkdir()
    (tmp_path / "stg/mappings/hackle.toml").write_text("max_reject_ratio = 0.05\n")
    done = CliRunner().invoke(
        command, ["run", "--staging", str(tmp_path / "stg"), "--import", str(tmp_path / "lake"), "--json"]
    )
    assert "8 MiB of it are used" in done.stderr
    assert json.loads(done.stdout)["outcome"] == "withheld"
    proves("A temporary disk that is smaller than its setting is not filled: the drop is withheld, and the size told.")


@pytest.mark.parametrize(("free", "taken"), [(10 << 30, 320 << 20), (640 << 20, 320 << 20), (639 << 20, 256 << 20)])
def test_what_the_setting_says_is_taken_where_there_is_twice_as_much(disk_of, free, taken):
    disk_of(free)
    assert outside.rules().limits.spool_bytes == taken
