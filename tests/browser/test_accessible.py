"""Every page, found by walking the addresses: axe, console and width, in each language, theme and size."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tests.browser.conftest import WIDTHS
from tests.browser.test_journey import LANGUAGES, account, fits, sign_in, worst

__all__ = ["account", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRAVE = ("serious", "critical")
# Not ours to look at, ended sessions, or the same page under another name.
PASSED_OVER = ("admin:", "sign_out", "account_logout", "api:", "welcome")
SAMPLES = {"int": 1, "slug": "x", "str": "x", "path": "x", "kind": "csv", "plan_id": 1}


def cells(page):
    """Whether the cells of tables are cells: rules of one page that reach another break them first."""
    return page.evaluate(
        "[...document.querySelectorAll('td, th')].every("
        "(cell) => ['table-cell', 'none'].includes(getComputedStyle(cell).display))"
    )


def addresses(examples):
    """(name, address) of every named pattern that is not passed over, with `examples` for its arguments."""
    found = []
    for name, pattern in walk(get_resolver()):
        if name.startswith(PASSED_OVER):
            continue
        regex = pattern.regex.groupindex
        kinds = {arg: type(kind).__name__ for arg, kind in pattern.converters.items()}
        arguments = {arg: sample(name, arg, kinds.get(arg, ""), examples) for arg in regex}
        found.append((name, reverse(name, kwargs=arguments)))
    return found


def walk(resolver, space=""):
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from walk(part, f"{space}{part.namespace}:" if part.namespace else space)
        elif part.name:
            yield space + part.name, part.pattern


def sample(name, argument, kind, examples):
    if (name, argument) in examples:
        return examples[name, argument]
    if argument in examples:
        return examples[argument]
    if not kind and argument.endswith("_id"):
        return 1  # of a pattern that says \\d
    return SAMPLES.get(argument, SAMPLES.get(kind.removesuffix("Converter").lower(), "x"))


@pytest.fixture
def examples(account, worst, live_shop):
    """Objects for the pages that show one."""
    from decimal import Decimal

    from keepwell.foundation import clock
    from keepwell.insight import queries
    from keepwell.outreach.content import queries as content
    from keepwell.outreach.services.tasks import create
    from keepwell.plays.services import save_plan
    from keepwell.plays.winback.services import open_case

    plan = save_plan(budget=Decimal(300), capacities=None, actor="ada")
    task = create(
        kind="call",
        customer_id=worst.customer_id,
        title="Ask how the delivery went",
        due_at=clock.now(),
        now=clock.now(),
        assignee_id=account.pk,
        actor="ada",
    )
    case = open_case(customer_id=worst.customer_id, origin="customer", actor="ada", now=clock.now())
    letter = content.published("birthday_email")
    sending = a_mailing(now=clock.now())
    return {
        ("content_template", "code"): "birthday_email",
        ("content_text", "code"): "birthday_email",
        ("content_text", "text_id"): letter.texts[0].text_id,
        ("content_version", "code"): "birthday_email",
        "case_id": case,
        "customer_id": worst.customer_id,
        "cycle_id": queries.current_cycle().cycle_id,
        "plan_id": plan.plan_id,
        "user_id": account.pk,
        "task_id": task.task_id,
        **sending,
    }


def a_mailing(*, now):
    """An account that sends, and a draft of a mailing."""
    from keepwell.insight.segments import services as segments
    from keepwell.outreach.journeys import queries as journeys
    from keepwell.outreach.mailings import services as mailings
    from keepwell.outreach.mailings.services.drafting import Plan
    from keepwell.outreach.sending.services.accounts import set_account

    values = {"sender": "shop@shop.example", "host": "127.0.0.1", "port": "9", "tls": ""}
    account = set_account(provider="email.smtp", values=values, actor="ada", now=now)
    rule = {"attribute": "city", "is": "in", "value": ["Ulm"]}
    segment = segments.save(name="Ulm", definition=rule, author_id=None, actor="ada", shared="all")
    plan = Plan("Come back", segment.segment_id, "win_back_email")
    made = mailings.create(plan=plan, actor="ada", now=now)
    return {
        "account_id": account.account_id,
        "mailing_id": made.mailing_id,
        "journey_id": journeys.by_code("churn_warning").journey_id,
        ("channel_new", "provider"): "email.smtp",
    }


def pages(account, examples):
    """The addresses that answer with a page to somebody signed in."""
    client = Client()
    client.force_login(account)
    seen = {}
    for name, address in addresses(examples):
        answer = client.get(address)
        kind = answer.headers.get("Content-Type", "")
        whole = answer.status_code == 200 and kind.startswith("text/html")
        if whole and b"<html" in (b"".join(answer) if answer.streaming else answer.content):
            seen.setdefault(address, name)
    return {name: address for address, name in seen.items()}


def violations(page):
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} ({node['target']} {node['html'][:150]})"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"][:3]
    ]


def show_all(page):
    """Scroll to every part that is fetched when it comes into view."""
    for part in page.locator("[hx-trigger*=intersect]:visible").all():
        part.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, 0)")


def look(page, name, address, language):
    """What is wrong with a page, in every size and theme; colours do not depend on the language."""
    wrong = []
    for theme in ("light", "dark") if language == "en" else ("light",):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.goto(address)
        page.wait_for_load_state("networkidle")
        show_all(page)
        is_dark = page.evaluate("document.documentElement.classList.contains('dark')")
        assert is_dark == (theme == "dark"), name
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            where = f"{name} [{language} {width} {theme}]"
            if width == "desk" and not cells(page):
                wrong.append(f"{where}: a cell of a table is laid out as something else")
            if not fits(page):
                wrong.append(f"{where} is wider than the screen")
            wrong += [f"{where} {one}" for one in violations(page)]
    return wrong


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_be_read_by_everybody(visit, account, examples, language, half, settings, picture):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    found = pages(account, examples)
    assert len(found) > 15
    page = visit(language=LANGUAGES[language][0])
    wrong = look(page, "sign_in", "/sign-in/", language)
    sign_in(page)
    for name, address in list(found.items())[half::2]:
        wrong += look(page, name, address, language)
        picture(page, f"walk-{name}-{language}")
    assert not wrong, "\n".join(wrong)
