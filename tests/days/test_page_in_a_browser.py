"""The pages of closed days in a real browser: they are drawn, and the browser has nothing to say against them."""

import re
import zlib
from html import unescape

import msgspec
import pytest

from cli.test_page_in_a_browser import BROWSER, browse, console
from days.test_report import day
from hackle_import.days.pages import day_page, index_page
from hackle_import.days.report import Event, Property, Rows, same_weekdays
from hackle_import.days.warnings import warnings
from support.open_days import DAY

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium, which looks at reports: apt-get install chromium")

ODD = ["</script>", "<b>장바구니</b>", "'\"&", "구매", "\u202eevil"]


def report(events=200, rows=1000):
    names = [*ODD, *(f"event {number}" for number in range(events - len(ODD)))] if events else []
    hours = [(name, (7 * number + hour) % 24, 10 + hour) for number, name in enumerate(names) for hour in range(12)]
    made = day(
        DAY, rows, events=[Event(name, 1000 - number, [900, None, 800, 700]) for number, name in enumerate(names)],
        usual_hours=[500] * 24, usual_rows=100, rejects={"ts_missing": 50}, notes={"insert_id_made": 3},
        properties=[Property("</script>", "<i>", 5, 0.5, new=True)] if events else [],
    )  # fmt: skip
    made = msgspec.structs.replace(made, hours=hours, rows=Rows(written=rows))
    return msgspec.structs.replace(made, warnings=warnings(made, {}))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "odd": day_page(report()),
        "empty": day_page(report(0, 0)),
        "index": index_page([report(), *map(day, same_weekdays(DAY))]),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.mark.parametrize("name", ["odd", "empty", "index"])
def test_it_is_drawn_without_a_word_in_the_console(pages, name):
    done = browse(pages[name], "--dump-dom")
    assert console(done) == []
    assert done.stdout.count('id="plot-') > 0 or name == "empty"
    assert (done.stdout.count("<rect") > 3) == (name != "empty")
    assert 'src="' not in done.stdout
    assert "http-equiv" in done.stdout


def test_each_name_is_text_whatever_it_is(pages):
    dom = browse(pages["odd"], "--dump-dom").stdout
    events = re.findall(r'<td class="name">(.*?)</td>', dom.partition(">Events<")[2].partition("</table>")[0])
    assert [unescape(name) for name in events[:4]] == ODD[:4]
    assert len(events) == 200
    assert "\u202e" not in "".join(events)
    assert "ts_missing" in dom


def test_everything_is_there_with_scripts_off(pages, tmp_path):
    text = pages["odd"].read_text(encoding="utf-8")
    still = tmp_path / "still.html"
    still.write_text(re.sub(r"script-src [^\"]*", "script-src 'none'", text), encoding="utf-8")
    dom = browse(still, "--dump-dom").stdout
    assert dom.count('<td class="number">') == text.count('<td class="number">')
    assert "<rect" not in dom


@pytest.mark.parametrize(("language", "shown"), [("ko-KR", "ko"), ("de-DE", "en")])
def test_it_speaks_the_browser_s_language(pages, language, shown):
    dom = browse(pages["odd"], f"--lang={language}", f"--accept-lang={language}", "--dump-dom").stdout
    assert f'<html lang="{shown}"' in dom


def test_it_is_dark_where_the_browser_is(pages, tmp_path):
    shades = {}
    for name, scheme in (("light", 1), ("dark", 0)):
        shot = tmp_path / f"{name}.png"
        browse(pages["odd"], f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={shot}")
        shades[name] = sum(first_pixel(shot.read_bytes())) / 3
    assert shades["light"] > 240
    assert shades["dark"] < 40


@pytest.mark.parametrize("name", ["odd", "empty", "index"])
def test_it_can_be_printed(pages, tmp_path, name):
    paper = tmp_path / f"{name}.pdf"
    done = browse(pages[name], "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    assert console(done) == []
    leaves = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert leaves > 3 if name == "odd" else leaves in (1, 2)


def first_pixel(png):
    """Red, green and blue of the corner: in the first row no filter of PNG changes the first pixel."""
    parts, place = [], 8
    while place < len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        if png[place + 4 : place + 8] == b"IDAT":
            parts.append(png[place + 8 : place + 8 + size])
        place += 12 + size
    return zlib.decompress(b"".join(parts))[1:4]


def test_a_script_that_did_not_come_with_the_page_is_refused(pages, tmp_path):
    spoiled = tmp_path / "spoiled.html"
    spoiled.write_text(
        pages["odd"].read_text(encoding="utf-8").replace("</body>", "<script>document.title = 1</script></body>"),
        encoding="utf-8",
    )
    assert "Content Security Policy" in "".join(console(browse(spoiled, "--dump-dom")))
