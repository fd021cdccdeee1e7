"""Figures: the leads' dashboard and its CSV, and everybody's own."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import lead_required, reviewer_required
from review.charts import columns, shares
from review.selectors.dashboard import dashboard
from review.selectors.quality import Group, quality, quality_of
from review.views.shared import private, reviewer_of


@private
@lead_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """What comes in, what waits, what is kept, and how far the team agrees."""
    board, known = dashboard(), quality()
    labels = [date_format(day.day, "j M") for day in board.days]
    context = {
        "board": board,
        "quality": known,
        "tables": [
            (_("Policy"), known.by_policy, "policy"),
            (_("Language"), known.by_language, "language"),
            (_("Reviewer"), known.by_reviewer, "reviewer"),
        ],
        "are_pairs_in_groups": any(group.pairs for group in (*known.by_policy, *known.by_language)),
        "days": columns(labels, [day.opened for day in board.days], [day.decided for day in board.days]),
        "labels": labels,
        "kept": list(
            zip(
                (_("met"), _("missed")),
                (board.deadlines.met, board.deadlines.missed),
                shares([board.deadlines.met, board.deadlines.missed]),
                strict=True,
            )
        ),
        "backlog": list(zip(board.backlog, shares([age.waiting for age in board.backlog]), strict=True)),
        "reasons": list(zip(board.reasons, shares([reason.given for reason in board.reasons]), strict=True)),
        "load": list(zip(board.load, shares([load.decided for load in board.load]), strict=True)),
    }
    return render(request, "review/figures.html", context)


@private
@reviewer_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """A reviewer's own figures, which nobody else but the leads sees."""
    return render(request, "review/figures_mine.html", {"own": quality_of(reviewer_of(request))})


@private
@lead_required
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All figures as one CSV: a table a part, told apart by the first column."""
    today = timezone.localdate().isoformat()
    writer = csv.writer(_Line())
    answer = StreamingHttpResponse((writer.writerow(row) for row in _lines()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="review-figures-{today}.csv"'
    return answer


class _Line:
    """What `csv` writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def _lines() -> Iterator[list[object]]:
    """The part, what it is about, the figure's name, the figure. Names for programs, hence not translated."""
    yield ["part", "of", "figure", "value"]
    board, known = dashboard(), quality()
    for day in board.days:
        yield ["day", day.day.isoformat(), "opened", day.opened]
        yield ["day", day.day.isoformat(), "decided", day.decided]
    for age in board.backlog:
        yield ["backlog", f"{age.from_hours}-{age.to_hours or ''} h", "waiting", age.waiting]
    yield ["deadlines", f"{board.deadlines.days} days", "met", board.deadlines.met]
    yield ["deadlines", f"{board.deadlines.days} days", "missed", board.deadlines.missed]
    for reason in board.reasons:
        yield ["reason", _plain(f"{reason.policy}: {reason.label}"), "given", reason.given]
    for load in board.load:
        yield ["load", _plain(load.reviewer), "decided in 7 days", load.decided]
    groups = {"policy": known.by_policy, "language": known.by_language, "reviewer": known.by_reviewer}
    for part, of_part in (("all", [known.all]), *groups.items()):
        for group in of_part:
            yield from _of_group(part, group)
    yield ["golden", "", "met", known.golden.met]
    yield ["golden", "", "as expected", known.golden.right]
    yield ["agreement", "", "Krippendorff's alpha", _figure(known.agreement.alpha)]
    for pair in known.agreement.pairs:
        yield ["agreement", _plain(f"{pair.first} / {pair.second}"), "Cohen's kappa", _figure(pair.kappa)]


def _of_group(part: str, group: Group) -> Iterator[list[object]]:
    name = _plain(group.name)
    yield [part, name, "decided", group.decided]
    yield [part, name, "adverse", group.adverse]
    yield [part, name, "appeals decided", group.appealed]
    yield [part, name, "overturned", group.overturned]
    yield [part, name, "median hours", _figure(group.median_hours)]
    if part in {"policy", "language"}:
        yield [part, name, "Krippendorff's alpha", _figure(group.alpha)]
        yield [part, name, "works in common", group.shared]
        yield [part, name, "Cohen's kappa, mean of each two", _figure(group.kappa)]
        for pair in group.pairs:
            of_two = _plain(f"{group.name}: {pair.first} / {pair.second}")
            yield [f"{part} agreement", of_two, "Cohen's kappa", _figure(pair.kappa)]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _plain(text: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
