"""What people read for codes that several rooms use."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

# Every way in which a customer and the company reach each other, in facts, contact points, tasks, consents.
CHANNEL: dict[str, Label] = {
    "phone": pgettext_lazy("channel", "Telephone"),
    "email": pgettext_lazy("channel", "E-mail"),
    "sms": pgettext_lazy("channel", "Text message"),
    "wecom": pgettext_lazy("channel", "WeCom"),
    "wechat": pgettext_lazy("channel", "WeChat"),
    "whatsapp": pgettext_lazy("channel", "WhatsApp"),
    "app": pgettext_lazy("channel", "App"),
    "web": pgettext_lazy("channel", "Website"),
    "ads": pgettext_lazy("channel", "Online advertising"),
    "chat": pgettext_lazy("channel", "Chat"),
    "store": pgettext_lazy("channel", "Store"),
    "visit": pgettext_lazy("channel", "Visit"),
    "post": pgettext_lazy("channel", "Post"),
    "parcel": pgettext_lazy("channel", "Parcel"),
    "address": pgettext_lazy("channel", "Delivery address"),
}
# What somebody is contacted, or their data used, for.
PURPOSE: dict[str, Label] = {
    "marketing": _("Marketing"),
    "service": _("Service"),
    "profiling": _("Profiling"),
    "survey": _("Surveys"),
}
# Names of languages in their own script: the same in every language.
LANGUAGE: dict[str, Label] = {
    "en": "English",
    "zh-hans": "简体中文",
    "zh-hant": "繁體中文",
    "ja": "日本語",
    "ko": "한국어",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "it": "Italiano",
    "ru": "Русский",
    "ar": "العربية",
    "hi": "हिन्दी",
    "th": "ไทย",
}
# Why somebody is left alone.
HOLD: dict[str, Label] = {
    "stop": _("Do not contact"),
    "complaint": _("Complaint is open"),
    "dispute": _("Dispute"),
    "legal": _("Legal hold"),
    "deceased": _("Deceased"),
}
CULTURE: dict[str, Label] = {
    "east_asia": pgettext_lazy("culture", "East Asia"),
    "southeast_asia": pgettext_lazy("culture", "Southeast Asia"),
    "south_asia": pgettext_lazy("culture", "South Asia"),
    "middle_east": pgettext_lazy("culture", "Middle East"),
    "nordic": pgettext_lazy("culture", "Nordic countries"),
    "western_europe": pgettext_lazy("culture", "Western Europe"),
    "southern_europe": pgettext_lazy("culture", "Southern Europe"),
    "eastern_europe": pgettext_lazy("culture", "Eastern Europe"),
    "north_america": pgettext_lazy("culture", "North America"),
    "latin_america": pgettext_lazy("culture", "Latin America"),
    "africa": pgettext_lazy("culture", "Africa"),
    "oceania": pgettext_lazy("culture", "Oceania"),
}
STAGE: dict[str, Label] = {
    "student": pgettext_lazy("stage of life", "Student"),
    "starting_work": pgettext_lazy("stage of life", "Starting work"),
    "settling_down": pgettext_lazy("stage of life", "Settling down"),
    "young_parent": pgettext_lazy("stage of life", "Young parent"),
    "homemaker": pgettext_lazy("stage of life", "Homemaker"),
    "established": pgettext_lazy("stage of life", "Established"),
    "retired": pgettext_lazy("stage of life", "Retired"),
}
SERVICE_TYPE: dict[str, Label] = {
    "rational": pgettext_lazy("service type", "Rational"),
    "emotional": pgettext_lazy("service type", "Emotional"),
    "dominant": pgettext_lazy("service type", "Dominant"),
}
SENSITIVITY: dict[str, Label] = {
    "data": pgettext_lazy("sensitive to", "Data"),
    "time": pgettext_lazy("sensitive to", "Time"),
}
VIP_STATE: dict[str, Label] = {
    "new": pgettext_lazy("VIP state", "New"),
    "active": pgettext_lazy("VIP state", "Active"),
    "dormant": pgettext_lazy("VIP state", "Dormant"),
}
TRAIT_KIND: dict[str, Label] = {
    "special_need": _("Special needs"),
    "product_preference": _("Preferred products"),
    "service_preference": _("Preferred service"),
    "contact_preference": _("Preferred contact"),
    "interest": _("Interests"),
    "habit": _("Habits"),
    "fit": _("Sizes and style"),
    "family": _("Family"),
    "social": _("Social ties"),
}
OTHER = pgettext_lazy("portrait", "Other")
TRAIT: dict[str, dict[str, Label]] = {
    "special_need": {
        "health": _("Health"),
        "diet": _("Diet"),
        "older": _("Older person"),
        "accessibility": _("Accessibility"),
        "traveller": _("Travels often"),
        "after_sales": _("Strict after-sales timing"),
        "other": OTHER,
    },
    "product_preference": {
        "category": _("Category"),
        "brand": _("Brand"),
        "price": _("Price"),
        "quality": _("Quality"),
        "novelty": _("New products"),
        "other": OTHER,
    },
    "service_preference": {
        "adviser": _("Fixed adviser"),
        "delivery": _("Delivery"),
        "payment": _("Payment"),
        "packaging": _("Packaging"),
        "after_sales": _("After-sales service"),
        "other": OTHER,
    },
    "contact_preference": {
        "time_of_day": _("Time of day"),
        "frequency": _("How often"),
        "tone": _("Tone"),
        "occasion": _("Occasion"),
        "other": OTHER,
    },
    "interest": {
        "outdoor": _("Outdoor sports"),
        "child_raising": _("Child-raising"),
        "young_fashion": _("Young fashion"),
        "quality_value": _("Quality and value"),
        "technology": _("Technology"),
        "travel": _("Travel"),
        "food": _("Food"),
        "reading": _("Reading"),
        "music": _("Music"),
        "home": _("Home"),
        "pets": _("Pets"),
        "beauty": _("Beauty"),
        "other": OTHER,
    },
    "habit": {
        "early_riser": _("Early riser"),
        "night_owl": _("Up late"),
        "works_out": _("Works out"),
        "cooks": _("Cooks"),
        "drives": _("Drives"),
        "other": OTHER,
    },
    "fit": {
        "body": _("Body"),
        "size_top": _("Size, top"),
        "size_bottom": _("Size, bottom"),
        "shoe_size": _("Shoe size"),
        "style": _("Style"),
        "model": _("Preferred model"),
        "colour": _("Preferred colour"),
        "home_style": _("Home style"),
        "room": _("Room needs"),
        "other": OTHER,
    },
    "family": {
        "couple": _("Couple"),
        "mother": _("Mother"),
        "father": _("Father"),
        "children": _("Has children"),
        "invited": _("May be invited"),
        "other": OTHER,
    },
    "social": {
        "community": _("Community"),
        "referrer": _("Recommends us"),
        "opinion_leader": _("Opinion leader"),
        "network": _("Network"),
        "other": OTHER,
    },
}
