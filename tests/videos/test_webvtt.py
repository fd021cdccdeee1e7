"""The reader of captions: what it takes, and for everything else the line, the reason and what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videos import webvtt
from videos.webvtt import Cue


def read(text: str | bytes, most_ms: int = 10_000) -> webvtt.Reader:
    return webvtt.read(text.encode() if isinstance(text, str) else text, most_ms=most_ms)


def cue(words: str, times: str = "00:01.000 --> 00:04.000") -> str:
    return f"WEBVTT\n\n{times}\n{words}\n"


GOOD = {
    "plain": cue("Rain."),
    "a byte order mark": "\ufeff" + cue("Rain."),
    "other line ends": cue("Rain.").replace("\n", "\r\n"),
    "old line ends": cue("Rain.").replace("\n", "\r"),
    "words after the header": cue("Rain.").replace("WEBVTT", "WEBVTT - by Linh", 1),
    "a name": "WEBVTT\n\nfirst\n00:01.000 --> 00:04.000\nRain.",
    "a comment": "WEBVTT\n\nNOTE made by hand\nin two lines\n\n00:01.000 --> 00:04.000\nRain.",
    "hours": cue("Rain.", "00:00:01.000 --> 00:00:04.000"),
    "to the last moment": cue("Rain.", "00:01.000 --> 00:10.000"),
    "settings": cue("Rain.", "00:01.000 --> 00:04.000 line:90% position:50%,center size:80% align:start vertical:rl"),
    "two lines": cue("Rain\non tin."),
    "tags": cue("<v.loud Mary>Hi</v> <i>you</i> <b><u>there</u></b> <c.red.big>!</c> <lang vi>chào</lang>"),
    "a voice for all of it": cue("<v Mary>Hi"),
    "ruby": cue("<ruby>漢<rt>kan</rt></ruby>"),
    "times inside": cue("One <00:02.000>two <00:03.000>three"),
    "entities": cue("a &amp; b &lt;&gt; &nbsp;&lrm;&rlm;"),
    "other scripts": cue("đêm mưa · ночь · ليلة · 夜 🌧️"),
    "at the same time": cue("One") + "\n00:01.000 --> 00:02.000\nTwo",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_webvtt_allows_is_taken(text):
    reader = read(text)
    assert reader.errors == []
    assert reader.cues[0].lines


def test_cues_are_read_with_their_times_and_lines():
    reader = read(
        "WEBVTT\n\n1\n00:01.500 --> 00:04.000 align:start\nRain\non tin.\n\n\n01:00:00.001 --> 01:00:01.000\nEnd",
        4_000_000,
    )
    assert reader.cues == [Cue(1_500, 4_000, ("Rain", "on tin.")), Cue(3_600_001, 3_601_000, ("End",))]


BAD = {
    "nothing": ("", 1, "begin with"),
    "another format": ("1\n00:00:01,000 --> 00:00:02,000\nRain", 1, "begin with"),
    "a word that goes on": (cue("Rain").replace("WEBVTT", "WEBVTTX", 1), 1, "begin with"),
    "no empty line": ("WEBVTT\n00:01.000 --> 00:04.000\nRain", 2, "empty line"),
    "a header line": ("WEBVTT\nKind: captions\n\n00:01.000 --> 00:04.000\nRain", 2, "empty line"),
    "no cue": ("WEBVTT\n", 0, "no cue"),
    "only a comment": ("WEBVTT\n\nNOTE rain", 0, "no cue"),
    "no UTF-8": (b"WEBVTT\n\n00:01.000 --> 00:04.000\n\xff\xfe", 4, "UTF-8"),
    "UTF-16": ("WEBVTT\n\n00:01.000 --> 00:04.000\nRain".encode("utf-16"), 1, "UTF-8"),
    "a NUL": (cue("Ra\0in"), 4, "control"),
    "an escape": (cue("\x1b[31mRain"), 4, "control"),
    "a long line": (cue("x" * 401), 4, "too long"),
    "a comma": (cue("Rain", "00:01,000 --> 00:04,000"), 3, "times"),
    "no thousandths": (cue("Rain", "00:01 --> 00:04"), 3, "times"),
    "seconds above 59": (cue("Rain", "00:60.000 --> 01:04.000"), 3, "times"),
    "a tight arrow": (cue("Rain", "00:01.000-->00:04.000"), 3, "times"),
    "Arabic digits": (cue("Rain", "٠٠:٠١.٠٠٠ --> 00:04.000"), 3, "times"),
    "backwards": (cue("Rain", "00:04.000 --> 00:01.000"), 3, "before it begins"),
    "no length": (cue("Rain", "00:04.000 --> 00:04.000"), 3, "before it begins"),
    "after the video": (cue("Rain", "00:09.000 --> 00:10.001"), 3, "after the video"),
    "out of order": (cue("One") + "\n00:00.500 --> 00:02.000\nTwo", 6, "above it"),
    "no words": ("WEBVTT\n\n00:01.000 --> 00:04.000\n\nRain", 4, "says nothing"),
    "words alone": ("WEBVTT\n\nRain", 4, "without its times"),
    "a style sheet": ("WEBVTT\n\nSTYLE\n::cue { background: url(//evil) }\n", 3, "Style sheets"),
    "a region": ("WEBVTT\n\nREGION\nid:fred\n", 3, "Style sheets"),
    "an unknown setting": (cue("Rain", "00:01.000 --> 00:04.000 region:fred"), 3, "no setting"),
    "a wild setting": (cue("Rain", "00:01.000 --> 00:04.000 size:500%"), 3, "no setting"),
    "a setting twice": (cue("Rain", "00:01.000 --> 00:04.000 size:50% size:60%"), 3, "settings"),
    "a script": (cue("<script>alert(1)</script>"), 4, "no tag"),
    "a picture": (cue("<img src=x onerror=alert(1)>"), 4, "no tag"),
    "a link": (cue('<a href="https://evil.example">here</a>'), 4, "no tag"),
    "capitals": (cue("<I>Rain</I>"), 4, "no tag"),
    "not closed": (cue("<i>Rain"), 4, "not closed"),
    "closed twice": (cue("<i>Rain</i></i>"), 4, "closes nothing"),
    "crossed": (cue("<i><b>Rain</i></b>"), 4, "closes nothing"),
    "half a voice": (cue("<v Mary>Hi <v Tom>Ho"), 4, "not closed"),
    "a nameless voice": (cue("<v>Hi</v>"), 4, "whose"),
    "a talkative i": (cue("<i onclick>Hi</i>"), 4, "whose"),
    "rt alone": (cue("<rt>kan</rt>"), 4, "ruby"),
    "a bracket": (cue("3 < 4"), 4, "bracket|no tag"),
    "an arrow in the words": (cue("one --> two"), 4, "bracket"),
    "an ampersand": (cue("Tom & Jerry"), 4, "ampersand"),
    "an entity of HTML": (cue("&copy; Linh"), 4, "ampersand"),
    "a number as entity": (cue("&#60;script&#62;"), 4, "ampersand"),
    "a time outside": (cue("One <00:09.000>two"), 4, "out of order"),
    "an arrow in a comment": ("WEBVTT\n\nNOTE a --> b\n\n00:01.000 --> 00:04.000\nRain", 3, "arrow"),
}


@pytest.mark.parametrize(("text", "line", "reason"), BAD.values(), ids=BAD)
def test_everything_else_is_refused_with_line_and_reason(text, line, reason):
    errors = read(text).errors
    assert errors
    assert errors[0].field == "file"
    assert errors[0].allowed
    assert any(word in errors[0].reason for word in reason.split("|")), errors[0]
    if line:
        assert errors[0].reason.startswith(f"Line {line}: ")


def test_a_file_that_is_too_large_is_not_even_read():
    data = (cue("Rain.") + "\nNOTE " + "x" * webvtt.MOST_BYTES).encode()
    (error,) = read(data).errors
    assert "too large" in error.reason
    assert "200000" in error.allowed
    exact = cue("Rain.").encode()
    exact += b"\n" * (webvtt.MOST_BYTES - len(exact))
    assert read(exact).errors == []


def test_all_that_is_wrong_is_told_at_once_but_not_without_end():
    text = "WEBVTT\n\n" + "\n\n".join(f"00:0{n}.000 --> 00:0{n}.500\n<x>" for n in range(9))
    assert [error.reason.split(":")[0] for error in read(text).errors] == [f"Line {4 + 3 * n}" for n in range(9)]
    endless = "WEBVTT\n\n" + "\n\n".join("00:01.000 --> 00:02.000\n<x>" for _ in range(500))
    assert len(read(endless).errors) == webvtt.MOST_ERRORS


def test_more_cues_than_anybody_reads_are_refused():
    text = "WEBVTT\n\n" + "\n\n".join("00:01.000 --> 00:02.000\nx" for _ in range(webvtt.MOST_CUES + 1))
    assert "3000 cues" in read(text).errors[0].reason


@given(st.binary(max_size=300))
def test_whatever_bytes_come_there_is_an_answer(data):
    reader = read(b"WEBVTT\n\n" + data)
    assert reader.errors or reader.cues


@given(st.text(alphabet="<>/&;:. -civb\n0123456789", max_size=120))
def test_whatever_is_taken_has_only_known_tags(words):
    reader = read(cue(words))
    if not reader.errors:
        for one in reader.cues:
            assert all("-->" not in line for line in one.lines)
            assert one.start < one.end <= 10_000
