"""Does a rule forbid criticism of the programme, or of whoever runs it? No ORM.

Criticism can never be a reason. This is the test that a policy has to pass before it is published; it is kept simple
enough for anybody to predict, and errs towards a false alarm, which a lead reviewer's written justification resolves.

1. Words are compared without case, accents, invisible characters, figures or foreign letters that stand for others,
   and letters that are spread out ("c r i t i c i s m") count as the word that they make.
2. A critical word (`STRONG`, `SOFT`) or two (`PAIRS`) within 20 words of one that names the programme or its operator
   (`TARGETS`, and the names in `settings.OPERATOR_NAMES`) is a finding, across sentences. Some count only close by.
3. Some phrases (`PHRASES`) are findings wherever they stand.
4. A sentence that protects criticism is left out: one of the form "Never a reason: …" or "… is never a reason" in which
   no word takes that back (`WITHDRAWING`), or one of the few plain forms of `review.protection` ("… is welcome", "We do
   not refuse a work because it …"), of which every word is known. Where the next sentence turns or speaks of it ("But",
   "Such works", "it"; across an empty line with its first three words), it is not left out. What it protects is itself
   alone: every other sentence counts as without it.
5. A reason code is stricter: in its code and its label a strong word or a phrase is enough, nothing near it needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from review import protection

REACH = 20
# Beginnings of words. These mean criticism by themselves …
STRONG = (
    "badmouth",
    "belittl",
    "besmirch",
    "boycott",
    "calomni",
    "calumni",
    "denegr",
    "denigr",
    "derid",
    "desacredit",
    "descredit",
    "desprestig",
    "diffam",
    "difam",
    "discredit",
    "disparag",
    "dissent",
    "embarrass",
    "herabsetz",
    "herabwurdig",
    "lacherlich",
    "protest",
    "schlechtmach",
    "schlechtred",
    "scredit",
    "verhohn",
    "verspott",
    "verunglimpf",
    "vilif",
    "vilipend",
    "высме",
    "дискредит",
    "клевет",
    "очерн",
    "пороч",
)
# … and these wherever they stand within a word, in the languages that share them.
STRONG_WITHIN = ("critic", "critiq", "kritik", "kritis", "критик", "انتقاد", "تنتقد", "ينتقد")
# These do when they are about the programme. A number is how near they have to be, where it is not REACH.
SOFT = {
    "against": 4,
    "anti": 2,
    "attack": 4,
    "badly": 6,
    "beleidig": 6,
    "blame": 6,
    "burl": 6,
    "complain": REACH,
    "controvers": REACH,
    "critical": REACH,
    "cuestiona": 6,
    "cuestionen": 6,
    "defam": REACH,
    "disloyal": REACH,
    "disreput": REACH,
    "disrespect": REACH,
    "hostil": 6,
    "humiliat": 6,
    "insult": 6,
    "lampoon": REACH,
    "libel": REACH,
    "lustig": 6,
    "malign": 6,
    "menospreci": REACH,
    "mock": REACH,
    "moqu": REACH,
    "negativ": REACH,
    "oppos": 4,
    "parod": REACH,
    "poorly": 6,
    "questionam": 6,
    "questionar": 6,
    "questionem": 6,
    "questionnent": 6,
    "questionner": 6,
    "reput": REACH,
    "ridicul": REACH,
    "satir": REACH,
    "scandal": REACH,
    "schlecht": 4,
    "shame": 6,
    "slander": REACH,
    "smear": REACH,
    "tarnish": REACH,
    "undermin": REACH,
    "unfavorabl": REACH,
    "unfavourabl": REACH,
    "unflattering": REACH,
    "zombam": 6,
    "zombar": 6,
    "zombem": 6,
    "насмех": REACH,
    "оскорб": 6,
    "تسخر": 6,
    "تسيء": 6,
    "تشكك": 6,
    "تشوه": 6,
}
# So do these two words, one after the other: what a single one of them means depends on the rest.
PAIRS = {
    **dict.fromkeys(("cast doubt", "cast doubts", "casting doubt", "casts doubt", "casts doubts"), REACH),
    **dict.fromkeys(("raise doubts", "raises doubts", "sow doubt", "sows doubt", "sowing doubt"), REACH),
    **dict.fromkeys(("made fun", "make fun", "makes fun", "making fun", "poke fun", "pokes fun", "poking fun"), REACH),
    **dict.fromkeys(("find fault", "finding fault", "finds fault", "laugh at", "laughing at", "laughs at"), 6),
    **dict.fromkeys(("speak ill", "speaking ill", "speaks ill", "bad name", "look bad", "looks bad"), 6),
    # To ask for praise is to forbid the rest.
    **dict.fromkeys(("must praise", "should praise", "only praise", "well of", "good light", "positive light"), 6),
    **dict.fromkeys(("favorable light", "favourable light", "speak well", "speaks well", "speaking well"), 6),
    # Of "question" the verb alone: questions about the programme have their place.
    **dict.fromkeys(("that question", "that questions", "which question", "which questions", "into question"), 6),
    **dict.fromkeys(("who question", "who questions", "never question", "not question", "question how"), 6),
    **dict.fromkeys(("question whether", "questioning how", "questioning of", "questioning our", "questioning the"), 6),
    # French, German, Spanish, Italian, Russian, and Vietnamese without its marks.
    **dict.fromkeys(("du mal", "en cause", "en question", "mauvais jour", "mauvaise image", "mauvaise presse"), 6),
    **dict.fromkeys(("in frage", "in zweifel", "schlechtes licht", "schlechten licht"), 6),
    **dict.fromkeys(("en duda", "hablan mal", "hablar mal", "hablen mal", "mala imagen", "mala prensa", "mal del"), 6),
    **dict.fromkeys(("cattiva luce", "in discussione", "in dubbio", "parlano male", "под сомнение", "дурном свете"), 6),
    **dict.fromkeys(("boi nho", "che gieu", "che nhao", "chi trich", "cong kich", "ha be", "lam xau"), REACH),
    **dict.fromkeys(("noi xau", "phan đoi", "phe binh", "phe phan", "xuc pham", "nghi ngo"), REACH),
}
INNOCENT = ("diacritic", "protestan")
PHRASES = (
    "adverse publicity",
    "art washing",
    "bad light",
    "bad press",
    "bad publicity",
    "bad reviews",
    "negative coverage",
    "negative light",
    "negative press",
    "negative publicity",
    "poor light",
    "public image",
    "unwelcome publicity",
)
TARGETS = {
    "anbieter": REACH,
    "aziend": REACH,
    "betreiber": REACH,
    "compan": REACH,
    "dailies": REACH,
    "employer": REACH,
    "empres": REACH,
    "entrepris": REACH,
    "estudio": REACH,
    "exploitant": REACH,
    "firma": REACH,
    "funder": REACH,
    "gestor": REACH,
    "institut": REACH,
    "investor": REACH,
    "lab": REACH,
    "management": REACH,
    "model": REACH,
    "operador": REACH,
    "operateur": REACH,
    "operator": REACH,
    "organis": REACH,
    "organiz": REACH,
    "our": 4,
    "partners": REACH,
    "patrocin": REACH,
    "piattaform": REACH,
    "plataform": REACH,
    "plateform": REACH,
    "platform": REACH,
    "plattform": REACH,
    "program": REACH,
    "provider": REACH,
    "reviewers": REACH,
    "societ": REACH,
    "sponsor": REACH,
    "staff": REACH,
    "studio": REACH,
    "unternehmen": REACH,
    "us": 4,
    "veranstalter": REACH,
    "компан": REACH,
    "модел": REACH,
    "оператор": REACH,
    "организат": REACH,
    "платформ": REACH,
    "программ": REACH,
    "студи": REACH,
    "البرنامج": REACH,
    "الشركة": REACH,
    "المنصة": REACH,
    "بالبرنامج": REACH,
    "برنامج": REACH,
    "شركة": REACH,
    "للبرنامج": REACH,
}
TARGET_PAIRS = dict.fromkeys(("chuong trinh", "cong ty", "mo hinh", "nen tang", "nha tai", "to chuc"), REACH)
WHOLE = frozenset({"anti", "dailies", "lab", "labs", "our", "us", "reviewers", "partners"})
PROTECTS = re.compile(r"^\W*never a reason:|\b(?:is|are|be) never a reason\W*$", re.IGNORECASE)
WITHDRAWING = re.compile(
    r"\b(?:unless|except\w*|but|however|only|though|although|provided|otherwise|save|refus\w*|reject\w*|remov\w*|"
    r"forb[ia]d\w*|prohibit\w*|bann?\w*|exclu\w*|declin\w*|with(?:hold|held)\w*|disallow\w*|delet\w*|punish\w*|"
    r"(?:may|must|can|shall|will)\s*not|cannot|never\s+(?:be\s+)?(?:allowed|shared|approved))\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
CONFUSABLE = str.maketrans("авеікмнорстухѕјԁɡο", "abeikmhopctyxsjdgo")
FIGURES = str.maketrans("01345@$", "oieasas")


class Word(NamedTuple):
    """One normalised word, and where it stood."""

    text: str
    start: int
    end: int


def in_text(text: str, names: Iterable[str] = ()) -> list[str]:
    """What in a policy's text forbids criticism, quoted; empty when nothing does."""
    text = unicodedata.normalize("NFC", text)
    targets = _targets(names)
    words = _words(_without_protecting(text, targets))
    spans = [*_near(words, targets), *_phrases(words)]
    return _quoted(text, spans)


def in_reason(code: str, label: str, description: str, names: Iterable[str] = ()) -> list[str]:
    """What makes a reason code one for criticism, quoted. No justification helps it."""
    found = []
    for text in (code.replace("-", " "), label):
        words = _words(text)
        strong = [(word.start, word.end) for word in words if _is_strong(word.text)]
        found += _quoted(text, [*strong, *_phrases(words)])
    together = f"{code.replace('-', ' ')}: {label}. {description}"
    return found or in_text(together, names)


def _without_protecting(text: str, targets: dict[str, int]) -> str:
    """The text with blanks in place of each sentence that protects criticism and is not taken back by the next one."""
    protected: list[tuple[int, int]] = []
    taken_back = False
    for match in reversed(list(SENTENCE.finditer(text))):
        sentence = match[0]
        has_form = _protects(sentence, targets)
        if has_form and not taken_back:
            protected.append((match.start(), match.end()))
        if not sentence.strip():
            continue
        # Of a row of protecting sentences the last is the one that what follows could take back, and all with it.
        words = sentence.split()
        if text[: match.start()].replace(" ", "").endswith("\n\n"):
            words = words[:3]  # what follows an empty line speaks of what was before it at once, or not at all
        if not has_form:
            taken_back = bool(protection.TAKES_BACK.search(" ".join(words)))
    for start, end in protected:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _protects(sentence: str, targets: dict[str, int]) -> bool:
    if PROTECTS.search(sentence):
        return not WITHDRAWING.search(sentence)
    return protection.is_protecting(" ".join(_role(word.text, targets) for word in _words(sentence)))


def _role(word: str, targets: dict[str, int]) -> str:
    """C for a word that means criticism, T for one that names the programme or its operator, else the word."""
    if word.startswith(protection.ACTS) or (
        not word.startswith(INNOCENT) and any(one in word for one in STRONG_WITHIN)
    ):
        return "C"
    return "T" if _reach_of(word, targets) else word


def _words(text: str) -> list[Word]:
    """The words of a text as the rule reads them."""
    found: list[Word] = []
    for match in re.finditer(r"[\w@$\u200b-\u200f\u2060\ufeff\u00ad]+", text):
        plain = _plain(match[0])
        found += [Word(part, match.start(), match.end()) for part in re.findall(r"[^\W\d_]+", plain)]
    return list(_joined(found))


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word).casefold()
    letters = "".join(one for one in letters if unicodedata.category(one) not in {"Mn", "Cf"})
    if re.search(r"[a-z]", letters):
        # Letters of another alphabet, or figures, within a Latin word stand for what they look like.
        letters = letters.translate(CONFUSABLE).translate(FIGURES)
    return letters


def _joined(words: Sequence[Word]) -> Iterator[Word]:
    """Four or more single letters in a row are one word that somebody spread out."""
    run: list[Word] = []
    for word in [*words, Word("", 0, 0)]:
        if len(word.text) == 1:
            run.append(word)
            continue
        if len(run) >= 4:
            yield Word("".join(letter.text for letter in run), run[0].start, run[-1].end)
        else:
            yield from run
        run = []
        if word.text:
            yield word


def _is_strong(word: str) -> bool:
    if word.startswith(INNOCENT) or word in {"critical", "critically"}:
        return False
    return word.startswith(STRONG) or any(stem in word for stem in STRONG_WITHIN)


def _reach_of(word: str, stems: dict[str, int]) -> int:
    """How near the other word has to be; 0 when this is none of these words."""
    for stem, reach in stems.items():
        if word == stem or (stem not in WHOLE and word.startswith(stem)) or (stem == "lab" and word == "labs"):
            return reach
    return 0


def _targets(names: Iterable[str]) -> dict[str, int]:
    """The words for the programme and its operator; of a name of several words each counts that is long enough."""
    own = {word.text: REACH for name in names for word in _words(name) if len(word.text) > 2}
    return TARGETS | own


def _near(words: Sequence[Word], targets: dict[str, int]) -> Iterator[tuple[int, int]]:
    """Where a critical word, or two, stand near one of the targets."""
    critical = [(at, REACH if _is_strong(word.text) else _reach_of(word.text, SOFT)) for at, word in enumerate(words)]
    aimed = [(at, _reach_of(word.text, targets)) for at, word in enumerate(words)]
    critical += _pairs(words, PAIRS)
    aimed += _pairs(words, TARGET_PAIRS)
    for at, reach in critical:
        near = [to for to, other in aimed if reach and other and 0 < abs(to - at) <= min(reach, other)]
        if near:
            to = min(near, key=lambda place, at=at: abs(place - at))  # type: ignore[misc]
            first, last = words[min(at, to)], words[max(at, to)]
            yield first.start, last.end


def _pairs(words: Sequence[Word], pairs: dict[str, int]) -> list[tuple[int, int]]:
    """Where two words stand one after the other, and how near the other thing has to be."""
    found = ((at, pairs.get(f"{one.text} {two.text}", 0)) for at, (one, two) in enumerate(pairwise(words)))
    return [(at, reach) for at, reach in found if reach]


def _phrases(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    for phrase in PHRASES:
        parts = phrase.split()
        for at in range(len(words) - len(parts) + 1):
            if [word.text for word in words[at : at + len(parts)]] == parts:
                yield words[at].start, words[at + len(parts) - 1].end


def _quoted(text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    """The places in the order of the text, each once."""
    return list(dict.fromkeys(" ".join(text[start:end].split()) for start, end in sorted(spans)))
