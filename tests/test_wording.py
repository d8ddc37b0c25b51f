"""The rule for the texts of errors accepts the template and refuses other wordings."""

import pytest

from poise.errors import ConfigError, Fault, PoiseError
from wording import WordingPlugin, faults_of_wording

# Put together here: a search of the repository for these two phrases is to find no text of
# Poise that uses them. The other words occur in ordinary sentences and are written out.
IS_DUE, WOULD_DO = " ".join(("is", "due")), " ".join(("would", "do"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "must be a power of two ≥ 2, got 24; did you mean 16 or 32?",
        "output names must be unique, got 'a' twice",
        "unknown field 'filtres'; did you mean 'filters'?",
        "no file model.json in /data; there is no other",
        "must not be null",
        "archive.zip: must be weights.h5, got another file\n  checksum: must be 1, got 2",
        "'stride' must be in [4] (got 8)",
        "the plugin's poise_weights must be a function, got None",
        "'b.h5' cannot be read: found 3 bytes, 4 are due",
        "poise-vit: ValueError: images must be gray",
        "not YAML: found the character '@'",
        "unknown field 'they are due, found a, must be'",
        r"unknown field 'it\'s due, must be a'",
        "must be a name, got 'a very long text that must be…",
        "set `must be` in pyproject.toml",
        "b.h5: cannot be loaded: the shapes must be equal",
        "stride must be 2, got 4; filters must be 8, got 7",
        "must not begin with 'poise', which Poise adds",
        "a node must have the key 'id'",
    ],
)
def test_texts_that_keep_to_the_template_pass(text: str) -> None:
    assert faults_of_wording(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("must be a power of two", "'must be' without ', got'"),
        ("must be a power of two; got 3", "'must be' without ', got'"),
        ("a: must be 1, got 2\n  b: must be 2", "'must be' without ', got'"),
        ("the plugin's stride must be 2, and the model's is 4", "'must be' without ', got'"),
        ("stride must be 2, and filters must be 8, got 7", "'must be' without ', got'"),
        ("a.h5: is not the model: must have 3 layers", "'must have' without ', got'"),
        ("backbone 'vit' cannot be used: must be a module", "'must be' without ', got'"),
        ("command 'draw' cannot be called: found nothing", "'found'"),
        ("a damaged model: must hold weights", "'must hold' without ', got'"),
        ("must come from poise.build; this model does not", "'must come' without ', got'"),
        ("each stack must end at stride 1; it ends at 2", "'must end' without ', got'"),
        (f"a list of names {IS_DUE}", "'due'"),
        ("two stacks are due, got 1", "'due'"),
        (f"must be a power of two, got 24; 16 {WOULD_DO}", "'would'"),
        ("height 7 does not match; 8 would fit", "'would'"),
        ("3 layers are needed, found 4", "'found'"),
        ("found a dict", "'found'"),
        ("found nothing in model.json", "'found'"),
        ("outputs of head 'vit' gave 3", "'gave'"),
        ("7 is no multiple of 4", "'is no'"),
        ("'b', which is none of them", "'is no'"),
    ],
)
def test_other_wordings_are_refused_by_name(text: str, name: str) -> None:
    assert [fault.partition(":")[0] for fault in faults_of_wording(text)] == [name]


@pytest.fixture
def plugin():
    """The plugin as a session starts it, which checks errors of this module only."""
    plugin = WordingPlugin({__name__.partition(".")[0]})
    plugin.pytest_sessionstart()
    yield plugin
    plugin.pytest_sessionfinish()


def end_of_test(plugin: WordingPlugin) -> None:
    """What pytest does when a test has run."""
    teardown = plugin.pytest_runtest_teardown()
    next(teardown)
    with pytest.raises(StopIteration):
        next(teardown)


def test_a_test_that_provokes_a_badly_worded_error_fails_once(plugin: WordingPlugin) -> None:
    ConfigError([Fault("must be 1, got 2"), Fault("lists are due", "names")], "model.json")
    with pytest.raises(pytest.fail.Exception, match=r"'due'.*\n  in: lists are due$"):
        end_of_test(plugin)
    end_of_test(plugin)


def test_a_failed_teardown_leaves_no_errors_to_the_next_test(plugin: WordingPlugin) -> None:
    ConfigError([Fault("lists are due", "names")], "model.json")
    teardown = plugin.pytest_runtest_teardown()
    next(teardown)
    with pytest.raises(LookupError):
        teardown.throw(LookupError())
    end_of_test(plugin)


def test_errors_without_faults_are_read_whole(plugin: WordingPlugin) -> None:
    PoiseError("scale must be a number")
    with pytest.raises(pytest.fail.Exception, match="in: scale must be a number"):
        end_of_test(plugin)


def test_errors_that_other_packages_make_up_are_not_checked(plugin: WordingPlugin) -> None:
    plugin.packages = {"poise"}
    made_up = ConfigError([Fault("lists are due", "names")])
    plugin.packages = {__name__.partition(".")[0]}
    made_up.under("model")
    end_of_test(plugin)


def test_errors_stay_as_they_were_after_the_session() -> None:
    original = PoiseError.__init__
    plugin = WordingPlugin({"poise"})
    plugin.pytest_sessionstart()
    assert PoiseError.__init__ is not original
    assert str(PoiseError("no such file")) == "no such file"
    plugin.pytest_sessionfinish()
    assert PoiseError.__init__ is original
