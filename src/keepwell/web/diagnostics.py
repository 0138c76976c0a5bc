"""The record of the models in words: which was chosen, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from keepwell.web import formats

Word = str | Promise

METHOD: dict[str, Word] = {
    "mbg": "MBG/NBD",
    "bg": "BG/NBD",
    "naive_rate": pgettext_lazy("method", "each customer's own rate"),
    "shrunken_rate": pgettext_lazy("method", "own rate drawn towards that of all"),
    "return_curve": pgettext_lazy("method", "curve of return by silence"),
    "rhythm": pgettext_lazy("method", "silence against the rhythm"),
    "recency": pgettext_lazy("method", "time since the last order"),
    "plain_recency": pgettext_lazy("method", "time since the last order by itself"),
    "silence_ratio": pgettext_lazy("method", "silence in rhythms"),
    "gamma_gamma": "Gamma-Gamma",
    "mean": pgettext_lazy("method", "own mean drawn towards that of all"),
    "evidence": pgettext_lazy("method", "all evidence weighted"),
    "model": pgettext_lazy("method", "the purchase model alone"),
    "one_minus_p_alive": pgettext_lazy("method", "1 − probability of being a customer"),
    "all": pgettext_lazy("method", "all models"),
}
# Why a simpler rule was taken although a model could be fitted, or a plain warning beside it.
FINDING: dict[str, Word] = {
    "too_few_customers": gettext_lazy(
        "%(method)s: too few customers in the holdout to judge a model (%(customers)s, of whom %(returned)s"
        " came back)."
    ),
    "not_converged": gettext_lazy("%(method)s: the fit did not converge, so it is not used."),
    "fit_on_boundary": gettext_lazy(
        "%(method)s: the fit ran to the boundary of what its parameters may be; such a model says nothing"
        " about your customers and is not used."
    ),
    "not_identified": gettext_lazy(
        "%(method)s: your data do not determine its parameters, so it is not used."
    ),
    "beaten_by_naive_rate": gettext_lazy(
        "%(method)s: beaten by each customer's own rate in the holdout (mean error %(mae)s against"
        " %(naive_mae)s orders), so it is not used."
    ),
    "beaten_by_recency": gettext_lazy(
        "%(method)s ranks who came back less well than the time since the last order alone (AUC %(auc)s"
        " against %(rule_auc)s)."
    ),
    "beaten_by_silence_ratio": gettext_lazy(
        "%(method)s ranks who came back less well than silence in rhythms alone (AUC %(auc)s against"
        " %(rule_auc)s)."
    ),
    "aggregate_bias": gettext_lazy("%(method)s misses the total of orders by %(aggregate_error)s."),
}
SPEND_REASON: dict[str, Word] = {
    "too_few_customers": gettext_lazy("too few customers with repeat orders"),
    "not_sound": gettext_lazy("the Gamma-Gamma fit is not sound"),
}
RISK_REASON: dict[str, Word] = {
    "best": gettext_lazy("it foretold best who stays away"),
    "simpler_is_as_good": gettext_lazy("the simpler rule foretells as well as all evidence together"),
    "too_little_history": gettext_lazy("too little history to learn weights: documented defaults are used"),
}


def findings(models: Mapping[str, Any]) -> list[str]:
    """What was chosen and why, one sentence each."""
    return [*_purchase(models.get("purchase") or {}), *_spend(models.get("spend") or {}), *_risk(models)]


def comparison(models: Mapping[str, Any]) -> list[dict[str, str]]:
    """The methods side by side in the holdout: errors and AUC, written."""
    holdout = (models.get("purchase") or {}).get("holdout") or {}
    alive = {one["method"]: one["auc"] for one in holdout.get("alive", ())}
    purchases = {one["method"]: one for one in holdout.get("purchases", ())}
    found = []
    for method in dict.fromkeys([*purchases, *alive]):
        score = purchases.get(method, {})
        found.append(
            {
                "method": _method(method),
                "mae": _figure(score.get("mae")),
                "rmse": _figure(score.get("rmse")),
                "auc": _figure(score.get("auc")),
                "alive_auc": _figure(alive.get(method)),
            }
        )
    return found


def details(models: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every recorded figure, by its path."""
    return list(_flat(models, ""))


def _purchase(record: Mapping[str, Any]) -> Iterator[str]:
    if not record.get("chosen"):
        return
    yield _("Expected purchases come from %(purchases)s, the chance of being a customer from %(alive)s.") % {
        "purchases": _method(record["chosen"]),
        "alive": _method(record.get("alive", "")),
    }
    if record.get("reason") == "no_earlier_history":
        yield _("There is no earlier history to hold a model against, so the simple rules are used.")
    if record.get("reason") == "not_sound_today":
        yield _(
            "The model that did best in the holdout has no sound fit today, so the simple rules are used."
        )
    holdout = record.get("holdout")
    if not holdout:
        return
    figures = {
        "customers": formats.number(holdout["customers"]),
        "returned": formats.number(holdout["returned"]),
        "horizon": formats.days(holdout["horizon"]),
    }
    yield (
        ngettext(
            "Held against your own past: %(customers)s customer, the last %(horizon)s kept back,"
            " of whom %(returned)s came back.",
            "Held against your own past: %(customers)s customers, the last %(horizon)s kept back,"
            " of whom %(returned)s came back.",
            holdout["customers"],
        )
        % figures
    )
    for one in holdout.get("findings", ()):
        yield finding(one)


def finding(one: Mapping[str, Any]) -> str:
    """One finding of the holdout comparison; a code of a later version gives itself."""
    sentence = FINDING.get(one["code"])
    if sentence is None:
        return f"{one['method']}: {one['code']}"
    shares = ("aggregate_error",)
    figures = {
        name: formats.percent(value) if name in shares else _figure(value)
        for name, value in one["figures"].items()
    }
    missing = dict.fromkeys(
        ("customers", "returned", "mae", "naive_mae", "auc", "rule_auc", "aggregate_error"), formats.DASH
    )
    return str(sentence) % {**missing, **figures, "method": _method(one["method"])}


def _spend(record: Mapping[str, Any]) -> Iterator[str]:
    if not record.get("chosen"):
        return
    figures = {"method": _method(record["chosen"])}
    reason = SPEND_REASON.get(record.get("reason", ""))
    if reason:
        yield _("The value of a future order comes from %(method)s: %(reason)s.") % {
            **figures,
            "reason": reason,
        }
    else:
        yield _("The value of a future order comes from %(method)s.") % figures


def _risk(models: Mapping[str, Any]) -> Iterator[str]:
    record = models.get("risk") or {}
    if not record.get("chosen"):
        return
    yield _("Churn risk comes from %(method)s: %(reason)s.") % {
        "method": _method(record["chosen"]),
        "reason": RISK_REASON.get(record.get("reason", ""), record.get("reason", "")),
    }
    if record.get("meaning") == "no_return":
        yield _(
            "No purchase model holds on these data, so leavers and rare buyers cannot be told apart: here the"
            " risk is the probability of no purchase within the horizon."
        )
    for name, scores in (record.get("rules") or {}).items():
        yield _("Churn risk by %(method)s: AUC %(auc)s, Brier score %(brier)s.") % {
            "method": _method(name),
            "auc": _figure(scores.get("auc")),
            "brier": _figure(scores.get("brier")),
        }


def _method(name: str) -> str:
    return str(METHOD.get(name, name))


def _figure(value: Any) -> str:
    if value is None:
        return formats.DASH
    return formats.number(value, 0 if float(value).is_integer() and abs(value) >= 1 else 3)


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, float):
        yield path, f"{value:.6g}"
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{path}.{place}")
    else:
        yield path, formats.DASH if value is None else str(value)
