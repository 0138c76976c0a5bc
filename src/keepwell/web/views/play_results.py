"""What one play did; what all plays did in a month; taking back what was learned; files of both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.plays.effects import queries as effects
from keepwell.plays.effects.contracts import VAIN_DAYS, VAIN_LEAST
from keepwell.plays.experiments import results
from keepwell.plays.experiments.contracts import PlayView
from keepwell.plays.learning import queries as learning
from keepwell.plays.learning import services as learned
from keepwell.plays.learning.contracts import LearningError, Savings
from keepwell.plays.lifts import queries as lifts
from keepwell.web import exports, formats
from keepwell.web.lifts import savings as savings_of_lots
from keepwell.web.results import pdf, shown, words
from keepwell.web.shell import render, wants_fragment

MONTHS = 12


def play(request: HttpRequest, play_id: int) -> HttpResponse:
    """The results of one play; as a part of a page they are read, as a page they load by themselves."""
    found = _play(request, play_id)
    if not wants_fragment(request):
        title = _("Results of “%(play)s”") % {"play": found.name}
        context = {"title": title, "play": found, **shown.panel(play_id)}
        return render(request, "keepwell/play_results_page.html", context)
    part = "keepwell/_play_results.html"
    return render(request, part, shown.context(request, found), fragment=part)


def export(request: HttpRequest, play_id: int, kind: str) -> HttpResponseBase:
    """The results of one play as a file."""
    one = _play(request, play_id)
    _noted(request, f"play:{one.code}", kind)
    name = f"keepwell-play-{one.code}"
    if kind == "pdf":
        seen = results.read(play_id)
        file = pdf.play_report(one, results.summary(seen), results.grouped(seen))
        response = FileResponse(
            file, as_attachment=True, filename=f"{name}.pdf", content_type="application/pdf"
        )
        response["Cache-Control"] = "private, no-store"
        return response
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(shown.HEADER, shown.lines(results.results(play_id)), name)


def savings(request: HttpRequest) -> HttpResponse:
    """What all plays did in a month, a part of the page Effects."""
    _whole_company(request)
    until, since = _month(request)
    found = learning.savings(since=since, until=until)
    if request.GET.get("part") == "groups":
        # Read anew, play by play, and so after the table.
        part = "keepwell/_plays_groups.html"
        return render(request, part, {"groups": shown_groups(_grouped(found))}, fragment=part)
    part = "keepwell/_plays_savings.html"
    context = {
        "found": found,
        "month": f"{since:%Y-%m}",
        "months": _months(),
        "sentences": savings_sentences(found),
        "rows": savings_rows(found),
        "lots": savings_of_lots.context(lifts.savings(since=since, until=until)),
        "vain": vain_rows(request),
        "vain_least": VAIN_LEAST,
        "vain_days": VAIN_DAYS,
        "export": {
            kind: f"{reverse('effects_plays_export', args=[kind])}?month={since:%Y-%m}"
            for kind in ("csv", "xlsx", "pdf")
        },
    }
    return render(request, part, context, fragment=part)


def savings_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as a file."""
    _whole_company(request)
    until, since = _month(request)
    found = learning.savings(since=since, until=until)
    lots = lifts.savings(since=since, until=until)
    _noted(request, f"plays:{since:%Y-%m}", kind)
    if kind == "pdf":
        others = savings_of_lots.context(lots)
        file = pdf.savings_report(found, savings_sentences(found), savings_rows(found), others)
        name = f"keepwell-plays-{since:%Y-%m}.pdf"
        response = FileResponse(file, as_attachment=True, filename=name, content_type="application/pdf")
        response["Cache-Control"] = "private, no-store"
        return response
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    lines = [*savings_lines(found), *savings_of_lots.lines(lots)]
    return respond(SAVINGS_HEADER, lines, f"keepwell-plays-{since:%Y-%m}")


SAVINGS_HEADER = (
    "play", "owner", "known_up_to", "treated", "kept", "kept_low", "kept_high", "margin", "margin_low",
    "margin_high", "cost", "currency", "final", "verdict",
)  # fmt: skip


def savings_lines(found: Savings) -> list[tuple[Any, ...]]:
    """One line for each play; plain numbers."""
    names = users.names([one.owner_id for one in found.plays if one.owner_id])
    return [
        (
            one.name,
            names.get(one.owner_id or 0, ""),
            one.as_of,
            one.treated,
            *_plain(one.kept),
            *_plain(one.margin),
            one.cost,
            one.currency,
            one.final,
            one.verdict,
        )
        for one in found.plays
    ]


def _plain(amount: Any) -> tuple[float | None, ...]:
    numbers = (amount.value, amount.low, amount.high)
    return tuple(None if abs(one) == float("inf") else one for one in numbers)


def savings_sentences(found: Savings) -> list[str]:
    """What plays saved, in a sentence with its interval, and one more for each further currency."""
    if not found.plays:
        return [_("No play was looked at in this month.")]
    if not found.money:
        return [_("What plays saved in this month cannot be added up: too small, or not to be compared.")]
    first, *others = [
        {
            "kept": words.between(found.kept),
            "plays": formats.number(one.plays),
            "currency": one.currency,
            "margin": words.between(one.margin, one.currency),
            "cost": formats.money(one.cost, one.currency),
        }
        for one in found.money
    ]
    if found.kept_somebody:
        whole = _(
            "Plays kept %(kept)s customers who would have left; margin %(margin)s after %(cost)s of cost."
        )
    else:
        whole = _(
            "Whether plays kept anybody cannot be told yet: "
            "%(kept)s customers, margin %(margin)s at %(cost)s."
        )
    more = _("In %(currency)s (plays: %(plays)s): margin %(margin)s after %(cost)s of cost.")
    left_out = (
        [
            _("Not in the sum, as they are too small or cannot be compared: %(count)s.")
            % {"count": formats.number(found.left_out)}
        ]
        if found.left_out
        else []
    )
    return [whole % first, *(more % one for one in others), *left_out]


def savings_rows(found: Savings) -> list[dict[str, Any]]:
    """One row for each play."""
    names = users.names([one.owner_id for one in found.plays if one.owner_id])
    return [
        {
            "name": one.name,
            "url": reverse("play_results", args=[one.play_id]),
            "owner": names.get(one.owner_id or 0, formats.DASH),
            "treated": one.treated,
            "kept": words.between(one.kept),
            "margin": words.between(one.margin, one.currency),
            "cost": formats.money(one.cost, one.currency),
            "returned": _returned(one.margin.value, one.cost, one.currency),
            "verdict": words.VERDICT.get(one.verdict, one.verdict),
            "code": words.CLASS.get(results.Verdict(one.verdict), "small"),
            "final": one.final,
        }
        for one in found.plays
    ]


def _returned(margin: float, cost: float, currency: str) -> str:
    return formats.money(margin / cost, currency) if cost else formats.DASH


def _grouped(found: Savings) -> dict[str, dict[str, list[Any]]]:
    """Customers kept, by group of every kind, over the plays of the month."""
    summed: dict[str, dict[str, list[Any]]] = {name: {} for name in shown.DIMENSIONS}
    for one in found.plays:
        for name, rows in results.groups(one.play_id, one.as_of).items():
            for row in rows:
                summed[name].setdefault(row.key, []).append(row)
    return summed


def shown_groups(tables: dict[str, dict[str, list[Any]]]) -> list[dict[str, Any]]:
    """Customers kept by tier, grade, cause and owner, each with its interval."""
    titles = {
        "tier": _("By value tier"),
        "grade": _("By grade"),
        "cause": _("By cause"),
        "owner": _("By who looks after the customer"),
    }
    made = []
    for name in shown.DIMENSIONS:
        if any(tables[name]):
            labels = shown.group_labels(name, list(tables[name]))
            rows = [
                {
                    "name": labels[key],
                    "treated": sum(row.treated for row in listed),
                    "kept": words.between(
                        learning.together([results.summed([(row.lift, row.treated)]) for row in listed])
                    ),
                }
                for key, listed in tables[name].items()
            ]
            made.append({"key": name, "title": titles[name], "rows": rows})
    return made


def vain_rows(request: HttpRequest) -> list[dict[str, Any]]:
    """Who is written to in vain, everybody first, then by segment."""
    names = {one.segment_id: one.name for one in segments.segments(request.user)}
    found = effects.written_to_in_vain()
    return [
        {
            "name": _("Everybody") if one.segment_id is None else names[one.segment_id],
            "url": "" if one.segment_id is None else reverse("segment", args=[one.segment_id]),
            "contacted": one.contacted,
            "vain": one.vain,
            "share": formats.percent(one.share),
            "contacts": one.contacts,
        }
        for one in found
        if one.segment_id is None or one.segment_id in names
    ]


@require_POST
def take_back(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Put the earlier value of an assumption back."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    try:
        learned.take_back(lesson_id=lesson_id, actor=request.user.get_username(), now=clock.now())
    except LearningError as error:
        if str(error) == "unknown":
            raise Http404 from error
        messages.error(request, _("Somebody has changed this line since; the earlier value is not put back."))
    else:
        messages.success(request, _("The earlier value counts again."))
    return HttpResponseRedirect(f"{reverse('treatments')}#lessons")


def _play(request: HttpRequest, play_id: int) -> PlayView:
    _whole_company(request)
    found = shown.known(play_id)
    if found is None:
        raise Http404
    return found


def _whole_company(request: HttpRequest) -> None:
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied(_("This page is about the whole company. Ask a manager."))


def _noted(request: HttpRequest, what: str, kind: str) -> None:
    audit.log(
        actor=request.user.get_username(),
        action="effects.export",
        object_type="report",
        object_id=what,
        details={"kind": kind},
    )


def _months() -> list[str]:
    """The newest months first, from that of which something is known."""
    at = results.known_at()
    numbers = [at.year * 12 + at.month - 1 - back for back in range(MONTHS)]
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def _month(request: HttpRequest) -> tuple[datetime, datetime]:
    """End and begin of the month that the address asks for."""
    asked = request.GET.get("month", "")
    months = _months()
    year, month = (int(part) for part in (asked if asked in months else months[0]).split("-"))
    since = datetime(year, month, 1, tzinfo=UTC)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return following - timedelta(microseconds=1), since
