"""The page of a run: everything that is known is there, and nothing is fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from poise_workflows.reporting.page import PAGE, failures_noted, write_page
from poise_workflows.reporting.record_files import read_kept, write_record
from poise_workflows.reporting.records import Kept, Record

HOSTILE = '<script>alert("x")</script>&quot;\'><img src=x onerror=alert(1)>'
MAY_BE = {"data:", "#"}


INLINE = {"b", "strong", "code", "a"}


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_endtag(self, tag: str) -> None:
        self.words += "" if tag in INLINE else "\n"

    def of(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def seen(run: Path) -> Seen:
    write_page(run)
    return Seen((run / PAGE).read_text(encoding="utf-8"))


def fetched(page: Seen) -> list[str]:
    """What a browser would ask somebody for."""
    places = [*page.of("href"), *page.of("src"), *page.of("xlink:href"), *page.of("srcset")]
    return [place for place in places if not place.startswith(tuple(MAY_BE))]


def test_a_page_has_every_section_and_its_figures(run: Path) -> None:
    page = seen(run)

    titles = ["Curves", "Pictures", "Errors by part", "Identities", "Worst examples", "Data"]
    for words in (
        *titles,
        "Configuration",
        "3 of 3",
        "Finished: every epoch is done.",
        "loss: training from 4 to 1; validation from 5 to 3.5, least 3 in epoch 2.",
        "unet + dots",
        "2 labeled animals are left out",
        "over 2 of 9 validation examples",
        "flies.mp4, frame 8: 1 of 2 animals found, mean error 1.25 px",
        "names: anna 0.75",
        "model.backbone.unet.filters",
    ):
        assert words in page.words, words
    assert {"head", "tail", "anna", "bert"} <= set(re.findall(r"\w+", page.words))


def test_nothing_is_fetched_and_no_script_runs(run: Path) -> None:
    page = seen(run)

    assert fetched(page) == []
    assert not {"script", "iframe", "object", "embed", "base"} & set(page.tags)
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    text = re.sub(r"data:image/[^\"]+", "", (run / PAGE).read_text(encoding="utf-8"))
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert "@import" not in text


def test_names_from_files_are_text(run: Path, record_of: Callable[..., Record]) -> None:
    plain = seen(run).tags
    for name in ("status.json", "report.json", "split.json", "config.json", "request.json"):
        text = (run / name).read_text(encoding="utf-8")
        for word in ("flies.mp4", "flies.slp", "anna", "every epoch is done", "dots", "2 labeled"):
            text = text.replace(word, json.dumps(HOSTILE)[1:-1])
        (run / name).write_text(text, encoding="utf-8")
    record = record_of(3)
    parts = {HOSTILE: record.parts["head"], "tail": record.parts["tail"]}
    names = {"names": [HOSTILE, "bert"], "rows": record.confusion["rows"]}
    write_record(run, record_of(3, parts=parts, confusion=names, hidden=[HOSTILE]))

    page = seen(run)

    assert "script" not in page.tags
    assert "img" not in page.tags
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    assert page.words.count(HOSTILE) > 8
    assert set(page.tags) == set(plain)


def test_every_picture_is_told_in_words(run: Path) -> None:
    page = seen(run)

    assert page.tags.count("svg") == page.of("role").count("img") + page.of("aria-hidden").count(
        "true"
    ) - page.of("class").count("bar")
    assert all(page.of("aria-label"))
    assert "flies.mp4, frame 3 after epoch 2: map of confmaps" in page.of("aria-label")


def test_every_kept_epoch_has_a_button_and_the_last_is_chosen(run: Path) -> None:
    text = (write_page(run), (run / PAGE).read_text(encoding="utf-8"))[1]

    assert re.findall(r'<label for="epoch-(\d+)">', text) == ["1", "2", "3"]
    assert re.findall(r'<input[^>]*id="epoch-(\d+)"[^>]*checked', text) == ["3"]
    for epoch in (1, 2, 3):
        assert text.count(f'class="of e{epoch}"') == 2
        assert f"#epoch-{epoch}:checked ~ .cards .e{epoch}" in text


METRICS = {
    "metrics": {
        "dist.avg": {"value": 1.234, "meaning": "Pixels off, on average."},
        "tracking.idf1": {"value": None, "meaning": "Of tracks."},
    },
    "parts": {"head": {"mean": 0.5, "labeled": 3}},
    "animals": {"anna": {"mean": 0.25, "switches": 1}},
    "notes": ["one frame is shared"],
}


def test_metrics_are_shown_with_their_meanings(run: Path) -> None:
    (run / "metrics.json").write_text(json.dumps(METRICS), encoding="utf-8")

    page = seen(run)

    for words in ("mean error", "1.23", "Pixels off, on average.", "one frame is shared", "0.25"):
        assert words in page.words, words


def test_metrics_that_cannot_be_read_are_a_sentence(run: Path) -> None:
    (run / "metrics.json").write_text("{", encoding="utf-8")

    assert "They cannot be shown: " in seen(run).words


@pytest.mark.parametrize(
    "gone", ["status.json", "report.json", "split.json", "config.json", "request.json", "log.csv"]
)
@pytest.mark.parametrize("content", [None, "[", "[]", "\0\n\n,,\n"])
def test_a_file_that_is_missing_or_damaged_leaves_a_gap(
    gone: str, content: str | None, run: Path
) -> None:
    (run / gone).unlink()
    if content is not None:
        (run / gone).write_text(content, encoding="utf-8")

    assert "Curves" in seen(run).words


def test_a_run_without_an_epoch_has_a_page(tmp_path: Path) -> None:
    page = seen(tmp_path)

    assert "No epoch is done yet." in page.words
    assert "No epoch has pictures yet." in page.words


def test_a_damaged_record_is_said_on_the_page(run: Path) -> None:
    (run / "report" / "epoch-000002.json").write_text("{", encoding="utf-8")

    assert "report/epoch-000002.json cannot be read" in seen(run).words


def test_a_page_of_many_epochs_stays_small(run: Path, record_of: Callable[..., Record]) -> None:
    rows = "".join(f"{epoch},0.1,{1 / (epoch + 1)},{2 / (epoch + 1)}\n" for epoch in range(5000))
    (run / "log.csv").write_text(f"epoch,learning_rate,loss,val_loss\n{rows}", encoding="utf-8")

    write_page(run)

    assert (run / PAGE).stat().st_size < 200_000


def test_a_failure_becomes_a_note_but_not_a_ctrl_c() -> None:
    notes: list[str] = []

    with failures_noted("not written", notes.append):
        raise OSError("the disk is full")

    assert notes == ["report.html is not written: OSError: the disk is full"]
    with pytest.raises(KeyboardInterrupt), failures_noted("not written", notes.append):
        raise KeyboardInterrupt


def test_the_last_page_and_one_in_between_say_the_same(run: Path) -> None:
    write_page(run)
    whole = (run / PAGE).read_text(encoding="utf-8")
    rows = [
        {"epoch": 0, "learning_rate": 0.01, "loss": 4.0, "val_loss": 5.0},
        {"epoch": 1, "learning_rate": 0.01, "loss": 2.0, "val_loss": 3.0},
        {"epoch": 2, "learning_rate": 0.005, "loss": 1.0, "val_loss": 3.5},
    ]
    kept: Kept = read_kept(run, 3)

    write_page(run, rows, kept)

    assert (run / PAGE).read_text(encoding="utf-8") == whole
