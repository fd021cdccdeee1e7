"""WebVTT as we take it: read strictly, and never repaired.

What a reviewer approves is a file's bytes, so whatever a player would skip or guess is refused here: then all that a
file says is shown. Cues and comments are taken; style sheets and regions, whose reading differs between players, are
not. Times are milliseconds. The wire format: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.errors import FieldError

MOST_BYTES = 200_000
MOST_CUES = 3_000
MOST_LINE = 400  # characters
MOST_ERRORS = 10  # that are told at once

TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
TIMING = re.compile(rf"{TIME}[ \t]+-->[ \t]+{TIME}(.*)", re.ASCII)
ONE_TIME = re.compile(TIME, re.ASCII)
PERCENT = r"(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%"
SETTINGS = {
    "vertical": re.compile("rl|lr"),
    "line": re.compile(rf"(?:{PERCENT}|-?\d{{1,3}})(?:,(?:start|center|end))?", re.ASCII),
    "position": re.compile(rf"{PERCENT}(?:,(?:line-left|center|line-right))?", re.ASCII),
    "size": re.compile(PERCENT, re.ASCII),
    "align": re.compile("start|center|end|left|right"),
}
TOKEN = re.compile(r"<([^<>]*)>|&([A-Za-z]{1,8};)?|[<>]|[^<>&]+")
TAG = re.compile(r"(/?)(c|i|b|u|v|lang|ruby|rt)((?:\.[\w-]+)*)(?:[ \t]+(.+))?")
ENTITIES = {"amp;", "lt;", "gt;", "lrm;", "rlm;", "nbsp;"}
ANNOTATED = {"v", "lang"}


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: from `start` to `end` (milliseconds), and its lines."""

    start: int
    end: int
    lines: tuple[str, ...]


class Reader:
    """Reads one file; `cues` and `errors` are its result. Each error names the line, the reason and what is allowed."""

    def __init__(self, *, most_ms: int) -> None:
        self._most_ms = most_ms
        self.cues: list[Cue] = []
        self.errors: list[FieldError] = []

    def read(self, data: bytes) -> None:
        text = self._decoded(data)
        if text is None:
            return
        lines = re.split("\r\n|\n|\r", text.removeprefix("\ufeff"))
        self._check_header(lines)
        self._check_characters(lines)
        for number, block in _blocks(lines):
            if len(self.errors) >= MOST_ERRORS:
                return
            self._read_block(number, block)
        if len(self.cues) > MOST_CUES:
            self._refuse(0, _("The file holds more than %d cues.") % MOST_CUES, _("%d cues at most") % MOST_CUES)
        if not self.cues and not self.errors:
            self._refuse(0, _("The file holds no cue."), _("at least one"))

    def _refuse(self, line: int, reason: str, allowed: str) -> None:
        where = _("Line %(line)d: %(reason)s") % {"line": line, "reason": reason} if line else reason
        self.errors.append(FieldError("file", where, allowed))

    def _decoded(self, data: bytes) -> str | None:
        if len(data) > MOST_BYTES:
            self._refuse(0, _("The file is too large."), _("%d bytes at most") % MOST_BYTES)
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self._refuse(line, _("These bytes are no UTF-8."), _("a text file in UTF-8"))
            return None

    def _check_header(self, lines: list[str]) -> None:
        if not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]) or "-->" in lines[0]:
            self._refuse(1, _("The file does not begin with “WEBVTT”."), _("“WEBVTT” as the first line"))
        elif len(lines) > 1 and lines[1]:
            self._refuse(2, _("“WEBVTT” is not followed by an empty line."), _("an empty line, then the cues"))

    def _check_characters(self, lines: list[str]) -> None:
        for number, line in enumerate(lines, 1):
            if len(self.errors) >= MOST_ERRORS:
                return
            if len(line) > MOST_LINE:
                self._refuse(number, _("The line is too long."), _("%d characters at most") % MOST_LINE)
            if any((ord(c) < 32 and c != "\t") or 127 <= ord(c) < 160 or c in "\u2028\u2029\ufffe\uffff" for c in line):
                self._refuse(number, _("The line holds a control character."), _("visible characters, spaces and tabs"))

    def _read_block(self, number: int, block: list[str]) -> None:
        first = block[0]
        if re.fullmatch(r"NOTE([ \t].*)?", first):
            for place, line in enumerate(block):
                if "-->" in line:
                    self._refuse(number + place, _("A comment holds an arrow."), _("comments without “-->”"))
            return
        if re.fullmatch(r"(STYLE|REGION)[ \t]*", first):
            self._refuse(
                number, _("Style sheets and regions are not taken."), _("cues, and comments that begin with NOTE")
            )
            return
        if "-->" not in first:  # a name, which nobody sees
            number, block = number + 1, block[1:]
        if not block or "-->" not in block[0]:
            self._refuse(number, _("A cue without its times."), "00:01.000 --> 00:04.000")
            return
        times = self._read_times(number, block[0])
        self._read_words(number + 1, block[1:], times)
        if times is not None:
            self.cues.append(Cue(*times, tuple(block[1:])))

    def _read_times(self, number: int, line: str) -> tuple[int, int] | None:
        found = TIMING.fullmatch(line.rstrip(" \t"))
        if found is None:
            self._refuse(number, _("The times cannot be read."), "00:01.000 --> 00:04.000")
            return None
        start, end = _milliseconds(found.groups()[:4]), _milliseconds(found.groups()[4:8])
        if end <= start:
            self._refuse(number, _("The cue ends before it begins."), _("an end after the start"))
        if self.cues and start < self.cues[-1].start:
            self._refuse(number, _("The cue begins before the one above it."), _("cues in the order of their starts"))
        if end > self._most_ms:
            most = _("times up to %s, where the video ends") % _shown(self._most_ms)
            self._refuse(number, _("The cue ends after the video."), most)
        self._check_settings(number, found.group(9))
        return start, end

    def _check_settings(self, number: int, text: str) -> None:
        words = text.split()
        names = [word.partition(":")[0] for word in words]
        if (text and not text[0].isspace()) or len(set(names)) != len(names):
            self._refuse(number, _("The settings of the cue cannot be read."), ", ".join(SETTINGS))
            return
        for word in words:
            name, _colon, value = word.partition(":")
            if name not in SETTINGS or not SETTINGS[name].fullmatch(value):
                self._refuse(number, _("There is no setting “%s”.") % word[:40], ", ".join(SETTINGS))

    def _read_words(self, number: int, lines: list[str], times: tuple[int, int] | None) -> None:
        if not any(line.strip() for line in lines):
            self._refuse(number, _("The cue says nothing."), _("at least one line of words"))
            return
        words = _Words(times)
        for place, line in enumerate(lines):
            if wrong := words.read(line):
                self._refuse(number + place, *wrong)
                return
        if wrong := words.end():
            self._refuse(number + len(lines) - 1, *wrong)


class _Words:
    """The tags of one cue: only those of WebVTT, each closed in its turn."""

    def __init__(self, times: tuple[int, int] | None) -> None:
        self._times = times
        self._open: list[str] = []
        self._after = times[0] if times else 0

    def read(self, line: str) -> tuple[str, str] | None:
        """What is wrong, and what is allowed; None when nothing is."""
        for token in TOKEN.finditer(line):
            tag, entity = token.groups()
            if tag is not None:
                if wrong := self._read_tag(tag):
                    return wrong
            elif token[0][0] == "&" and entity not in ENTITIES:
                return _("An ampersand stands for itself."), _("&amp; and the like: &lt; &gt; &lrm; &rlm; &nbsp;")
            elif token[0] in "<>":
                return _("An angle bracket stands for itself."), _("&lt; and &gt;")
        return None

    def _read_tag(self, text: str) -> tuple[str, str] | None:
        if found := ONE_TIME.fullmatch(text):
            return self._read_time(_milliseconds(found.groups()))
        tag = TAG.fullmatch(text)
        allowed = _("the tags of WebVTT: c, i, b, u, v, lang, ruby, rt, and times")
        if tag is None:
            return _("There is no tag “<%s>”.") % text[:40], allowed
        closing, name, classes, annotation = tag.groups()
        if closing:
            if classes or annotation or not self._open or self._open[-1] != name:
                return _("“<%s>” closes nothing.") % text[:40], _("a closing tag for the one that was opened last")
            self._open.pop()
            return None
        if (annotation is not None) != (name in ANNOTATED):
            return _("The tag “<%s>” has to say whose, or says too much.") % text[:40], "<v Mary>, <lang fr>, <i>"
        if name == "rt" and (not self._open or self._open[-1] != "ruby"):
            return _("“<rt>” stands outside of “<ruby>”."), "<ruby>…<rt>…</rt></ruby>"
        self._open.append(name)
        return None

    def _read_time(self, time: int) -> tuple[str, str] | None:
        if self._times and not self._after < time < self._times[1]:
            return _("A time inside the cue is out of order."), _("times after the one before and inside the cue")
        self._after = time
        return None

    def end(self) -> tuple[str, str] | None:
        # WebVTT lets a voice that speaks the whole cue go unclosed.
        left = [name for name in self._open if name != "v"]
        if left or len(self._open) > 1:
            return _("The tag “<%s>” is not closed.") % self._open[-1], f"</{self._open[-1]}>"
        return None


def read(data: bytes, *, most_ms: int) -> Reader:
    """Reads a whole file for a video of `most_ms` milliseconds. The caller looks at `errors` first."""
    reader = Reader(most_ms=most_ms)
    reader.read(data)
    return reader


def cut(data: bytes, *, start_ms: int, end_ms: int) -> bytes:
    """The cues that are shown between two moments, with times that count from the first; nothing when there are none.

    `data` has been read without an error before. Names of cues and comments are left out, settings are kept, and times
    inside a cue only where they still lie inside it.
    """
    text = data.decode("utf-8").removeprefix("\ufeff")
    kept = ["WEBVTT"]
    for _number, block in _blocks(re.split("\r\n|\n|\r", text)):
        place = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        found = TIMING.fullmatch(block[place].rstrip(" \t")) if place is not None else None
        if found is None or place is None:
            continue
        start = max(_milliseconds(found.groups()[:4]), start_ms)
        end = min(_milliseconds(found.groups()[4:8]), end_ms)
        if start < end:
            times = f"{_timed(start - start_ms)} --> {_timed(end - start_ms)}{found.group(9)}"
            words = [_shifted(line, start_ms, start, end) for line in block[place + 1 :]]
            kept.append("\n".join([times, *words]))
    return ("\n\n".join(kept) + "\n").encode() if len(kept) > 1 else b""


def _shifted(line: str, start_ms: int, after: int, before: int) -> str:
    """The times inside a line of a cue, moved along with it."""

    def moved(tag: re.Match[str]) -> str:
        time = _milliseconds(tag.groups())
        return f"<{_timed(time - start_ms)}>" if after < time < before else ""

    return re.sub(f"<{TIME}>", moved, line, flags=re.ASCII)


def _timed(milliseconds: int) -> str:
    hours, rest = divmod(milliseconds, 3_600_000)
    return f"{hours:02}:{_shown(rest)}"


def _blocks(lines: list[str]) -> list[tuple[int, list[str]]]:
    """The parts between empty lines, after the header, each with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    start = 0
    for number, line in enumerate([*lines[1:], ""], 2):
        if line and not start:
            start = number
        elif not line and start:
            blocks.append((start, lines[start - 1 : number - 1]))
            start = 0
    return blocks


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _shown(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
