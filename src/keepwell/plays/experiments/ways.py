"""The ways by which the contacts of an arm go: a channel each, with its text, cost and treatment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keepwell.plays.experiments.models import Arm, Member


@dataclass(frozen=True)
class ArmWay:
    """One way; the version of the text is fixed at the start."""

    channel: str
    text_code: str
    text_version: int | None
    unit_cost: Decimal
    treatment_code: str

    def kept(self) -> list[str | int | None]:
        """As it stands in an arm."""
        return [self.channel, self.text_code, self.text_version, str(self.unit_cost), self.treatment_code]


def others_of(arm: Arm) -> tuple[ArmWay, ...]:
    """The ways beside the first."""
    return tuple(
        ArmWay(channel, text, version, Decimal(cost), treatment)
        for channel, text, version, cost, treatment in arm.others
    )


def ways_of(arm: Arm) -> tuple[ArmWay, ...]:
    """Every way, the arm's own first."""
    own = ArmWay(arm.channel, arm.text_code, arm.text_version, arm.unit_cost, arm.treatment_code)
    return (own, *others_of(arm))


def dearest(arm: Arm) -> Decimal:
    """What a contact of the arm costs at most."""
    return max(one.unit_cost for one in ways_of(arm))


def way_by(arm: Arm, channel: str) -> ArmWay:
    """The way of an arm by this channel; its own where there is none."""
    ways = ways_of(arm)
    return next((one for one in ways if one.channel == channel), ways[0])


def way_of(member: Member) -> ArmWay:
    """The way by which the contact of a member goes, or would."""
    return way_by(member.arm, member.channel)
