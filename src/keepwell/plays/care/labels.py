"""What people read for the codes of care."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

ACT: Mapping[str, Label] = {
    "greeting": pgettext_lazy("act of care", "Greeting"),
    "call": pgettext_lazy("act of care", "Call"),
    "video_call": pgettext_lazy("act of care", "Video call"),
    "gift": pgettext_lazy("act of care", "Gift"),
    "celebration_online": pgettext_lazy("act of care", "Celebration online: wish video, photos"),
    "celebration_offline": pgettext_lazy("act of care", "Celebration in person"),
    "invitation": pgettext_lazy("act of care", "Invitation"),
    "visit": pgettext_lazy("act of care", "Visit"),
    "call_back": pgettext_lazy("act of care", "Call back"),
    "health_help": pgettext_lazy("act of care", "Help with health"),
    "special_meal": pgettext_lazy("act of care", "Special meal"),
    "travel": pgettext_lazy("act of care", "Travel arrangement"),
    "hardship": pgettext_lazy("act of care", "Help in difficulty"),
    "business_review": pgettext_lazy("act of care", "Business review"),
    "use_report": pgettext_lazy("act of care", "Report on use and effect"),
    "service_check": pgettext_lazy("act of care", "Prepare service before it is needed"),
    "industry_report": pgettext_lazy("act of care", "Industry report"),
    "training": pgettext_lazy("act of care", "Free training"),
    "staged_offer": pgettext_lazy("act of care", "Offer for the next step"),
    "care_survey": pgettext_lazy("act of care", "Ask how our care is felt"),
}
OCCASION: Mapping[str, Label] = {
    "every": pgettext_lazy("when an act comes", "regularly"),
    "birthday": pgettext_lazy("when an act comes", "birthday"),
    "anniversary": pgettext_lazy("when an act comes", "anniversary"),
    "replenishment": pgettext_lazy("when an act comes", "before a product is used up"),
    "once": pgettext_lazy("when an act comes", "once"),
}
ACT_STATUS: Mapping[str, Label] = {
    "planned": pgettext_lazy("state of an act", "planned"),
    "running": pgettext_lazy("state of an act", "to be done"),
    "done": pgettext_lazy("state of an act", "done"),
    "skipped": pgettext_lazy("state of an act", "skipped"),
    "dropped": pgettext_lazy("state of an act", "came to nothing"),
}
PLAN_STATUS: Mapping[str, Label] = {
    "active": pgettext_lazy("state of a care plan", "active"),
    "paused": pgettext_lazy("state of a care plan", "paused"),
    "ended": pgettext_lazy("state of a care plan", "ended"),
}
BY: Mapping[str, Label] = {
    "task": pgettext_lazy("who does an act", "a colleague"),
    "message": pgettext_lazy("who does an act", "a message by itself"),
}
TEMPLATE: Mapping[str, Label] = {
    "vip": pgettext_lazy("care plan", "High value: personal care all year"),
    "regular": pgettext_lazy("care plan", "Middle value: keep in touch"),
    "potential": pgettext_lazy("care plan", "Potential customers: help them grow"),
    "basic": pgettext_lazy("care plan", "Everybody: wishes and a yearly call"),
}
GIFT: Mapping[str, Label] = {
    "book": pgettext_lazy("gift", "Book on their subject"),
    "book_voucher": pgettext_lazy("gift", "Book voucher"),
    "sports_gear": pgettext_lazy("gift", "Sports gear"),
    "gym_card": pgettext_lazy("gift", "Gym card"),
    "travel_kit": pgettext_lazy("gift", "Travel kit"),
    "tea_set": pgettext_lazy("gift", "Tea set"),
    "wine": pgettext_lazy("gift", "Bottle of wine"),
    "concert_ticket": pgettext_lazy("gift", "Concert tickets"),
    "toy": pgettext_lazy("gift", "Toy for the child"),
    "gadget": pgettext_lazy("gift", "Small device"),
    "plant": pgettext_lazy("gift", "Plant for the room"),
    "wall_clock": pgettext_lazy("gift", "Wall clock"),
    "pet_care": pgettext_lazy("gift", "Something for the pet"),
    "spa": pgettext_lazy("gift", "Spa voucher"),
    "flowers": pgettext_lazy("gift", "Flowers"),
    "umbrella": pgettext_lazy("gift", "Umbrella"),
    "hand_written_card": pgettext_lazy("gift", "Card written by hand"),
}
ACTIVITY: Mapping[str, Label] = {
    "experience_day": pgettext_lazy("activity", "Product experience day"),
    "lecture": pgettext_lazy("activity", "Lecture"),
    "travel": pgettext_lazy("activity", "Journey together"),
    "self_drive": pgettext_lazy("activity", "Self-drive tour"),
    "launch": pgettext_lazy("activity", "Launch event"),
    "thank_you_party": pgettext_lazy("activity", "Thank-you party"),
    "theme_party": pgettext_lazy("activity", "Theme party"),
    "workshop": pgettext_lazy("activity", "Workshop"),
    "symposium": pgettext_lazy("activity", "Symposium with management and developers"),
    "seminar": pgettext_lazy("activity", "Seminar with developers"),
    "private_meeting": pgettext_lazy("activity", "Private meeting of strategic customers"),
}
ACTIVITY_STATUS: Mapping[str, Label] = {
    "proposed": pgettext_lazy("state of an activity", "proposed, to be approved"),
    "planned": pgettext_lazy("state of an activity", "planned"),
    "inviting": pgettext_lazy("state of an activity", "guests are invited"),
    "held": pgettext_lazy("state of an activity", "took place"),
    "cancelled": pgettext_lazy("state of an activity", "called off"),
}
CHECK: Mapping[str, Label] = {
    "display_area": pgettext_lazy("checklist", "Display area is set up"),
    "handouts": pgettext_lazy("checklist", "Handouts are printed"),
    "media": pgettext_lazy("checklist", "Media are invited"),
    "service_quality": pgettext_lazy("checklist", "Service is rehearsed"),
    "staff": pgettext_lazy("checklist", "Everybody knows their part"),
    "safety": pgettext_lazy("checklist", "Safety and insurance are checked"),
    "photos": pgettext_lazy("checklist", "Photographs are agreed with the guests"),
    "thanks": pgettext_lazy("checklist", "Thanks are sent afterwards"),
}
WHY: Mapping[str, Label] = {
    "segment": pgettext_lazy("why a guest", "of the segment"),
    "interest": pgettext_lazy("why a guest", "interested"),
    "both": pgettext_lazy("why a guest", "of the segment and interested"),
    "tier": pgettext_lazy("why a guest", "of the highest value"),
}
GUEST: Mapping[str, Label] = {
    "proposed": pgettext_lazy("guest", "proposed"),
    "invited": pgettext_lazy("guest", "invited"),
    "yes": pgettext_lazy("guest", "comes"),
    "no": pgettext_lazy("guest", "does not come"),
    "perhaps": pgettext_lazy("guest", "perhaps"),
    "waiting": pgettext_lazy("guest", "on the waiting list"),
    "attended": pgettext_lazy("guest", "was there"),
    "missed": pgettext_lazy("guest", "did not appear"),
    "withheld": pgettext_lazy("guest", "invitation withheld"),
}
DELIVERY: Mapping[str, Label] = {
    "standard": pgettext_lazy("delivery", "standard"),
    "express": pgettext_lazy("delivery", "express"),
    "by_appointment": pgettext_lazy("delivery", "by appointment"),
    "to_the_door": pgettext_lazy("delivery", "up to the door of the flat"),
    "pick_up": pgettext_lazy("delivery", "picked up"),
    "by_own_staff": pgettext_lazy("delivery", "brought by our own people"),
}
PACKAGING: Mapping[str, Label] = {
    "standard": pgettext_lazy("packaging", "standard"),
    "gift": pgettext_lazy("packaging", "gift wrapping"),
    "plain": pgettext_lazy("packaging", "plain, without a brand"),
    "reusable": pgettext_lazy("packaging", "reusable"),
    "protective": pgettext_lazy("packaging", "specially protected"),
    "own_design": pgettext_lazy("packaging", "designed for the customer"),
}
PACKAGE_STATUS: Mapping[str, Label] = {
    "draft": pgettext_lazy("state of a package", "draft"),
    "offered": pgettext_lazy("state of a package", "offered"),
    "agreed": pgettext_lazy("state of a package", "agreed"),
    "delivered": pgettext_lazy("state of a package", "delivered"),
    "refused": pgettext_lazy("state of a package", "not wanted"),
}
PACKAGE_PROBLEM: Mapping[str, Label] = {
    "too_dear": _("Making it personal costs a large part of the price."),
    "below_cost": _("It costs more than it brings."),
    "too_slow": _("The customer waits much longer than usual."),
}
HINT: Mapping[str, Label] = {
    "vip_channel": _("VIP channel: reachable day and night, a colleague of their own answers."),
    "custom_solution": _("Offer a solution made to fit before the standard one."),
    "priority_support": _("Technical questions go to the front of the queue."),
    "simple_guidance": _("Guide step by step, in simple words and large type; no jargon."),
    "fast_track": _("Fast track: no waiting, no form that can be filled in for them."),
    "barrier_free": _("Check access beforehand: way in, seats, hearing, sight."),
    "ask_health": _("Health comes first: ask how they are before the matter."),
    "ask_diet": _("Order the special meal beforehand."),
    "after_sales_first": _("Ask whether everything runs before speaking of anything new."),
    "figures_first": _("Bring figures and evidence."),
    "show_use": _("Show what they use, what they do not yet, and what it would bring."),
}
FELT: Mapping[str, Label] = {
    "recommends": _("Would recommend us"),
    "content": _("How content they are"),
}
