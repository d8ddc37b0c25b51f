"""Which edition is meant, and where."""

import threading

import pytest

from poise import editions
from poise.editions import BACKBONE_STRIDE, CORE, DOCUMENTED, EDITIONS, SLEAP, means_sleap


def test_outside_of_any_build_the_documentation_is_meant():
    assert editions.current() == DOCUMENTED
    assert not means_sleap(BACKBONE_STRIDE)


@pytest.mark.parametrize("name", EDITIONS)
def test_inside_of_a_build_its_edition_is_meant(name):
    with editions.edition(name):
        assert editions.current() == name
        assert means_sleap(BACKBONE_STRIDE) == (name == SLEAP)


def test_builds_within_builds_do_not_disturb_each_other():
    with editions.edition(SLEAP):
        with editions.edition(DOCUMENTED):
            assert editions.current() == DOCUMENTED
        assert editions.current() == SLEAP


def test_a_build_that_fails_leaves_no_edition_behind():
    with pytest.raises(RuntimeError), editions.edition(SLEAP):
        raise RuntimeError

    assert editions.current() == DOCUMENTED


def test_another_thread_builds_in_its_own_edition():
    editions_seen = []
    with editions.edition(SLEAP):
        thread = threading.Thread(target=lambda: editions_seen.append(editions.current()))
        thread.start()
        thread.join()

    assert editions_seen == [DOCUMENTED]


def test_the_core_s_differences_have_names_of_their_own_and_tell_both_sides():
    assert len({difference.name for difference in CORE}) == len(CORE)
    assert all(
        difference.sleap and difference.documented and difference.sleap != difference.documented
        for difference in CORE
    )
