"""The page of a preview, in a real browser: it is drawn, and the browser has nothing to say against it."""

import re
import shutil
import subprocess
from html import unescape

import pytest

from cli.test_commands import run

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium, which looks at a preview's page: apt-get install chromium"
)

NAMES = [
    "주문 번호",
    "주문일시",
    "이벤트",
    "회원번호",
    "운영체제",
    "앱버전",
    "결제 금액",
    *(f"속성 {number}" for number in range(1, 34)),
]
MAPPING = """
ts.timezone = "Asia/Seoul"
[fields]
insert_id = '"주문 번호"'
event_key = '"이벤트"'
ts = '"주문일시"'
metric_value = '"결제 금액"'
identifiers = { id = '"회원번호"', device_id = '"회원번호"' }
platform_properties = { osname = '"운영체제"', appversion = '"앱버전"' }
[fields.event_properties]
first = '"속성 1"'
gone = '"속성 99"'
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Of a table of 40 columns with Korean names, TABs within cells, and an event that would end a script."""
    folder = tmp_path_factory.mktemp("page")
    rows = ["\t".join(NAMES)]
    for number in range(60):
        event = ("구매", "</script>", "<b>장바구니</b>")[number % 3]
        system = "아이폰" if number % 10 == 9 else "iOS"
        first = [
            f"O-{number}",
            f"2025-03-{1 + number % 20:02} 10:00:00",
            event,
            f"회원{number}",
            system,
            "2.1",
            str(number),
        ]
        rows.append("\t".join([*first, '"값\t둘"', *["값"] * 32]))
    (folder / "주문.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "m.toml").write_text(MAPPING, encoding="utf-8")
    done = run("preview", folder / "주문.tsv", "--mapping", folder / "m.toml", "--html", folder / "page.html", "-n", 5)
    assert done.returncode == 0, done.stderr
    return folder / "page.html"


def browse(page, *arguments):
    return subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", "--v=0",
         f"--user-data-dir={page.parent / 'profile'}", *arguments, page.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip


def console(done):
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_it_is_drawn_without_a_word_in_the_console(page):
    picture = page.with_suffix(".png")
    done = browse(page, "--window-size=1400,3000", f"--screenshot={picture}")
    assert console(done) == []
    drawn = picture.read_bytes()
    assert (drawn[:4], int.from_bytes(drawn[16:20])) == (b"\x89PNG", 1400)
    empty = page.with_name("empty.html")
    empty.write_text("<!doctype html><title>nothing</title>")
    browse(empty, "--window-size=1400,3000", f"--screenshot={picture}")
    assert len(drawn) > 5 * picture.stat().st_size


def test_what_a_browser_makes_of_it_has_each_column_and_no_script(page):
    dom = browse(page, "--dump-dom").stdout
    assert "<script" not in dom
    assert dom.count("<h2>") == 6  # fields, events, days, rejected, remarked, rows
    fields = dom.partition("<h2>Fields</h2>")[2].partition("</table>")[0]
    assert [unescape(name) for name in re.findall(r'<td class="name">(.*?)</td>', fields)] == NAMES
    assert "in no row" in fields
    events = re.findall(r'<td class="name">(.*?)</td>', dom.partition("<h2>Events</h2>")[2].partition("</table>")[0])
    assert sorted(map(unescape, events)) == ["</script>", "<b>장바구니</b>", "구매"]
    assert "lost in 6 rows" in dom
    assert "값⇥둘" in dom
    assert "\ufffd" not in dom


def test_a_word_in_the_console_would_be_noticed(tmp_path):
    (tmp_path / "bad.html").write_text("<!doctype html><script>console.error('no')</script>")
    assert len(console(browse(tmp_path / "bad.html", "--dump-dom"))) == 1
