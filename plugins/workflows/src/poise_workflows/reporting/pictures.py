"""The section with the same examples over the epochs, and the one with the worst examples."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from poise.messages import counted, join_names
from poise_workflows.reporting.curves import number
from poise_workflows.reporting.marks import MOST, key_of, mapped, picture
from poise_workflows.reporting.markup import Child, bullets, element, paragraph, section
from poise_workflows.reporting.records import Found, Kept, Record, Still, Vector


def pictures_section(kept: Kept) -> Element:
    """Each example with its maps, and buttons for the epochs: they need no script."""
    title, last = "Pictures", kept.last
    if last is None:
        return section("pictures", title, paragraph("No epoch has pictures yet.", kind="soft"))
    buttons: list[Element] = []
    for record in kept.records:
        key = f"epoch-{record.epoch}"
        is_last = record is last
        buttons.append(element("input", type="radio", name="epoch", id=key, checked=is_last))
        buttons.append(element("label", str(record.epoch), for_=key))
    cards = [_card(index, still, kept) for index, still in enumerate(kept.stills)]
    return section(
        "pictures",
        title,
        paragraph(
            "The same validation examples after several epochs, without augmentation. Choose an "
            "epoch with the mouse, or with Tab and the arrow keys."
        ),
        *_notes(last),
        _legend(with_maps=any(found.maps for found in last.found)),
        element(
            "fieldset",
            element("legend", "After epoch"),
            *buttons,
            element("div", *cards, class_="cards"),
            class_="epochs",
        ),
    )


def _notes(record: Record) -> list[Element | None]:
    lines = []
    if record.undecoded:
        lines.append(f"Maps alone: {record.undecoded}.")
    if record.hidden:
        lines.append(f"Without pictures, to keep the page small: {join_names(record.hidden)}.")
    return [bullets(lines, "notes")]


def _legend(*, with_maps: bool) -> Element:
    items = [
        element("li", key_of("label"), "labeled"),
        element("li", key_of("prediction"), "predicted, in the color of the animal it matches"),
        element("li", key_of("unmatched"), "predicted, matches no animal (dashed)"),
    ]
    if with_maps:
        items.append(element("li", "Maps: the brightest color is the highest value of the target."))
    return element("ul", *items, class_="key")


def _card(index: int, still: Still, kept: Kept) -> Element:
    """An example: for each epoch what was seen, and what is to say of it."""
    children: list[Child] = []
    for record in kept.records:
        if index >= len(record.found):
            continue
        found = record.found[index]
        words = f"{still.title} after epoch {record.epoch}: {in_words(still, found)}"
        panels = [element("div", picture(still, found, kept.edges, words), paragraph("image"))]
        for each in found.maps:
            alt = f"{still.title} after epoch {record.epoch}: map of {each.name}"
            said_of_map = paragraph(f"{each.name}, up to {number(each.highest)}")
            panels.append(element("div", mapped(still, each, alt), said_of_map))
        children.append(
            element(
                "div",
                element("div", *panels, class_="views"),
                *(_vector(each) for each in found.vectors),
                element(
                    "figcaption", element("strong", still.title), f": {in_words(still, found)}"
                ),
                class_=f"of e{record.epoch}",
            )
        )
    return element("figure", *children)


def _vector(vector: Vector) -> Element:
    values = ", ".join(f"{name} {number(value)}" for name, value in vector.values.items())
    return paragraph(f"{vector.name}: {values}", kind="soft")


def in_words(still: Still, found: Found) -> str:
    """What was found of an example, as a caption."""
    animals = len(still.truth)
    matched = sum(match >= 0 for match in found.matches)
    words = [f"{matched} of {counted(animals, 'animal')} found"]
    if found.error is not None:
        words.append(f"mean error {number(found.error)} px")
    invented = len(found.matches) - matched
    if invented:
        words.append(f"{invented} invented")
    if found.outside:
        words.append(f"{found.outside} outside of the picture")
    if max(animals, len(found.animals)) > MOST:
        words.append(f"the first {MOST} are marked")
    return ", ".join(words)


def worst_section(kept: Kept) -> Element:
    """The worst of the measured examples, the worst first."""
    last = kept.last
    if last is None or not last.worst:
        reason = (
            "nothing was measured yet" if last is None else last.undecoded or "nothing is wrong"
        )
        words = f"There is no example to show: {reason}."
        return section("worst", "Worst examples", paragraph(words, kind="soft"))
    return section(
        "worst",
        "Worst examples",
        paragraph(
            f"After epoch {last.epoch}, of {_of(last)}. An error counts in lengths of the animal, "
            "at most one. A part that is lost counts as a whole length, and so does an animal that "
            "is invented. Look at the labels, too: here they may be wrong."
        ),
        element("div", *_worst(last, kept.edges), class_="cards small"),
    )


def _of(record: Record) -> str:
    total = counted(record.examples, "validation example")
    return total if record.measured == record.examples else f"{record.measured} of {total}"


def _worst(record: Record, edges: Sequence[Sequence[int]]) -> list[Element]:
    cards = []
    for bad in record.worst:
        words = f"{in_words(bad.still, bad.found)}, {bad.badness:.0%} wrong"
        alt = f"{bad.still.title} after epoch {record.epoch}: {words}"
        caption = element("figcaption", element("strong", bad.still.title), f": {words}")
        cards.append(element("figure", picture(bad.still, bad.found, edges, alt), caption))
    return cards
