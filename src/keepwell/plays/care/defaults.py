"""What care starts with: kinds of acts, ready-made plans, gifts, checklists. Plans and gifts are editable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from keepwell.outreach.contracts import Channel, Kind
from keepwell.plays.care.contracts import By, LineSpec, Occasion

CARE, SERVICE = "care", "care_service"


@dataclass(frozen=True)
class ActKind:
    """One kind of act: its task, how it reaches somebody, and what for.

    `mark` CARE counts as marketing with the contact policy (a wish needs no selling, but it needs consent);
    SERVICE is owed to the customer. `greets`: it may be paused when somebody tires of greetings.
    `asks`: a message of it is a survey.
    """

    kind: Kind
    channels: tuple[Channel, ...] = ()
    mark: str = CARE
    greets: bool = False
    asks: bool = False

    @property
    def purpose(self) -> str:
        """What a message of it is for, as the contact policy has it."""
        if self.asks:
            return "survey"
        return "service" if self.mark == SERVICE else "marketing"


PHONE, EMAIL, SMS, WECOM, WHATSAPP, VISIT = (
    Channel.PHONE, Channel.EMAIL, Channel.SMS, Channel.WECOM, Channel.WHATSAPP, Channel.VISIT,
)  # fmt: skip
WRITTEN = (EMAIL, SMS, WECOM, WHATSAPP)
ACTS: Mapping[str, ActKind] = {
    "greeting": ActKind(Kind.MESSAGE, WRITTEN, greets=True),
    "call": ActKind(Kind.CALL, (PHONE, WECOM, WHATSAPP), greets=True),
    "video_call": ActKind(Kind.CALL, (WECOM, WHATSAPP), greets=True),
    "gift": ActKind(Kind.OTHER),
    "celebration_online": ActKind(Kind.MESSAGE, (WECOM, WHATSAPP, EMAIL), greets=True),
    "celebration_offline": ActKind(Kind.OTHER),
    "invitation": ActKind(Kind.MESSAGE, WRITTEN),
    "visit": ActKind(Kind.VISIT, (VISIT,)),
    "call_back": ActKind(Kind.CALL, (PHONE,), SERVICE),
    "health_help": ActKind(Kind.CALL, (PHONE,), SERVICE),
    "special_meal": ActKind(Kind.OTHER, mark=SERVICE),
    "travel": ActKind(Kind.OTHER, mark=SERVICE),
    "hardship": ActKind(Kind.CALL, (PHONE,), SERVICE),
    "business_review": ActKind(Kind.VISIT, (VISIT, PHONE, WECOM), SERVICE),
    "use_report": ActKind(Kind.MESSAGE, (EMAIL, WECOM), SERVICE),
    "service_check": ActKind(Kind.CALL, (PHONE, WECOM), SERVICE),
    "industry_report": ActKind(Kind.MESSAGE, (EMAIL, WECOM)),
    "training": ActKind(Kind.MESSAGE, (EMAIL, WECOM, PHONE)),
    "staged_offer": ActKind(Kind.MESSAGE, WRITTEN),
    "care_survey": ActKind(Kind.CALL, (PHONE, WECOM, EMAIL), SERVICE, asks=True),
}
SELLING = frozenset({"staged_offer"})


@dataclass(frozen=True)
class Ready:
    """A plan that Keepwell brings."""

    tiers: tuple[str, ...]
    groups: tuple[str, ...]
    lines: tuple[LineSpec, ...]


def _every(act: str, weeks: int, channel: str, budget: int = 0) -> LineSpec:
    return LineSpec(act, Occasion.EVERY, weeks, channel, Decimal(budget))


def _on(act: str, occasion: str, channel: str = "", budget: int = 0, lead_days: int = 3) -> LineSpec:
    return LineSpec(act, occasion, 0, channel, Decimal(budget), lead_days)


TEMPLATES: Mapping[str, Ready] = {
    "vip": Ready(
        ("high",),
        (),
        (
            _every("business_review", 4, VISIT),
            _every("use_report", 13, EMAIL),
            _every("care_survey", 26, PHONE),
            _on("call", Occasion.BIRTHDAY, PHONE),
            _on("gift", Occasion.BIRTHDAY, budget=200, lead_days=14),
            _on("call", Occasion.ANNIVERSARY, PHONE),
            _on("service_check", Occasion.REPLENISHMENT, PHONE, lead_days=7),
        ),
    ),
    "regular": Ready(
        ("mid",),
        (),
        (
            _every("call", 8, PHONE),
            LineSpec(
                "care_survey", Occasion.EVERY, 26, EMAIL, Decimal(0), 0, By.MESSAGE, "care_survey_email"
            ),
            _on("greeting", Occasion.BIRTHDAY, WECOM),
            _on("service_check", Occasion.REPLENISHMENT, PHONE, lead_days=7),
        ),
    ),
    "potential": Ready(
        (),
        ("potential",),
        (
            _every("industry_report", 4, EMAIL),
            _every("training", 13, EMAIL),
            _every("use_report", 13, EMAIL),
            _every("staged_offer", 26, EMAIL),
            _on("greeting", Occasion.BIRTHDAY, EMAIL),
        ),
    ),
    "basic": Ready(
        ("low",),
        (),
        (
            LineSpec(
                "greeting", Occasion.BIRTHDAY, 0, SMS, Decimal(0), 0, By.MESSAGE, text_code="birthday_sms"
            ),
            _every("call", 52, PHONE),
        ),
    ),
}


@dataclass(frozen=True)
class Gift:
    """An idea that Keepwell brings."""

    hobby: str
    low: int
    high: int
    barred_in: tuple[str, ...] = ()


CHINESE = ("CN", "HK", "MO", "TW")
GIFTS: Mapping[str, Gift] = {
    "book": Gift("reading", 30, 150),
    "book_voucher": Gift("reading", 50, 200),
    "sports_gear": Gift("outdoor", 100, 500),
    "gym_card": Gift("outdoor", 200, 800),
    "travel_kit": Gift("travel", 80, 300),
    "tea_set": Gift("food", 100, 400),
    "wine": Gift("food", 100, 500, ("middle_east",)),
    "concert_ticket": Gift("music", 150, 600),
    "toy": Gift("child_raising", 50, 200),
    "gadget": Gift("technology", 100, 500),
    "plant": Gift("home", 50, 200),
    "wall_clock": Gift("home", 80, 300, CHINESE),
    "pet_care": Gift("pets", 50, 200),
    "spa": Gift("beauty", 150, 500),
    "flowers": Gift("", 80, 200),
    "umbrella": Gift("", 40, 120, CHINESE),
    "hand_written_card": Gift("", 0, 20),
}
ACTIVITY_KINDS = (
    "experience_day",
    "lecture",
    "travel",
    "self_drive",
    "launch",
    "thank_you_party",
    "theme_party",
    "workshop",
    "symposium",
    "seminar",
    "private_meeting",
)
CHECKLIST = ("display_area", "handouts", "media", "service_quality", "staff", "safety", "photos", "thanks")
DELIVERIES = ("standard", "express", "by_appointment", "to_the_door", "pick_up", "by_own_staff")
PACKAGINGS = ("standard", "gift", "plain", "reusable", "protective", "own_design")
