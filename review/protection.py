"""Which sentences say that criticism is allowed: a few plain forms, each matched from first word to last. No ORM.

A form knows every word that may stand in it. One word more ("fair" criticism, welcome "in private", "unless") and the
sentence is none of these: then it counts as any other, and doubt is a finding. A critical word is written C here, and
one for the programme or its operator T.
"""

from __future__ import annotations

import re

# Beginnings of words that say what somebody does who criticises. Not "reputation": to protect that is to forbid.
ACTS = (
    *("complain", "critical", "dissent", "lampoon", "mock", "negativ", "parod", "protest", "ridicul", "satir"),
    *("unflattering", "against", "fun", "doubt", "question"),
)

_WORK = r"(?:a |any |an artist s |your |the )?(?:works?|videos?|films?|submissions?|takes?)"
_WHAT = (
    r"(?:(?:C|T|a|about|against|all|an|and|any|anybody|artists|at|by|cast|casts|company|companies|even|every|from|harsh|in"
    r"|into|it|its|make|makes|on"
    r"|jokes?|making|of|open|openly|opinions?|or|public|publicly|runs|sharp|speaking|that|the|this|to|towards?|unfair|"
    r"which|who|whoever|works?|videos?|films?)\b ?)+"
)
_REFUSE = r"(?:refuse|reject|remove|decline|delete|hide|block|suspend|take down|turn down|withhold)"
_REFUSED = r"(?:refused|rejected|removed|declined|deleted|hidden|blocked|suspended|taken down|turned down|withheld)"
_REFUSING = r"(?:refusing|rejecting|removing|declining|deleting|hiding|blocking|suspending|a refusal|refusal|rejection)"
_PUNISHED = r"(?:punished|excluded|paused|banned|refused|removed|suspended)"
_NO_REASON = (
    r"(?:(?:is|are|can be) (?:never|no|not)(?: a)?|(?:can|will|may) never be (?:a )?)\s?(?:reasons?|grounds?)"
    rf"(?: (?:to {_REFUSE}|for {_REFUSING})(?:(?: or)? {_REFUSE})*(?: {_WORK})?)?"
)
_FOR_IT = rf"(?:because (?:it|they|somebody|an artist) (?:is |are )?C(?: {_WHAT})?|for (?:its |their )?(?:{_WHAT}))"
_WE = r"(?:we|the T|T|T T)"
FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_WHAT}(?:is|are|stays?|remains?)(?: always| also)? (?:welcome|allowed|permitted|fine)(?: here)?"
        rf"(?: (?:and|it|they|and it|and they)? ?{_NO_REASON})?",
        rf"{_WHAT}{_NO_REASON}",
        rf"{_WE} (?:(?:do|does|will|would|shall) )?(?:not|never)(?: ever)? {_REFUSE}(?:(?: or)? {_REFUSE})* "
        rf"{_WORK} {_FOR_IT}",
        rf"(?:no|not one) (?:works?|videos?|films?|submissions?) (?:is|are|was|will be)(?: ever)? "
        rf"{_REFUSED}(?:(?: or)? {_REFUSED})* {_FOR_IT}",
        rf"{_WORK} (?:that|which) (?:is |are |casts? |makes? )?C (?:{_WHAT})?(?:is|are|will be) (?:never|not) "
        rf"{_REFUSED}(?:(?: or)? {_REFUSED})*(?: for (?:it|that|this)| because of (?:it|that))?",
        rf"(?:nobody|no artists?|no participants?|no one) (?:is|are|will be|was)(?: ever)? "
        rf"{_PUNISHED}(?:(?: or)? {_PUNISHED})* {_FOR_IT}",
        r"(?:artists?|you|participants?|works?|anybody|everybody|anyone|everyone|an artist|a work) "
        rf"(?:may|can|are free to|are welcome to|is free to)(?: always| freely| openly| publicly)? (?:{_WHAT})",
    )
)
# What takes a sentence back in the next: a word that turns, or one that speaks of what was said before.
TAKES_BACK = re.compile(
    r"\b(?:anyway|beforehand|but|elsewhere|except\w*|however|instead|nevertheless|nonetheless|only|otherwise|"
    r"provided|regardless|still|though|although|unless|yet|"
    r"it|its|same|such|that|them|their|they|these|this|those)\b",
    re.IGNORECASE,
)


def is_protecting(words: str) -> bool:
    """Whether a sentence, as words with C and T in their places, is one of the forms and speaks of criticism."""
    return "C" in words.split() and any(form.fullmatch(words) for form in FORMS)
