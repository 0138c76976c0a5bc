"""The culture guide that Keepwell comes with: advice before one gets in touch, by country and culture."""

from __future__ import annotations

from dataclasses import dataclass

# The cultures that a country belongs to; a customer's own culture, where known, comes before it.
CULTURE_OF_COUNTRY: dict[str, tuple[str, ...]] = {
    country: cultures
    for cultures, countries in (
        (("east_asia",), "CN HK JP KR MO MN TW"),
        (("southeast_asia",), "BN ID KH LA MM MY PH SG TH TL VN"),
        (("south_asia",), "BD BT IN LK MV NP PK"),
        (("middle_east",), "AE BH EG IQ IR JO KW LB OM PS QA SA SY TR YE"),
        (("nordic", "western_europe"), "DK FI IS NO SE"),
        (("western_europe",), "AT BE CH DE FR GB IE LI LU NL"),
        (("southern_europe",), "AD CY ES GR IT MT PT SM"),
        (
            ("eastern_europe",),
            "AL BA BG BY CZ EE GE HR HU LT LV MD ME MK PL RO RS RU SI SK UA XK AM AZ",
        ),
        (("north_america",), "CA US"),
        (
            ("latin_america",),
            "AR BO BR CL CO CR CU DO EC GT HN HT JM MX NI PA PE PR PY SV TT UY VE",
        ),
        (
            ("africa",),
            "AO BF BI BJ BW CD CF CG CI CM DJ DZ ER ET GA GH GM GN KE LR LS LY MA MG ML MR MU MW MZ NA NE "
            "NG RW SD SL SN SO SS SZ TD TG TN TZ UG ZA ZM ZW",
        ),
        (("oceania",), "AU FJ NZ PG WS"),
    )
    for country in countries.split()
}
EUROPE = ("nordic", "western_europe", "southern_europe", "eastern_europe")


@dataclass(frozen=True)
class BuiltIn:
    """An entry as Keepwell brings it; `texts` in English, 简体 and 繁體."""

    topic: str
    places: tuple[str, ...]
    texts: tuple[str, str, str]
    channel: str = ""
    is_warning: bool = False


BUILT_IN: dict[str, BuiltIn] = {
    "taboo-west": BuiltIn(
        "taboo",
        (*EUROPE, "north_america", "oceania"),
        (
            "Leave out religion, politics and income.",
            "不要谈论宗教、政治和收入。",
            "請避開宗教、政治與收入等話題。",
        ),
        is_warning=True,
    ),
    "family-welcome": BuiltIn(
        "opening",
        ("middle_east", "latin_america"),
        (
            "A question about the family is welcome; faith may be spoken of where the customer begins.",
            "可以先问候家人；对方主动提起时，也可以谈信仰。",
            "可先問候家人；對方主動提起時，也可談信仰。",
        ),
    ),
    "time-strict": BuiltIn(
        "time",
        ("DE", "JP"),
        (
            "Be on time to the minute; say so at once where you are late.",
            "严格守时，精确到分钟；若会迟到，请立即告知。",
            "務必準時，以分鐘計；若會遲到，請立即告知。",
        ),
        is_warning=True,
    ),
    "time-buffer": BuiltIn(
        "time",
        ("latin_america", "middle_east"),
        (
            "Plan buffer time around an appointment; a late start is no offence.",
            "约定时间要留出余量；对方晚到并非失礼。",
            "約定時間請預留緩衝；對方晚到並非失禮。",
        ),
    ),
    "head-thailand-india": BuiltIn(
        "gesture",
        ("TH", "IN"),
        (
            "Never touch a child's head.",
            "不要摸孩子的头。",
            "請勿觸摸孩童的頭。",
        ),
        is_warning=True,
    ),
    "warm-brazil": BuiltIn(
        "gesture",
        ("BR",),
        (
            "Warm contact is friendly: a pat on the shoulder, standing close.",
            "热情的肢体接触表示友好，例如拍肩、站得较近。",
            "熱情的肢體接觸代表友善，例如拍肩、站得較近。",
        ),
    ),
    "title-east-asia": BuiltIn(
        "title",
        ("east_asia",),
        (
            "Address people by position and family name.",
            "以姓氏加职务称呼对方。",
            "以姓氏加職稱稱呼對方。",
        ),
    ),
    "title-nordic": BuiltIn(
        "title",
        ("nordic",),
        (
            "First names are usual, titles sound distant.",
            "通常直呼其名，用头衔会显得疏远。",
            "通常直呼其名，使用頭銜會顯得疏遠。",
        ),
    ),
    "opening-japan": BuiltIn(
        "opening",
        ("JP",),
        (
            "Open formally: greeting, thanks, then the matter.",
            "开场要正式：先问候、致谢，再谈正事。",
            "開場須正式：先問候、致謝，再談正事。",
        ),
    ),
    "opening-usa": BuiltIn(
        "opening",
        ("US",),
        (
            "Come to the point in the first sentence.",
            "第一句话就直入主题。",
            "第一句話就切入主題。",
        ),
    ),
    "attachment-names": BuiltIn(
        "attachment",
        ("JP", "US", *EUROPE, "north_america"),
        (
            "Name attachments with letters, digits and hyphens only, no special characters.",
            "附件名只用字母、数字和连字符，不要用特殊字符。",
            "附件檔名僅用字母、數字與連字號，勿用特殊字元。",
        ),
    ),
    "gift-china": BuiltIn(
        "gift",
        ("CN", "HK", "MO", "TW"),
        (
            "Give gifts in even numbers; never a clock.",
            "礼品宜成双，切勿送钟。",
            "禮品宜成雙，切勿送鐘。",
        ),
        is_warning=True,
    ),
    "gift-middle-east": BuiltIn(
        "gift",
        ("middle_east",),
        (
            "Give and take with the right hand; no alcohol.",
            "用右手递接物品，不送酒类。",
            "以右手遞接物品，勿送酒類。",
        ),
        is_warning=True,
    ),
    "channel-germany": BuiltIn(
        "channel",
        ("DE",),
        (
            "E-mail is preferred; call by appointment.",
            "首选电子邮件；打电话请先预约。",
            "首選電子郵件；致電請先預約。",
        ),
        channel="email",
    ),
    "channel-india": BuiltIn(
        "channel",
        ("IN",),
        (
            "WhatsApp is preferred.",
            "首选 WhatsApp。",
            "首選 WhatsApp。",
        ),
        channel="whatsapp",
    ),
    "channel-china": BuiltIn(
        "channel",
        ("CN",),
        (
            "WeCom is preferred.",
            "首选企业微信。",
            "首選企業微信。",
        ),
        channel="wecom",
    ),
    "case-brazil": BuiltIn(
        "case",
        ("BR",),
        (
            "Tell of a local case in which a team succeeded together.",
            "讲一个当地的团队合作成功案例。",
            "分享一個當地團隊合作成功的案例。",
        ),
    ),
    "case-switzerland": BuiltIn(
        "case",
        ("CH",),
        (
            "Tell of a local case in which precision counted, with figures.",
            "讲一个当地以精准见长的案例，并给出数据。",
            "分享一個當地以精準見長的案例，並附上數據。",
        ),
    ),
}


def places_of(country: str, culture: str) -> frozenset[str]:
    """What an entry must name to be about a customer: their country, and their own or its culture.

    >>> sorted(places_of("SE", "")), sorted(places_of("US", "east_asia"))
    (['SE', 'nordic', 'western_europe'], ['US', 'east_asia'])
    """
    cultures = (culture,) if culture else CULTURE_OF_COUNTRY.get(country, ())
    return frozenset({country, *cultures} - {""})
