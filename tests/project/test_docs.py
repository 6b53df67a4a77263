"""The documents: their links lead somewhere, and they keep their size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "engine/toybox/weights/README.md"]


def lines_of(document: str) -> list[str]:
    return (ROOT / document).read_text(encoding="utf-8").splitlines()


def anchors(text: str) -> set[str]:
    """What can follow a # in a link to a document: its headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path):
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not link.startswith("https://"):
            assert target.exists(), link
            assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_documents_are_short():
    readme = lines_of("README.md")
    assert len(readme) <= 100 and max(map(len, readme)) <= 100
    assert len(lines_of("docs/performance.md")) <= 120
    assert len(" ".join(lines_of("docs/decisions.md")).split()) <= 1_500


def test_the_manual_names_every_operator():
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "operators").glob("*.py"))
    named = set(re.findall(r"dream\.\w+", (ROOT / "docs/manual.md").read_text(encoding="utf-8")))
    assert set(re.findall(r'bl_idname = "(dream\.\w+)"', source)) - named == set()
