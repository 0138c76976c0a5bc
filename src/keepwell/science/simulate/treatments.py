"""What can be done for a customer, and how well it works for whom."""

from dataclasses import dataclass

import numpy as np

CAUSES = ("service", "price", "competitor", "moved", "no_need", "natural")


@dataclass(frozen=True)
class Treatment:
    """One thing that can be done for a customer.

    Attributes:
        code: name in tables.
        channel: how it reaches the customer.
        cost: CNY for each customer treated.
        keeps: probability that it turns round a customer about to leave, by cause of leaving.
        soothes: probability that it settles the grievance of a customer who stays.
        lift: how many more orders in the weeks after, as a share.
        discount: taken off those orders, as a share of the price.
        annoys: probability that it makes a settled customer think of leaving.
    """

    code: str
    channel: str
    cost: float
    keeps: tuple[float, float, float, float, float, float]
    soothes: float
    lift: float
    discount: float
    annoys: float


TREATMENTS: dict[str, Treatment] = {
    treatment.code: treatment
    for treatment in (
        Treatment(
            "email_winback", "email", 0.05, (0.04, 0.09, 0.07, 0.01, 0.02, 0.10), 0.02, 0.03, 0.0, 0.002
        ),
        Treatment("sms_coupon", "sms", 0.10, (0.05, 0.24, 0.16, 0.01, 0.03, 0.14), 0.03, 0.10, 0.10, 0.004),
        Treatment("call_back", "call", 8.0, (0.24, 0.13, 0.12, 0.02, 0.03, 0.15), 0.20, 0.03, 0.0, 0.008),
        Treatment(
            "personal_visit", "visit", 120.0, (0.36, 0.20, 0.24, 0.02, 0.04, 0.24), 0.30, 0.06, 0.0, 0.006
        ),
        Treatment("gift", "gift", 45.0, (0.14, 0.16, 0.17, 0.02, 0.03, 0.18), 0.15, 0.06, 0.0, 0.0),
        Treatment("service_recovery", "call", 30.0, (0.48, 0.0, 0.0, 0.0, 0.0, 0.0), 0.55, 0.0, 0.0, 0.001),
        Treatment("points_bonus", "app", 6.0, (0.04, 0.15, 0.12, 0.01, 0.02, 0.10), 0.04, 0.07, 0.0, 0.0),
    )
}
LIFT_DAYS = 56
# Of what turns round a customer about to leave, this share still works on one who has just left.
AFTER_LEAVING = 0.5
# Days after which a lost customer has forgotten the shop by a factor e.
FORGETTING_DAYS = 200.0


def keeps_table() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Probabilities of keeping, (treatments, causes)."""
    return np.array([treatment.keeps for treatment in TREATMENTS.values()])
