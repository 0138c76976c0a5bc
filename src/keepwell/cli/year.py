"""`keepwell year`: a year of a simulated shop, and whether what was measured is true."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError
from keepwell.cli.output import emit, json_text, money, note, path_text, progress, table
from keepwell.cli.simulate import CUSTOMERS

MARK = "year.json"
CURRENCY = "CNY"
BUDGET_A_CUSTOMER = Decimal(1)
# Where links in the messages lead; nobody follows them.
ADDRESS = "https://www.keepwell-tea.com"


@click.command("year", context_settings=options.CONTEXT)
@click.option(
    "--customers",
    type=click.IntRange(100, 100_000),
    default=CUSTOMERS,
    show_default=True,
    help="How many customers the shop has at the end.",
)
@click.option("--months", type=click.IntRange(2, 24), default=12, show_default=True, help="How long.")
@click.option(
    "--budget",
    type=options.Amount(),
    default=None,
    show_default="1 CNY a customer",
    help="The most that a month's plan may cost.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".keepwell-year"),
    show_default=True,
    help="The folder of the simulated shop; it must be empty, or hold the same year.",
)
@options.language
@options.as_json
def year_command(
    customers: int,
    months: int,
    budget: Decimal | None,
    seed: int,
    home: Path,
    language: str | None,
    as_json: bool,
) -> None:
    """Prove on a simulated shop that measured lift is true lift.

    Every month: a cycle, a plan under a budget, plays from it with a control of 20 %, messages and tasks, and
    a month in which the customers live on. At the end it shows what was measured beside what is true, which
    only the simulation knows. Run again on the same home, it shows what was found.
    """
    spend = budget if budget is not None else BUDGET_A_CUSTOMER * customers
    asked = {"customers": customers, "months": months, "seed": seed, "budget": str(spend)}
    os.environ.setdefault("KEEPWELL_WEBHOOKS_PRIVATE", "1")  # the system that takes the messages is here
    os.environ.setdefault("KEEPWELL_URL", ADDRESS)
    boot(home, language=language)
    found = _kept(home / MARK, asked) or _lived(home, asked)
    if as_json:
        emit(found)
    else:
        show(found)
        _invite(home)


def _kept(path: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """What an earlier run on this home found; raises CommandError where it was another year."""
    if not path.exists():
        return None
    kept: dict[str, Any] = json.loads(path.read_text())
    if {name: kept[name] for name in asked} != asked:
        raise CommandError("this home holds another year; give this one its own: --home", field="home")
    return kept


def _lived(home: Path, asked: dict[str, Any]) -> dict[str, Any]:
    from keepwell.cli import year_report
    from keepwell.cli.year_loop import Year
    from keepwell.cli.year_post import PostOffice
    from keepwell.cli.year_world import World
    from keepwell.plays import queries

    _refuse_other_data()
    customers, months = int(asked["customers"]), int(asked["months"])
    before = {(one.treatment, one.tier, one.reason_group): one.saved_share for one in queries.assumptions()}
    note(f"Simulating a shop of {customers:,} customers …")
    world = World(customers=customers, seed=int(asked["seed"]), months=months, folder=home / "year")
    with PostOffice() as post, progress() as report:

        def tell(over: int, treated: int) -> None:
            report(f"month {over} of {months}", 1.0, treated)

        year = Year(world, post, months=months, budget=Decimal(asked["budget"]), tell=tell)
        year.prepare()
        report("three years before", 1.0, 0)
        year.run()
    found = {**asked, "currency": CURRENCY, **year_report.document(year.plays, before)}
    temporary = home / f".{MARK}.tmp"
    temporary.write_text(json_text(found))
    temporary.replace(home / MARK)
    kept: dict[str, Any] = json.loads((home / MARK).read_text())
    return kept


def _invite(home: Path) -> None:
    """How to look at it in the browser."""
    from django.utils.translation import gettext as _

    from keepwell.accounts.services import create_password_link
    from keepwell.cli.serve import PORT
    from keepwell.cli.year_loop import ACTOR, APPROVER
    from keepwell.foundation import clock
    from keepwell.outreach import users

    manager = users.by_username(APPROVER)
    if manager is not None:
        secret = create_password_link(user_id=manager.pk, actor=ACTOR, now=clock.now())
        note(_("To look at its plays: keepwell serve --home %(home)s") % {"home": path_text(home)})
        link = f"http://127.0.0.1:{PORT}/sign-in/link/{secret}/"
        note(_("and sign in as %(name)s: %(link)s") % {"name": APPROVER, "link": link})


def _refuse_other_data() -> None:
    from keepwell.customers import queries as customers
    from keepwell.history import queries as history

    if customers.count() or any(history.counts().values()):
        raise CommandError(
            "this home or database holds data already; the year needs an empty one: --home", field="home"
        )


def show(found: dict[str, Any]) -> None:
    """The year for people."""
    _show_plays(found)
    _show_total(found)
    _show_assumptions(found)


def _show_plays(found: dict[str, Any]) -> None:
    from django.utils.translation import gettext as _
    from django.utils.translation import ngettext, pgettext

    from keepwell.plays import queries

    names = {one.code: one.name for one in queries.treatments()}
    columns = [
        (_("Month"), "right"),
        (_("Treatment"), "left"),
        (_("Members"), "right"),
        (_("Control"), "right"),
        (_("Reached"), "right"),
        (_("Measured lift"), "right"),
        (_("95 % interval"), "right"),
        (_("True lift"), "right"),
        (pgettext("the truth within the interval", "Inside"), "left"),
        (_("Keepwell says"), "left"),
    ]
    rows = [
        (
            play["month"],
            names.get(play["treatment"], play["treatment"]),
            f"{play['members']:,}",
            f"{play['control']:,}",
            f"{play['reached']:,}",
            _points(play["retention"]["measured"]),
            f"{_points(play['retention']['low'])} … {_points(play['retention']['high'])}",
            _points(play["retention"]["true"]),
            _inside(play["retention"]["covered"]),
            _verdict(play["retention"]["evidence"]),
        )
        for play in found["plays"]
    ]
    title = _("More customers in a hundred who bought again within %(days)s days") % {"days": 60}
    table(title, columns, rows)
    told = found["coverage"]["retention"]
    click.echo(
        ngettext(
            "The truth is inside in %(covered)s of %(plays)s play.",
            "The truth is inside in %(covered)s of %(plays)s plays.",
            told["plays"],
        )
        % told
    )
    if told["trusted"]:
        click.echo(
            _("Of the %(trusted)s with enough orders to trust their interval, in %(trusted_covered)s.") % told
        )


def _show_total(found: dict[str, Any]) -> None:
    from django.utils.translation import gettext as _
    from django.utils.translation import pgettext

    total, currency = found["total"], found["currency"]
    columns = [
        (_("The whole year"), "left"),
        (_("Measured"), "right"),
        (_("95 % interval"), "right"),
        (_("Truth"), "right"),
        (pgettext("the truth within the interval", "Inside"), "left"),
    ]
    names = {
        "customers_kept": _("Customers kept"),
        "revenue": _("Revenue gained"),
        "margin": _("Margin gained, less the cost of contacts"),
    }
    rows = []
    for key, name in names.items():
        one = total[key]
        said = (
            [f"{round(one[part]):,}" for part in ("measured", "low", "high", "true")]
            if key == "customers_kept"
            else [money(one[part], currency) for part in ("measured", "low", "high", "true")]
        )
        rows.append((name, said[0], f"{said[1]} … {said[2]}", said[3], _inside(one["covered"])))
    table("", columns, rows)
    click.echo(
        _("Treated by lot: %(treated)s, reached: %(reached)s, spent: %(spent)s")
        % {
            "treated": f"{total['treated']:,}",
            "reached": f"{total['reached']:,}",
            "spent": money(total["spent"], currency),
        }
    )


def _show_assumptions(found: dict[str, Any]) -> None:
    from django.utils.translation import gettext as _

    from keepwell.plays import queries

    if not found["assumptions"]:
        return
    names = {one.code: one.name for one in queries.treatments()}
    groups = queries.reason_groups()
    columns = [
        (_("Treatment"), "left"),
        (_("Cause"), "left"),
        (_("Members"), "right"),
        (_("Assumed before"), "right"),
        (_("After learning"), "right"),
        (_("Truth"), "right"),
    ]
    rows = [
        (
            names.get(one["treatment"], one["treatment"]),
            groups.get(one["reason_group"], one["reason_group"]),
            f"{one['members']:,}",
            *(f"{one[name]:.1%}" for name in ("before", "after", "true")),
        )
        for one in found["assumptions"]
    ]
    table(_("Share of the expected loss that is saved"), columns, rows)


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.1f}"


def _inside(covered: bool | None) -> str:
    from django.utils.translation import pgettext

    if covered is None:
        return "–"
    if covered:
        return pgettext("the truth within the interval", "yes")
    return pgettext("the truth within the interval", "no")


def _verdict(evidence: str) -> str:
    from django.utils.translation import pgettext

    return {
        "helped": pgettext("what a play says", "it helped"),
        "harmed": pgettext("what a play says", "it did harm"),
        "no difference shown": pgettext("what a play says", "no difference"),
    }.get(evidence, pgettext("what a play says", "too small to tell"))
