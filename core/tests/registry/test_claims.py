"""Who provides a key, given the policy."""

from __future__ import annotations

from poise.registry.claims import claims
from poise.registry.discovery import Candidate, Policy

A = Candidate("backbone", "vit", "poise_a", "poise-a", "1.0")
B = Candidate("backbone", "vit", "poise_b", "poise-b", "2.0")
HEAD = Candidate("head", "vit", "poise_c", "poise-c", "1.0")
VIT = ("backbone", "vit")


def test_a_key_that_nothing_contests_has_one_provider() -> None:
    (claim,) = claims([A], Policy()).values()

    assert (claim.providers, claim.refused, claim.reason) == ((A,), {}, "")


def test_claims_of_several_kinds_are_apart() -> None:
    assert {
        identity: claim.providers for identity, claim in claims([A, HEAD], Policy()).items()
    } == {
        VIT: (A,),
        ("head", "vit"): (HEAD,),
    }


def test_several_providers_are_a_clash_and_none_is_refused() -> None:
    claim = claims([A, B], Policy())[VIT]

    assert claim.providers == (A, B)
    assert not claim.refused


def test_the_preferred_distribution_provides_and_the_other_is_told_why_not() -> None:
    claim = claims([A, B], Policy(preferred={"vit": "poise-b"}))[VIT]

    assert claim.providers == (B,)
    assert claim.refused == {A: "passed over, since POISE_PREFER gives 'vit' to poise-b"}
    assert claim.reason == ""


def test_a_key_without_a_provider_says_why() -> None:
    claim = claims([A], Policy(disabled=frozenset({"poise-a"})))[VIT]

    assert claim.providers == ()
    assert claim.reason == "poise-a 1.0 is disabled by POISE_DISABLE"


def test_a_preference_for_what_is_disabled_does_not_silence_a_clash() -> None:
    policy = Policy(disabled=frozenset({"poise-b"}), preferred={"vit": "poise-b"})

    claim = claims([A, B], policy)[VIT]

    assert claim.providers == (A,)
    assert claim.refused == {B: "disabled by POISE_DISABLE"}


UNET = Candidate("backbone", "unet", "poise_unet", "poise-unet", "0.1")
RIVAL = Candidate("backbone", "unet", "my_unet", "my-unet", "3.0")


def test_a_package_that_claims_a_key_of_poise_does_not_disable_it_and_is_told() -> None:
    (claim,) = claims([RIVAL, UNET], Policy()).values()

    assert claim.providers == (UNET,)
    assert claim.refused == {RIVAL: "passed over, since 'unet' is a key of poise-unet"}
    assert claim.rivals == (RIVAL,)


def test_a_key_of_poise_goes_to_the_package_that_is_preferred() -> None:
    (claim,) = claims([RIVAL, UNET], Policy(preferred={"unet": "my-unet"})).values()

    assert claim.providers == (RIVAL,)
    assert claim.refused == {UNET: "passed over, since POISE_PREFER gives 'unet' to my-unet"}
    assert claim.rivals == ()


def test_a_package_has_the_key_of_poise_where_poise_has_not() -> None:
    disabled = Policy(disabled=frozenset({"poise-unet"}))

    assert claims([RIVAL], Policy())["backbone", "unet"].providers == (RIVAL,)
    assert claims([RIVAL, UNET], disabled)["backbone", "unet"].providers == (RIVAL,)


def test_a_preference_for_somebody_else_leaves_a_key_of_poise_with_poise() -> None:
    (claim,) = claims([RIVAL, UNET], Policy(preferred={"unet": "nobody"})).values()

    assert (claim.providers, claim.rivals) == ((UNET,), (RIVAL,))
