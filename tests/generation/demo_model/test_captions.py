"""The words: each caption says what its scene shows, and nothing that the vocabulary lacks."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
import torch
from django.conf import settings

from generation.demo_model import captions, vocabulary
from generation.demo_model.scenes import Scenes, draw
from generation.demo_model.text_encoder import START, SceneTextEncoder
from generation.demo_model.vocabulary import (
    ARTICLES,
    COLOUR_WORDS,
    COLOURS,
    LONGEST,
    MOTION_WORDS,
    MOTIONS,
    SHAPE_WORDS,
    SHAPES,
    WORDS,
)


def samples(count: int = 400) -> list[tuple[Scenes, int, str]]:
    scenes = draw(count, torch.Generator().manual_seed(5), two=0.5)
    chance = random.Random(5)
    return [(scenes, index, captions.caption(scenes, index, chance)) for index in range(count)]


@pytest.fixture(scope="module")
def reader() -> SceneTextEncoder:
    return SceneTextEncoder(words=WORDS, width=4, heads=1, layers=1)


def read(reader: SceneTextEncoder, text: str) -> list[str]:
    """The words that reach the model, by the tokeniser that it runs with."""
    start, *numbers = reader.tokenise([text])[0].tolist()
    assert start == START
    return [WORDS[number - START - 1] for number in numbers]


def test_a_caption_uses_known_words_and_is_read_whole(reader):
    for _scenes, _index, text in samples():
        assert vocabulary.ignored_words(text) == []
        # Nothing is cut off: every word but the articles has its number.
        assert read(reader, text) == [word for word in vocabulary.words_of(text) if word not in ARTICLES]


def test_every_known_word_is_said_in_some_caption():
    said = {word for _scenes, _index, text in samples(2000) for word in vocabulary.words_of(text)}
    assert said - ARTICLES == vocabulary.KNOWN


def test_a_caption_names_every_shape_that_is_there_and_no_other():
    for scenes, index, text in samples():
        named = {shape for shape, words in SHAPE_WORDS.items() if set(words) & set(text.replace(",", "").split())}
        there = {SHAPES[int(scenes.shape[index, slot])] for slot in range(2) if bool(scenes.present[index, slot])}
        assert named == there, text


def test_a_caption_never_says_a_colour_or_a_motion_that_is_not_there():
    names = tuple(COLOURS)
    for scenes, index, text in samples():
        slots = [slot for slot in range(2) if bool(scenes.present[index, slot])]
        colours = {names[int(scenes.ground[index])]} | {names[int(scenes.colour[index, slot])] for slot in slots}
        allowed = {word for name in colours for word in COLOUR_WORDS.get(name, (name,))}
        every = {word for name in names for word in COLOUR_WORDS.get(name, (name,))}
        assert not set(text.replace(",", "").split()) & (every - allowed), text
        motions = {MOTIONS[int(scenes.motion[index, slot])] for slot in slots}
        for motion in {"growing", "shrinking", "spinning"} - motions:
            assert not any(words in text for words in MOTION_WORDS[motion]), text


def test_unknown_words_are_left_out_and_named_once(reader):
    prompt = "A RED circle, gently gently moving left on the blue background, 4k!"
    assert vocabulary.ignored_words(prompt) == ["gently", "4", "k"]
    assert read(reader, prompt) == ["red", "circle", "moving", "left", "on", "blue", "background"]


def test_a_prompt_without_a_known_word_is_no_words(reader):
    assert read(reader, "圆形 🙂 12 … over") == []
    assert vocabulary.ignored_words("圆形 🙂 12 … over") == ["圆形", "🙂", "12", "over"]


def test_what_is_read_and_what_is_told_as_ignored_make_the_whole_prompt(reader):
    long = "red " * LONGEST + "blue star"
    assert read(reader, long) == ["red"] * LONGEST
    assert vocabulary.ignored_words(long) == ["blue", "star"]
    assert vocabulary.is_too_long(long)
    assert not vocabulary.is_too_long("zebra the " * LONGEST + "red")


def test_pages_can_ask_for_unknown_words_without_torch():
    code = (
        "import sys; from generation.demo_model.vocabulary import ignored_words\n"
        "assert ignored_words('a red zebra, moving left') == ['zebra']\n"
        "assert not {'torch', 'diffusers', 'numpy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=settings.BASE_DIR)


def test_words_are_the_same_whatever_their_case_and_punctuation():
    told = ["zebra", "zebras", "&", "3", "circles"]
    assert vocabulary.ignored_words("A Zebra! Zebras? The zebra & 3 RED circles") == told
    assert vocabulary.ignored_words("") == vocabulary.ignored_words("The red CIRCLE, (blue)") == []
