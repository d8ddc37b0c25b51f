"""What comes from files is text in a page, whatever it looks like."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from poise_workflows.reporting.markup import element, page_text


class Seen(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[Any] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@settings(max_examples=30)
@given(st.text())
def test_a_text_and_an_attribute_never_become_a_tag(text: str) -> None:
    plain = Seen(page_text("", "", element("p", "", title="")))

    page = page_text(text, "", element("p", text, element("b"), text, title=text))

    assert Seen(page).tags == [*plain.tags, "b"]


def test_names_of_attributes_are_those_of_html() -> None:
    made = element("a", class_="x", aria_label="y", hidden=True, open=False, href=None, x=0.5)

    assert made.attrib == {"class": "x", "aria-label": "y", "hidden": "", "x": "0.5"}


def test_texts_and_elements_keep_their_order() -> None:
    made = element("p", "a", element("b", "c"), None, "d", "e", element("i"), "f")

    assert "".join(made.itertext()) == "acdef"
    assert [child.tag for child in made] == ["b", "i"]
