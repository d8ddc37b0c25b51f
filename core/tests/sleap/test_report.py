import pytest

from poise.sleap.migration_report import TITLES, MigrationReport, Note

NOTES = (
    Note("defaulted", "data.labels.split_by_inds", "false"),
    Note("coerced", "model.backbone.unet.filters", '"4" read as 4'),
    Note("defaulted", "data.labels.test_inds", "null"),
    Note("defaulted", "optimization", "all of its defaults"),
)


def test_notes_are_found_by_kind_in_the_order_of_the_headings():
    report = MigrationReport(NOTES)
    assert list(report.by_kind) == ["coerced", "defaulted"]
    assert report.of("coerced") == (NOTES[1],)
    assert report.of("floored") == ()
    assert (len(report), tuple(report)) == (4, NOTES)


def test_a_kind_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError, match="unknown kind 'colour'"):
        MigrationReport().of("colour")
    with pytest.raises(ValueError, match="kind"):
        Note("colour", "", "red")


def test_the_text_puts_the_absent_fields_of_a_section_on_one_line():
    assert str(MigrationReport(NOTES)) == (
        "coerced (1): written as another type\n"
        '  model.backbone.unet.filters: "4" read as 4\n'
        "defaulted (3): absent, so SLEAP's default\n"
        "  data.labels: split_by_inds = false, test_inds = null\n"
        "  optimization = all of its defaults"
    )


def test_an_empty_report_says_so():
    assert str(MigrationReport()) == "nothing changed, nothing left out"


def test_as_plain_data_it_keeps_every_note():
    assert MigrationReport(NOTES).as_dict() == {
        "coerced": [{"path": "model.backbone.unet.filters", "what": '"4" read as 4'}],
        "defaulted": [
            {"path": "data.labels.split_by_inds", "what": "false"},
            {"path": "data.labels.test_inds", "what": "null"},
            {"path": "optimization", "what": "all of its defaults"},
        ],
    }


@pytest.mark.parametrize(
    ("path", "parent", "whole"),
    [("links", "skeletons[0]", "skeletons[0].links"), ("", "a", "a"), ("[1]", "a", "a[1]")],
)
def test_a_note_can_be_seen_from_further_out(path, parent, whole):
    assert Note("derived", path, "so").under(parent).path == whole


def test_every_kind_has_a_heading():
    assert all(TITLES.values())
