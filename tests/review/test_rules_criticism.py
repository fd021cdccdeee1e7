"""The rule that finds a ban on criticism: many wordings, and those that it leaves alone."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from review import criticism, services
from tests.review.criticism_sentences import FORBIDDING, PROTECTING

NAMES = ["Acme Pictures"]

BANS = [
    "Works may not criticise the programme.",
    "Works must not criticize the program.",
    "Criticism of the operator is not shared.",
    "No critique of the company, please.",
    "We do not share work that is critical of this programme.",
    "Do not disparage Acme.",
    "Disparagement of Acme Pictures leads to rejection.",
    "Nothing that could cause negative publicity.",
    "Nothing that brings bad press.",
    "Avoid content that shows the lab in a bad light.",
    "A work that harms the reputation of the operator is rejected.",
    "A work that embarrasses the organisation is rejected.",
    "Protests about the programme are out of scope.",
    "No satire of the company.",
    "Works that mock us are rejected.",
    "Works that make our company look ridiculous: ridicule is rejected.",
    "Insults to our staff are rejected.",
    "Work that speaks against the programme is rejected.",
    "Anti-programme slogans are rejected.",
    "Attacks on the operator are rejected.",
    "Works that undermine trust in the platform are rejected.",
    "Complaints about the programme belong in the form, not in a work.",
    "Calls to boycott the company are rejected.",
    "A work that is disloyal to the programme is rejected.",
    "Unflattering depictions of the studio are rejected.",
    "Defamation of the sponsor is rejected.",
    "The programme is looked at with respect. Critics are asked to leave.",
    "CRITICISM OF THE PROGRAMME IS REJECTED.",
    "Critıcısm and críticism of the programme are rejected.",
    "Cr\u200biticism of the programme is rejected.",
    "Cr1tic1sm of the programme is rejected.",
    "\u0421riticism of the pr\u043egramme is rejected.",
    "C r i t i c i s m of the programme is rejected.",
    "c.r.i.t.i.c.i.s.m of the programme is rejected.",
    "Keine Kritik am Programm.",
    "Pas de critique du programme.",
    "Ninguna crítica al programa.",
    "Критика программы не допускается.",
    # Protecting words that do not protect.
    "Never a reason to complain: criticism of the programme is refused.",
    "Never a reason: criticism of the programme, unless it is unfair.",
    "Never a reason: criticism of the programme, but such works are not shared.",
    "That somebody likes criticism of the programme is welcome, and no reason.",
]

FINE = [
    "Shows a recognisable living person without their consent. Public figures in evident satire are fine.",
    "Nudity in art, education or protest is fine.",
    "Attacks people for what they are: origin, religion, disability, sex, gender, orientation.",
    "Copies a protected work, logo or brand. Quotation, parody and influence are fine.",
    "Never a reason: criticism, satire or mockery of this programme, of its operator, of the model or of any company.",
    "Criticism of the programme is never a reason.",
    "Whether the artist gives feedback to the programme, or which, can never be a reason.",
    "Shows features of the programme that are not released. Opinion about them is fine.",
    "Diacritics in the programme's titles are kept.",
    "Protestant churches of the programme of the festival.",
    "The programme decides within three working days.",
    "Violence for its own sake.",
    # Words that are critical only in company.
    "Questions about the programme are answered by the help desk.",
    "In doubt, the programme asks the artist.",
    "Fun for the whole company is fine.",
    "The questionnaire of the programme is voluntary.",
    "Das Programm ist für alle da.",
    "El programa decide en tres días.",
    "Chương trình trả lời trong ba ngày.",
    "Программа отвечает за три дня.",
    "Le programme répond en trois jours.",
    "Whoever asks for changes writes to the artist what exactly it is about.",
]


@pytest.mark.parametrize("text", [*BANS, *FORBIDDING])
def test_a_text_that_forbids_criticism_is_found(text):
    assert criticism.in_text(text, NAMES)


@pytest.mark.parametrize("text", [*FINE, *PROTECTING])
def test_a_text_about_something_else_or_in_favour_is_not(text):
    assert criticism.in_text(text, NAMES) == []


@pytest.mark.parametrize(("number", "ban"), list(enumerate([*BANS, *FORBIDDING])))
@pytest.mark.parametrize("joint", [" ", "\n\n"])
def test_a_protecting_sentence_never_hides_what_forbids(number, ban, joint):
    """Before it, after it, and between its own sentences; for each of these every third one of the other side."""
    parts = ban.split(". ")
    for protecting in PROTECTING[number % 3 :: 3]:
        texts = [f"{protecting}{joint}{ban}", f"{ban}{joint}{protecting}"]
        if len(parts) > 1:
            texts.append(f"{parts[0]}.{joint}{protecting}{joint}{'. '.join(parts[1:])}")
        for text in texts:
            assert criticism.in_text(text, NAMES), text


def test_a_sentence_of_any_length_is_read_in_no_time():
    """An alternation that could be read in two ways would take longer than anybody lives."""
    for words in ("into ", "an artist s ", "the criticism of ", "a works "):
        begun = time.monotonic()
        criticism.in_text(f"Criticism of {words * 200} x.", NAMES)
        assert time.monotonic() - begun < 5


def test_many_protecting_sentences_are_no_finding_together():
    assert criticism.in_text(" ".join(one for one in PROTECTING if " it" not in one and " th" not in one), NAMES) == []
    assert criticism.in_text("\n".join(PROTECTING), NAMES) == []


def test_the_operators_name_is_what_the_programme_says_it_is():
    text = "Do not disparage Umbrella."
    assert criticism.in_text(text, NAMES) == []
    assert criticism.in_text(text, ["Umbrella"]) == ["disparage Umbrella"]


def test_a_finding_quotes_the_place_as_it_was_written():
    assert criticism.in_text("First. No CRITIQUE\nof the company! Last.", NAMES) == ["CRITIQUE of the company"]


def test_words_that_are_far_apart_are_not_about_one_another():
    between = " ".join(["word"] * criticism.REACH)
    assert criticism.in_text(f"Protest is fine {between} the programme.", NAMES) == []
    assert criticism.in_text("Protest is fine in the programme.", NAMES) != []


@pytest.mark.parametrize(
    ("code", "label", "description"),
    [
        ("criticism", "Criticism", "Explained."),
        ("critique", "Tone", "Explained."),
        ("tone", "Critical of the programme", "Explained."),
        ("tone", "Disparaging", "Explained."),
        ("negative-publicity", "Publicity", "Explained."),
        ("bad-press", "Press", "Explained."),
        ("protest", "Protest", "Explained."),
        ("embarrassing", "Embarrassing", "Explained."),
        ("reputation", "Harms the operator", "Explained."),
        ("tone", "Tone", "The work criticises the programme."),
        ("tone", "Tone", "The work makes fun of Acme: mockery."),
        ("c-r-i-t-i-c-i-s-m", "Tone", "Explained."),
    ],
)
def test_a_reason_for_criticism_is_found_in_any_of_its_words(code, label, description):
    assert criticism.in_reason(code, label, description, NAMES)


@pytest.mark.parametrize(
    ("code", "label", "description"),
    [
        ("real-person", "Real person", "Shows somebody who can be recognised."),
        ("defamation", "Damages a person's reputation", "Says of a real person what is not so."),
        ("mockery-of-victims", "Mocks victims", "Of a real crime."),
    ],
)
def test_a_reason_about_people_is_not_one_for_criticism(code, label, description):
    assert criticism.in_reason(code, label, description, NAMES) == []


def test_the_first_policy_of_a_new_programme_passes():
    rules = tomllib.loads(Path("platform/web/founding/sharing_policy.toml").read_text())
    assert criticism.in_text(rules["body"], NAMES) == []
    for reason in rules["reasons"]:
        assert criticism.in_reason(*services.Reason(**reason).words, names=NAMES) == [], reason["code"]
