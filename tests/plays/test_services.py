import threading
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from keepwell.foundation.audit.models import AuditEntry
from keepwell.foundation.audit.services import verify
from keepwell.plays import core, queries, services
from keepwell.plays.models import Assumption, Playbook
from keepwell.plays.rulebook import current_rulebook

pytestmark = pytest.mark.django_db


def last_audit():
    return AuditEntry.objects.order_by("-id").first()


def assumption(treatment, tier, group):
    found = [
        r for r in queries.assumptions() if (r.treatment, r.tier, r.reason_group) == (treatment, tier, group)
    ]
    assert len(found) == 1
    return found[0]


def test_a_new_assumption_counts_and_the_old_one_is_kept():
    before = assumption("call_back", "high", "complaint")
    version = queries.playbook_version()
    services.set_assumption(
        treatment="call_back", tier="high", reason_group="complaint", saved_share=0.4, actor="ann"
    )
    after = assumption("call_back", "high", "complaint")
    assert (after.saved_share, after.changed_by) == (0.4, "ann")
    assert after.version == queries.playbook_version() == version + 1
    kept = Assumption.objects.filter(treatment__code="call_back", tier="high", reason_group="complaint")
    assert sorted(row.saved_share for row in kept) == sorted([before.saved_share, 0.4])
    entry = last_audit()
    assert (entry.actor, entry.action) == ("ann", "plays.assumption.set")
    assert entry.details["before"] == {"saved_share": before.saved_share}
    assert entry.details["after"] == {"saved_share": 0.4}
    assert verify() is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"saved_share": 1.01}, "saved_share"),
        ({"saved_share": -0.1}, "saved_share"),
        ({"saved_share": float("nan")}, "saved_share"),
        ({"tier": "gold"}, "tier"),
        ({"reason_group": "moon"}, "reason_group"),
        ({"treatment": "magic"}, "treatment"),
    ],
)
def test_a_wrong_assumption_is_refused_by_its_field_and_nothing_changes(change, field):
    values = {
        "treatment": "gift",
        "tier": "mid",
        "reason_group": "silence",
        "saved_share": 0.1,
        "actor": "ann",
    }
    rows, entries, version = (
        Assumption.objects.count(),
        AuditEntry.objects.count(),
        queries.playbook_version(),
    )
    with pytest.raises(ValidationError) as refused:
        services.set_assumption(**{**values, **change})
    assert list(refused.value.message_dict) == [field]
    assert (Assumption.objects.count(), AuditEntry.objects.count()) == (rows, entries)
    assert queries.playbook_version() == version


def test_a_treatment_changes_only_where_it_is_told_to():
    before = queries.treatment("call_back")
    after = services.set_treatment(code="call_back", capacity=50, actor="ann")
    assert after.capacity == 50
    assert (after.name, after.unit_cost, after.channel) == (before.name, before.unit_cost, before.channel)
    assert after.default_cost
    assert last_audit().details["before"] == {"capacity": 200}
    assert not services.set_treatment(code="call_back", unit_cost=Decimal("4"), actor="ann").default_cost


def test_a_treatment_of_ones_own_saves_nothing_until_somebody_says_so():
    services.set_treatment(
        code="tea_party", name="茶會", channel="event", unit_cost=Decimal("20"), actor="bo"
    )
    book = current_rulebook("CNY")
    codes = [rule.code for rule in book.treatments]
    assert codes[-1] == "tea_party"
    assert not book.saved_share[-1].any()
    services.set_assumption(
        treatment="tea_party", tier="high", reason_group="silence", saved_share=0.3, actor="bo"
    )
    saved = current_rulebook("CNY").saved_share[-1]
    assert saved[core.TIERS.index("high"), core.REASON_GROUPS.index("silence")] == 0.3
    assert saved.sum() == 0.3
    assert queries.treatment("tea_party").is_own
    assert queries.treatment("tea_party").name == "茶會"


@pytest.mark.parametrize(
    ("code", "values", "field"),
    [
        ("call_back", {"unit_cost": Decimal("-1")}, "unit_cost"),
        ("call_back", {"order_cost_share": 1.5}, "order_cost_share"),
        ("call_back", {"capacity": -1}, "capacity"),
        ("call_back", {"requires_hint": "nothing_like_it"}, "requires_hint"),
        ("call_back", {"colour": "red"}, "colour"),
        ("Not A Code", {"channel": "x", "unit_cost": Decimal("1")}, "code"),
        ("new_one", {"unit_cost": Decimal("1")}, "channel"),
        ("new_one", {"channel": "mail"}, "unit_cost"),
    ],
)
def test_a_wrong_treatment_is_refused_by_its_field(code, values, field):
    before, version = queries.treatments(), queries.playbook_version()
    with pytest.raises(ValidationError) as refused:
        services.set_treatment(code=code, actor="ann", **values)
    assert field in refused.value.message_dict
    assert queries.treatments() == before
    assert queries.playbook_version() == version


def test_an_inactive_treatment_is_never_planned():
    services.set_treatment(code="email_winback", active=False, actor="ann")
    assert "email_winback" not in [rule.code for rule in current_rulebook("CNY").treatments]
    assert "email_winback" not in [t.code for t in queries.treatments(active_only=True)]


def test_grade_limits_can_be_set_and_lifted():
    services.set_grade_limit(
        tier="low", max_cost=Decimal("3"), max_value_share=0.05, low_cost_only=True, actor="ann"
    )
    limit = queries.grade_limits()[2]
    assert (limit.tier, limit.max_cost, limit.max_value_share) == ("low", Decimal("3"), 0.05)
    services.set_grade_limit(
        tier="low", max_cost=None, max_value_share=0.05, low_cost_only=False, actor="ann"
    )
    assert queries.grade_limits()[2].max_cost is None
    assert current_rulebook("CNY").max_cost[2] == float("inf")
    with pytest.raises(ValidationError) as refused:
        services.set_grade_limit(
            tier="low", max_cost=None, max_value_share=1.2, low_cost_only=False, actor="ann"
        )
    assert list(refused.value.message_dict) == ["max_value_share"]


def test_the_rule_for_the_lost_is_validated_and_audited():
    services.set_win_back_rule(lost_share_factor=0.2, lost_max_silence_days=365, actor="ann")
    assert queries.win_back_rule().lost_max_silence_days == 365
    assert current_rulebook("CNY").lost_share_factor == 0.2
    assert last_audit().action == "plays.win_back_rule.set"
    with pytest.raises(ValidationError) as refused:
        services.set_win_back_rule(lost_share_factor=2.0, lost_max_silence_days=365, actor="ann")
    assert "lost_share_factor" in refused.value.message_dict
    assert queries.win_back_rule().lost_share_factor == 0.2


def test_names_follow_the_language_until_somebody_names_it():
    from django.utils import translation

    with translation.override("en"):
        assert queries.treatment("gift").name == "Gift"
    services.set_treatment(code="gift", name="Box of tea", actor="ann")
    with translation.override("zh-hans"):
        assert queries.treatment("gift").name == "Box of tea"


@pytest.mark.django_db(transaction=True)
def test_changes_at_the_same_time_all_count():
    from django.db import connection

    def change(tier):
        try:
            for share in (0.1, 0.2, 0.3):
                services.set_assumption(
                    treatment="gift", tier=tier, reason_group="silence", saved_share=share, actor=tier
                )
        finally:
            connection.close()

    version = Playbook.objects.get(pk=1).version
    threads = [threading.Thread(target=change, args=(tier,)) for tier in core.TIERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queries.playbook_version() == version + 9
    assert {assumption("gift", tier, "silence").saved_share for tier in core.TIERS} == {0.3}
    assert verify() is None
