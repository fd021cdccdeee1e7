"""The form of tokens: what passes, what never does, and where one is noticed."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import token_format

BASE62 = st.text(alphabet=token_format.ALPHABET, min_size=36, max_size=36)


def test_a_token_has_the_prefix_thirty_random_characters_and_six_of_checksum():
    token = token_format.generate()
    assert token.startswith("dly_")
    assert len(token) == 4 + 30 + 6
    assert set(token[4:]) <= set(string.ascii_letters + string.digits)


def test_tokens_differ():
    assert len({token_format.generate() for _ in range(1000)}) == 1000


@given(st.text(max_size=80))
def test_random_text_is_never_a_token(text: str):
    assert not token_format.is_well_formed(text)


@given(BASE62)
def test_random_base62_behind_the_prefix_does_not_pass_the_checksum(body: str):
    assert not token_format.is_well_formed(f"dly_{body}")


@given(st.text(alphabet=token_format.ALPHABET, min_size=30, max_size=30))
def test_the_checksum_makes_the_round_trip(secret: str):
    assert token_format.is_well_formed(f"dly_{secret}{token_format.checksum(secret)}")


@given(position=st.integers(min_value=4, max_value=39), letter=st.sampled_from(token_format.ALPHABET))
def test_one_changed_character_is_noticed(position: int, letter: str):
    token = token_format.generate()
    changed = token[:position] + letter + token[position + 1 :]
    assert token_format.is_well_formed(changed) == (changed == token)


@pytest.mark.parametrize("ending", ["\n", " ", "\x00", "ü", "x"])
def test_nothing_may_follow_a_token(ending: str):
    assert not token_format.is_well_formed(token_format.generate() + ending)


def test_the_hint_does_not_give_the_token_away():
    token = token_format.generate()
    assert token.startswith(token_format.hint(token))
    assert len(token_format.hint(token)) == 12


@given(before=st.text(max_size=20), after=st.text(max_size=20), rounds=st.integers(min_value=0, max_value=3))
def test_a_token_is_found_in_any_address_however_often_it_was_encoded(before: str, after: str, rounds: int):
    text = f"{before} {token_format.generate()} {after}".encode("utf-8", "replace").decode()
    for _ in range(rounds):
        text = quote(text, safe="")
    assert token_format.contains_token(text)


def test_a_token_with_every_letter_encoded_is_found():
    encoded = "".join(f"%{ord(char):02X}" for char in token_format.generate())
    assert token_format.contains_token(f"/videos/?key={encoded}")


@given(st.text(max_size=200).filter(lambda text: "dly_" not in text.lower() and "%" not in text))
def test_other_text_is_left_alone(text: str):
    assert not token_format.contains_token(text)
