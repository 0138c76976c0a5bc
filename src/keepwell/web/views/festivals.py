"""The festival calendar: which day a festival is kept on, by country and year."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.journeys import labels, queries, services
from keepwell.outreach.journeys.contracts import FestivalView, JourneyError
from keepwell.outreach.journeys.core import calendar as rules
from keepwell.web import exports, formats, left_out
from keepwell.web.shell import render

UNDO = "festival_undo"
FILE_MAX = 1_000_000
SEE, WRITE = Permission.VIEW_PLANS, Permission.SAVE_PLANS
# The countries that the rules know something of.
COUNTRY = {
    "AU": pgettext_lazy("country", "Australia"),
    "BR": pgettext_lazy("country", "Brazil"),
    "CA": pgettext_lazy("country", "Canada"),
    "CN": pgettext_lazy("country", "China"),
    "DE": pgettext_lazy("country", "Germany"),
    "ES": pgettext_lazy("country", "Spain"),
    "FR": pgettext_lazy("country", "France"),
    "GB": pgettext_lazy("country", "United Kingdom"),
    "HK": pgettext_lazy("country", "Hong Kong"),
    "IE": pgettext_lazy("country", "Ireland"),
    "IT": pgettext_lazy("country", "Italy"),
    "JP": pgettext_lazy("country", "Japan"),
    "KR": pgettext_lazy("country", "South Korea"),
    "MO": pgettext_lazy("country", "Macao"),
    "MX": pgettext_lazy("country", "Mexico"),
    "NO": pgettext_lazy("country", "Norway"),
    "NZ": pgettext_lazy("country", "New Zealand"),
    "PT": pgettext_lazy("country", "Portugal"),
    "SE": pgettext_lazy("country", "Sweden"),
    "SG": pgettext_lazy("country", "Singapore"),
    "TH": pgettext_lazy("country", "Thailand"),
    "TW": pgettext_lazy("country", "Taiwan"),
    "US": pgettext_lazy("country", "United States"),
}


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """The days of a country in a year, each with where it comes from."""
    access.require(request.user, SEE)
    country, year = _asked(request.GET)
    may_write = access.may(request.user, WRITE)
    today = timezone.localdate()
    rows = [_row(one, today) for one in _days(country, year)]
    countries = sorted({*COUNTRY, *queries.festival_countries(), country})
    undo = request.session.get(UNDO)
    context = {
        "title": _("Festival calendar"),
        "rows": rows,
        "country": country,
        "country_name": COUNTRY.get(country, country),
        "countries": sorted(((one, COUNTRY.get(one, one)) for one in countries), key=lambda one: str(one[1])),
        "year": year,
        "years": (year - 1, year + 1),
        "next": next((row for row in rows if row["ahead"]), None) if year == today.year else None,
        "may_write": may_write,
        "undo": undo if may_write else None,
        "here": f"?{urlencode({'country': country, 'year': year})}",
        "first": date(year, 1, 1),
        "last": date(year, 12, 31),
    }
    return render(request, "keepwell/journeys/festivals.html", context)


@require_POST
def act(request: HttpRequest, action: str) -> HttpResponse:
    """Set a day, say that it is not kept, follow the rule, add a day of one's own, undo, take a file."""
    access.require(request.user, WRITE)
    country, year = _asked(request.POST)
    by: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    try:
        if action == "undo":
            country, year = _undo(request, country, year, by)
        elif action == "file":
            _take(request, by)
        elif action == "add":
            year = _add(request, country, by)
        else:
            _change(request, action, country, year, by)
    except JourneyError as error:
        messages.error(request, labels.problem(error))
    return HttpResponseRedirect(reverse("festivals") + f"?{urlencode({'country': country, 'year': year})}")


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The days of a country in a year as a file that can be taken in again."""
    access.require(request.user, SEE)
    country, year = _asked(request.GET)
    audit.log(
        actor=request.user.get_username(),
        action="festivals.export",
        object_type="report",
        object_id=f"{country}-{year}",
    )
    header = ("country", "year", "code", "name", "on", "source")
    rows = [(one.country, one.year, one.code, _name(one), one.on, one.source) for one in _days(country, year)]
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(header, rows, f"keepwell-festivals-{country}-{year}")


def _add(request: HttpRequest, country: str, by: dict[str, Any]) -> int:
    """Add a day of the shop's own; its year. The same name again in that year moves it."""
    on = _day(request.POST.get("on", ""))
    before = {one.code: one for one in queries.festival_days(country, on.year)}
    code = services.add_own_day(country=country, on=on, name=request.POST.get("name", ""), **by)
    new = FestivalView(country, on.year, code, None, "new")
    _remember(request, before.get(code, new), _("The day is added."))
    return on.year


def _change(request: HttpRequest, action: str, country: str, year: int, by: dict[str, Any]) -> None:
    code = request.POST.get("code", "")
    named = {"country": country, "year": year, "code": code, **by}
    if action == "set":
        before = services.set_festival(**named, on=_day(request.POST.get("on", "")))
        said = _("The day is set.")
    elif action == "none":
        before = services.set_festival(**named, on=None)
        said = _("It is not kept in this year.")
    elif action == "rule":
        before = services.follow_rule(**named)
        said = _("The rule holds again.") if code in rules.FESTIVALS else _("The day is gone.")
    else:
        raise Http404
    _remember(request, before or FestivalView(country, year, code, None, "new"), said)


def _remember(request: HttpRequest, before: FestivalView, said: str) -> None:
    """Keep what was said before, so that one change can be taken back."""
    request.session[UNDO] = {
        "country": before.country,
        "year": before.year,
        "code": before.code,
        "on": before.on.isoformat() if before.on else "",
        "source": before.source,
        "name": before.name,
        "said": said,
    }


def _undo(request: HttpRequest, country: str, year: int, by: dict[str, Any]) -> tuple[str, int]:
    known = request.session.pop(UNDO, None)
    if known is None:
        messages.error(request, _("There is nothing to take back."))
        return country, year
    if known["source"] == "new":
        services.follow_rule(country=known["country"], year=known["year"], code=known["code"], **by)
    else:
        on = date.fromisoformat(known["on"]) if known["on"] else None
        before = FestivalView(
            known["country"], known["year"], known["code"], on, known["source"], known["name"]
        )
        services.put_back(before=before, **by)
    messages.success(request, _("Taken back."))
    return known["country"], known["year"]


def _take(request: HttpRequest, by: dict[str, Any]) -> None:
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > FILE_MAX:
        messages.error(request, _("Choose a CSV file of at most 1 MB."))
        return
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        messages.error(request, _("The file is not UTF-8: save it as “CSV UTF-8”."))
        return
    changed, refused = services.take_festivals(text=text, **by)
    messages.success(
        request,
        ngettext("%(count)s day changed.", "%(count)s days changed.", changed)
        % {"count": formats.number(changed)},
    )
    left_out.tell(request, [(number, labels.problem(error)) for number, error in refused])


def _asked(data: Any) -> tuple[str, int]:
    """Country and year that were asked for, else the shop's and the present."""
    country = str(data.get("country", "")).strip().upper()
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        country = queries.home_country() or "CN"
    typed = str(data.get("year", ""))
    year = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) == 4 else 0
    known = rules.YEAR_FIRST <= year <= rules.YEAR_LAST
    return country, year if known else timezone.localdate().year


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise JourneyError("bad_day", day=typed) from None


def _days(country: str, year: int) -> list[FestivalView]:
    """What people said, and of everything else what the rules say, in order; not kept comes last."""
    said = {one.code: one for one in queries.festival_days(country, year)}
    by_rule = rules.festivals(country, year)
    known = {code: FestivalView(country, year, code, on, "rule") for code, on in by_rule.items()}
    missing = {
        code: FestivalView(country, year, code, None, "none")
        for code, where in rules.FESTIVALS.items()
        if code not in known and country in where
    }
    every = {**missing, **known, **said}.values()
    return sorted(every, key=lambda one: (one.on is None, one.on or date.max, one.code))


def _name(one: FestivalView) -> str:
    return str(labels.FESTIVAL.get(one.code) or one.name or one.code)


def _row(one: FestivalView, today: date) -> dict[str, Any]:
    return {
        "one": one,
        "name": _name(one),
        "is_own": one.code not in rules.FESTIVALS,
        "by_hand": one.source == "hand",
        "by_rule": one.source == "rule",
        "ahead": one.on is not None and one.on >= today,
    }
