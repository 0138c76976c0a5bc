"""The definition sheet: what every indicator means, how it is computed and where its data come from."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise


@dataclass(frozen=True)
class Definition:
    """One indicator; every text is translated when it is shown."""

    code: str
    name: Text
    meaning: Text
    how: Text
    unit: Text
    source: Text
    period: Text


ORDERS = _("Orders (import, shop, till)")
ORDERS_COSTS = _("Orders and costs (import, shop, till, accounting)")
ORDER_ITEMS = _("Order items; orders where items are not known")
TICKETS = _("Tickets (service desk)")
CONTACTS = _("Interactions (web, app, telephone, chat, visits)")
ALL_TIME = _("All history up to the date of the cycle")
YEAR_AHEAD = _("The next 12 months")
HORIZON = _("The horizon of the risk, a setting")
SHARE = pgettext_lazy("unit", "share from 0 to 1")
MONEY = pgettext_lazy("unit", "money")
DAYS = pgettext_lazy("unit", "days")
COUNT = pgettext_lazy("unit", "count")
CLASS = pgettext_lazy("unit", "class")
SCORE = pgettext_lazy("unit", "1 to 5")

_ALL = (
    Definition(
        "recency",
        _("Recency (R)"),
        _("How long ago the customer last bought."),
        _(
            "Days from the last purchase to the date of the cycle; its fifth of all customers gives the"
            " score, 5 is best."
        ),
        DAYS,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "frequency",
        _("Frequency (F)"),
        _("How often the customer bought."),
        _("Number of purchases; its fifth of all customers gives the score, 5 is best."),
        COUNT,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "monetary",
        _("Monetary value (M)"),
        _("How much the customer spent."),
        _("Sum of the purchases less credits; its fifth of all customers gives the score, 5 is best."),
        MONEY,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "rfm_segment",
        _("RFM segment"),
        _("A named group of customers with like recency, frequency and amount."),
        _("A table from the R, F and M scores to names."),
        CLASS,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "silence_days",
        _("Silence"),
        _("How long nothing has been bought."),
        _("Days from the last purchase to the date of the cycle."),
        DAYS,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "rhythm_days",
        _("Purchase rhythm"),
        _("How many days usually lie between two purchases of this customer."),
        _("From the customer's own gaps between purchase days; not known for one-time buyers."),
        DAYS,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "p_alive",
        _("Probability of still being a customer"),
        _("How probable it is, by the dates of the purchases alone, that the customer has not left."),
        _(
            "MBG/NBD model fitted to your own customers; where it does not hold on your data, the "
            "simpler rule that the cycle's record names."
        ),
        SHARE,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "expected_purchases",
        _("Expected purchases"),
        _("How many purchases to expect."),
        _(
            "The same model; where it does not hold on your data, the customer's own rate drawn towards"
            " that of all."
        ),
        COUNT,
        ORDERS,
        YEAR_AHEAD,
    ),
    Definition(
        "clv",
        _("Customer lifetime value, 12 months (CLV)"),
        _("The contribution to expect from the customer."),
        _(
            "Expected purchases × expected contribution per purchase (Gamma-Gamma model, less the "
            "customer's share of refunds). Contribution is amount − cost; where cost is not known, "
            "amount × the gross margin of the settings, an assumption."
        ),
        MONEY,
        ORDERS_COSTS,
        YEAR_AHEAD,
    ),
    Definition(
        "formula_clv",
        _("Customer lifetime value, plain formula"),
        _("What the customer brings over the whole relationship."),
        _(
            "Average yearly contribution × lifetime in years − acquisition cost; not discounted. The "
            "lifetime is a setting per value tier, an assumption."
        ),
        MONEY,
        ORDERS_COSTS,
        _("The whole relationship"),
    ),
    Definition(
        "annual_contribution",
        _("Average yearly contribution"),
        _("What the customer brought per year so far."),
        _(
            "Contribution so far, less credits, ÷ years since the first purchase; histories shorter "
            "than a year count as one year, so nothing is extrapolated from a few days."
        ),
        MONEY,
        ORDERS_COSTS,
        ALL_TIME,
    ),
    Definition(
        "value_at_stake",
        _("Value at stake"),
        _("The contribution to expect if the customer is still with you."),
        _("Expected purchases of a customer who has not left × expected contribution per purchase."),
        MONEY,
        ORDERS_COSTS,
        YEAR_AHEAD,
    ),
    Definition(
        "expected_loss",
        _("Expected loss"),
        _("The money that is in danger with this customer; lists are ranked by it."),
        _("Churn risk × value at stake."),
        MONEY,
        ORDERS_COSTS,
        YEAR_AHEAD,
    ),
    Definition(
        "churn_risk",
        _("Churn risk"),
        _("How probable it is that the customer has left or is leaving."),
        _(
            "Evidence (purchase model, silence against rhythm, falling purchases and spending, "
            "complaints, contact) weighted by which of your own customers bought again within the "
            "horizon, allowing for those who buy rarely; where there is too little history, by "
            "documented default weights. Where no purchase model holds on your data, it is the "
            "probability of no purchase within the horizon; the record of the cycle says so."
        ),
        SHARE,
        _("Orders, tickets, interactions"),
        HORIZON,
    ),
    Definition(
        "risk_level",
        _("Risk level"),
        _("Churn risk in three classes."),
        _("Cut-offs of the settings; a risk equal to a cut-off belongs to the higher class."),
        CLASS,
        _("Orders, tickets, interactions"),
        HORIZON,
    ),
    Definition(
        "status",
        _("Status"),
        _("New, active, about to leave, or already lost."),
        _(
            "Lost: silence in rhythms above the settings, and either the probability of still being a "
            "customer after all evidence (1 − churn risk) below them or nothing bought for the days of "
            "the settings. New: first purchase within the days of the "
            "settings. At risk: risk level from the one of the settings. Otherwise active."
        ),
        CLASS,
        _("Orders, tickets, interactions"),
        ALL_TIME,
    ),
    Definition(
        "tier",
        _("Value tier"),
        _("High, medium or low value."),
        _(
            "Customers in order of value at stake, so that nobody loses the tier by being about to "
            "leave: the best who together bring the first share of the total are high, those who bring "
            "the next share medium, the rest low; equal values share a tier."
        ),
        CLASS,
        ORDERS_COSTS,
        YEAR_AHEAD,
    ),
    Definition(
        "life_stage",
        _("Life-cycle stage"),
        _("New, growth, mature or decline."),
        _(
            "New: first purchase within the days of the settings. Decline: lost, rhythm broken, or "
            "purchases fell. Growth: purchases rose, or fewer than three so far. Mature: the rest."
        ),
        CLASS,
        ORDERS,
        ALL_TIME,
    ),
    Definition(
        "communication_group",
        _("Communication group"),
        _("High-value, potential, mass or lost customers."),
        _(
            "Lost: status lost. High value: high spending and loyalty (frequency, contact, still a "
            "customer). Potential: medium frequency and room to grow in the value per order. Mass: the "
            "rest."
        ),
        CLASS,
        _("Orders, interactions"),
        ALL_TIME,
    ),
    Definition(
        "quantity_trend",
        _("Trend of quantity"),
        _("Whether the customer buys more or fewer items than before."),
        _(
            "Items in the recent window against the time before, as probability that the rate changed "
            "(Poisson counts with Gamma prior); rising or falling from 0.9."
        ),
        CLASS,
        ORDER_ITEMS,
        _("Recent window against the time before"),
    ),
    Definition(
        "complaints",
        _("Complaints"),
        _("Whether complaints are rising."),
        _("Tickets opened in the window of the settings against the time before."),
        COUNT,
        TICKETS,
        _("The window of the settings"),
    ),
    Definition(
        "contact",
        _("Contact"),
        _("Whether the customer has fallen silent also outside purchases."),
        _("Contacts in the window of the settings against the time before."),
        COUNT,
        CONTACTS,
        _("The window of the settings"),
    ),
    Definition(
        "repeat_purchase_rate",
        _("Repeat purchase rate"),
        _("The share of buyers who bought more than once."),
        _("Buyers with at least two purchases in the period ÷ all buyers of the period."),
        SHARE,
        ORDERS,
        _("30, 90, 180 and 365 days before the date of the cycle"),
    ),
    Definition(
        "is_core",
        _("Core customer"),
        _("A customer who keeps buying again."),
        _(
            "Share of the months since the first purchase (at most the last twelve) with a purchase, "
            "after the first month, at or above the cut-off of the settings; at least three purchases."
        ),
        CLASS,
        ORDERS,
        _("The last 12 months"),
    ),
    Definition(
        "acquisition_cost",
        _("Acquisition cost"),
        _("What it cost to win the customer."),
        _("Costs of kind acquisition recorded for the customer; else the amount of the settings."),
        MONEY,
        _("Costs (accounting, advertising)"),
        ALL_TIME,
    ),
)

DEFINITIONS: dict[str, Definition] = {one.code: one for one in _ALL}
