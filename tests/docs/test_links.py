"""No link of a page leads nowhere, and the pages can be found."""

import pytest

from support.pages import ROOT, anchors, links, names, page, prose


def test_there_are_links_and_anchors_to_check():
    assert "docs/first-csv.md" in links("README.md")
    assert "faults-the-whole-drop-failed" in anchors("docs/repair.md")
    assert "exactly-once" in anchors("docs/architecture.md")


@pytest.mark.parametrize("name", names())
def test_a_page_s_links_lead_somewhere(name):
    assert dead(name) == []


def dead(name):
    return [link for link in links(name) if not leads_somewhere(name, link)]


def leads_somewhere(name, link):
    path, _, anchor = link.partition("#")
    target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or anchor in anchors(str(target.relative_to(ROOT)))


def test_a_link_or_an_anchor_that_is_gone_is_noticed():
    assert leads_somewhere("README.md", "docs/repair.md#outcomes")
    assert not leads_somewhere("README.md", "docs/repair.md#income")
    assert not leads_somewhere("README.md", "docs/rapair.md")
    assert not leads_somewhere("README.md", "../outside.md")


def test_every_page_is_linked_from_the_readme():
    linked = set(links("README.md"))
    assert [name for name in names() if name.startswith("docs/") and name not in linked] == []


def test_the_readme_is_short():
    assert len(page("README.md").splitlines()) <= 200


@pytest.mark.parametrize("name", names())
def test_a_page_has_one_title(name):
    if ".github/" not in name or name.endswith(("CONTRIBUTING.md", "SECURITY.md")):
        assert sum(line.startswith("# ") for line in prose(name).splitlines()) == 1
