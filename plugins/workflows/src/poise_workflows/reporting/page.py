"""The page of a run: ``report.html``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import Element

import poise
from poise.messages import counted, described
from poise.writing.whole_files import write_text
from poise_workflows.reporting.accounts import Account, read_account
from poise_workflows.reporting.curves import number
from poise_workflows.reporting.facts import config_section, data_section
from poise_workflows.reporting.figures import (
    curves_section,
    identities_section,
    metrics_section,
    parts_section,
)
from poise_workflows.reporting.markup import bullets, element, page_text, paragraph
from poise_workflows.reporting.pictures import pictures_section, worst_section
from poise_workflows.reporting.records import Kept
from poise_workflows.reporting.style import style_of
from poise_workflows.reporting.tables import NOTHING

PAGE = "report.html"

LONG = 16
"""Letters from which on a fact takes two columns."""

Note = Callable[[str], None]
"""Keeps a sentence in the report of a run."""


def write_page(
    run: Path, rows: Sequence[Mapping[str, float]] | None = None, kept: Kept | None = None
) -> None:
    """Write the page of a run; it appears when it is whole.

    Args:
        run: its folder.
        rows: the log; by default that of the folder.
        kept: pictures and errors; by default those of the folder.

    Raises:
        OSError: the disk does not take it. An existing page stays unchanged.
    """
    write_text(run / PAGE, page_of(read_account(run, rows, kept)))


@contextmanager
def failures_noted(what: str, note: Note) -> Iterator[None]:
    """Let an error of what draws become a note: no training may end by it.

    Args:
        what: what the page then is.
        note: keeps the sentence.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - plugins, disks and devices fail in every way
        note(f"{PAGE} is {what}: {described(error)}")


def page_of(account: Account) -> str:
    """The page as HTML: one text that needs nothing else, not even a script."""
    last = account.kept.last
    best, _ = account.best
    sections = [
        curves_section(account.rows, account.kept, best),
        pictures_section(account.kept),
        metrics_section(account.metrics, account.metrics_note),
        parts_section(last),
        identities_section(last),
        worst_section(account.kept),
        data_section(account.report, account.split),
        config_section(account.config, account.request),
    ]
    shown = [each for each in sections if each is not None]
    epochs = [record.epoch for record in account.kept.records]
    return page_text(
        f"{account.name} – Poise",
        style_of(epochs),
        _header(account, shown),
        element("main", *shown),
        element("footer", f"Written by Poise {poise.__version__}."),
    )


def _header(account: Account, sections: Sequence[Element]) -> Element:
    items = [
        element("li", element("a", _title_of(section), href=f"#{section.get('id')}"))
        for section in sections
    ]
    return element(
        "header",
        paragraph("Training report", kind="kicker"),
        element("h1", account.name),
        paragraph(_state(account), kind="soft"),
        element("dl", *_facts(account), class_="facts"),
        bullets([f"{note}." for note in account.kept.notes], "notes warning"),
        element("nav", element("ul", *items), aria_label="Sections"),
    )


def _title_of(section: Element) -> str:
    heading = section.find("h2")
    return "" if heading is None else heading.text or ""


def _state(account: Account) -> str:
    state, reason = account.status.get("state", ""), account.status.get("reason", "")
    if state == "running":
        return "This run is training, or was killed. Load the page again after an epoch."
    words = {"finished": "Finished", "interrupted": "Interrupted", "failed": "Failed"}
    return f"{words.get(state, 'Its state is not known')}{f': {reason}' if reason else ''}."


def _facts(account: Account) -> list[Element]:
    """What one wants to know first."""
    done, epochs = len(account.rows), account.status.get("epochs")
    best, loss = account.best
    last = account.kept.last
    devices = [note for note in account.report.get("notes", ()) if "device: " in note]
    facts = {
        "Epochs": f"{done} of {epochs}" if epochs else str(done),
        "Best epoch": str(best) if best else NOTHING,
        "Best validation loss": NOTHING if loss is None else f"{loss:.4g}",
        "Model": _model_of(account),
        "Device": devices[-1].partition("device: ")[2] if devices else NOTHING,
    }
    if last is not None and last.median is not None:
        facts[f"Median error, epoch {last.epoch}"] = f"{number(last.median)} px"
    if best:
        facts["Waiting since the best"] = counted(done - best, "epoch")
    return [
        element(
            "div",
            element("dt", name),
            element("dd", value),
            class_="wide" if len(value) > LONG else None,
        )
        for name, value in facts.items()
    ]


def _model_of(account: Account) -> str:
    """The keys of backbone and head."""
    model = account.config.get("model")
    keys = []
    for name in ("backbone", "heads"):
        container = model.get(name) if isinstance(model, Mapping) else None
        chosen = container if isinstance(container, Mapping) else {}
        keys += [key for key, value in chosen.items() if value is not None][:1]
    return " + ".join(keys) or NOTHING
