"""Greetings: short, warm, with thanks, by the customer's and the company's name; free of selling."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind
from keepwell.outreach.content.seeds.shape import Seed, button, email, heading, said, text

CARE = ContentType.CARE
EN = "{{ customer.salutation | default: 'dear customer' }}"
HANS = "{{ customer.salutation | default: '尊敬的顾客' }}"
HANT = "{{ customer.salutation | default: '親愛的顧客' }}"


def _sms(name: str | Promise, en: str, hans: str, hant: str, kind: ContentType = CARE) -> Seed:
    return Seed(name, Kind.SMS, "marketing", kind, said(en, hans, hant))


GREETINGS: dict[str, Seed] = {
    "birthday_email": Seed(
        _("Birthday e-mail with the years together"),
        Kind.EMAIL,
        "marketing",
        CARE,
        {
            "en": email(
                "Happy birthday from {{ company.name }}",
                heading("Happy birthday, " + EN),
                text(
                    "{% if customer.since %}You have been with us since {{ customer.since }}"
                    "{% if customer.orders > 1 %}, and have chosen us {{ customer.orders }} times{% endif %}. "
                    "Thank you for your trust through all that time.{% else %}Thank you for your trust."
                    "{% endif %}\n\nWe wish you health and a good year, and hope to go on looking after you "
                    "for many more.\n\n{{ owner.name | default: company.name }}"
                ),
            ),
            "zh-hans": email(
                "{{ company.name }}祝您生日快乐",
                heading(HANS + "，生日快乐"),
                text(
                    "{% if customer.since %}自{{ customer.since }}年相识至今"
                    "{% if customer.orders > 1 %}，您已选择我们{{ customer.orders }}次{% endif %}，"
                    "感谢您一路以来的信任。{% else %}感谢您一直以来的信任。{% endif %}\n\n"
                    "祝您新的一岁平安顺遂、身体健康。愿今后的日子，我们继续陪伴您。\n\n"
                    "{{ owner.name | default: company.name }} 敬上"
                ),
            ),
            "zh-hant": email(
                "{{ company.name }}祝您生日快樂",
                heading(HANT + "，生日快樂"),
                text(
                    "{% if customer.since %}自{{ customer.since }}年相識至今"
                    "{% if customer.orders > 1 %}，您已選擇我們{{ customer.orders }}次{% endif %}，"
                    "感謝您一路以來的信任。{% else %}感謝您一直以來的信任。{% endif %}\n\n"
                    "祝您新的一歲平安順心、身體健康。往後的日子，期待繼續為您服務。\n\n"
                    "{{ owner.name | default: company.name }} 敬上"
                ),
            ),
        },
    ),
    "birthday_sms": _sms(
        _("Birthday text message"),
        EN + ", happy birthday! Thank you for being with us. All the best, {{ company.name }}. "
        "Reply STOP to end",
        "【{{ company.name }}】" + HANS + "，生日快乐！感谢您一路同行，愿新的一岁平安喜乐。拒收请回复R",
        "【{{ company.name }}】" + HANT + "，生日快樂！感謝您一路相伴，祝新的一歲平安喜樂。退訂請回覆T",
    ),
    "birthday_chat": Seed(
        _("Birthday message in a chat"),
        Kind.CHAT,
        "marketing",
        CARE,
        said(
            EN + ", happy birthday from all of us at {{ company.name }}. Thank you for "
            "{% if customer.years %}{{ customer.years }} years of trust{% else %}your trust{% endif %}; "
            "we hope for many more. {{ owner.name | default: '' }}",
            HANS + "，生日快乐！{% if customer.years %}相伴{{ customer.years }}年，{% endif %}感谢您一直信任"
            "{{ company.name }}，愿您健康如意，也期待继续为您服务。{{ owner.name | default: '' }}",
            HANT + "，生日快樂！{% if customer.years %}相伴{{ customer.years }}年，{% endif %}感謝您一直信任"
            "{{ company.name }}，祝您健康如意，也期待繼續為您服務。{{ owner.name | default: '' }}",
        ),
    ),
    "spring_festival_sms": _sms(
        _("Spring Festival greeting"),
        EN + ", happy Spring Festival! Thank you for this year; may the new one be kind to you and yours. "
        "{{ company.name }}. Reply STOP to end",
        "【{{ company.name }}】" + HANS + "，新春好！感谢您一年来的信任，祝您阖家团圆、万事顺意。拒收请回复R",
        "【{{ company.name }}】"
        + HANT
        + "，新年快樂！感謝您一年來的支持，祝您闔家團圓、萬事如意。退訂請回覆T",
    ),
    "dragon_boat_sms": _sms(
        _("Dragon Boat Festival greeting"),
        EN + ", we wish you and your family a healthy and peaceful Dragon Boat Festival. Thank you for your "
        "trust. {{ company.name }}. Reply STOP to end",
        "【{{ company.name }}】" + HANS + "，端午安康！粽叶飘香，感谢您的信任，祝您和家人平安。拒收请回复R",
        "【{{ company.name }}】" + HANT + "，端午安康！粽葉飄香，感謝您的支持，祝您與家人平安。退訂請回覆T",
    ),
    "mid_autumn_sms": _sms(
        _("Mid-Autumn Festival greeting"),
        EN + ", happy Mid-Autumn Festival! Thank you for your trust; may your family be together under the "
        "full moon. {{ company.name }}. Reply STOP to end",
        "【{{ company.name }}】" + HANS + "，中秋快乐！月圆人团圆，感谢您的信任与陪伴。拒收请回复R",
        "【{{ company.name }}】" + HANT + "，中秋快樂！月圓人團圓，感謝您的信任與陪伴。退訂請回覆T",
    ),
    "member_day_email": Seed(
        _("Member day invitation"),
        Kind.EMAIL,
        "marketing",
        ContentType.OFFER,
        {
            "en": email(
                "Your member day at {{ company.name }}",
                heading("A day for our members"),
                text(
                    EN
                    + ", thank you for being one of us. Member day is near, and we would be glad to see you; "
                    "take your time, and come when it suits you."
                ),
                button("See your member day"),
            ),
            "zh-hans": email(
                "{{ company.name }}会员日将至",
                heading("会员日，与您相约"),
                text(HANS + "，感谢您一直是我们的会员。会员日将至，期待与您相见，方便时来看看就好。"),
                button("查看会员日"),
            ),
            "zh-hant": email(
                "{{ company.name }}會員日將至",
                heading("會員日，與您相約"),
                text(HANT + "，感謝您一直是我們的會員。會員日將至，期待與您相見，方便時來看看就好。"),
                button("查看會員日"),
            ),
        },
    ),
    "member_day_sms": _sms(
        _("Member day text message"),
        EN + ", member day is coming, and we would be glad to see you. Thank you for your trust. "
        "{{ company.name }}. Reply STOP to end",
        "【{{ company.name }}】" + HANS + "，会员日将至，期待与您相见。感谢您的信任。拒收请回复R",
        "【{{ company.name }}】" + HANT + "，會員日將至，期待與您相見。感謝您的支持。退訂請回覆T",
        ContentType.OFFER,
    ),
    "thank_you_card": Seed(
        _("Thank-you card"),
        Kind.LETTER,
        "service",
        CARE,
        said(
            "Dear {{ customer.salutation | default: 'customer' }},\n\nthank you for "
            "{% if customer.years > 1 %}{{ customer.years }} years of trust{% else %}your trust{% endif %}. "
            "It is people like you for whom we like to do our work. If there is anything we can do better, "
            "please tell us.\n\nWith warm regards\n{{ owner.name | default: company.name }}\n{{ company.name }}",
            HANS + "：\n\n见字如面。感谢您{% if customer.years > 1 %}{{ customer.years }}年来{% endif %}"
            "对我们的信任与包容。因为有您，我们的用心才有了意义。若有哪里做得不够好，请一定告诉我们。\n\n"
            "顺祝时祺\n{{ owner.name | default: company.name }}\n{{ company.name }}",
            HANT + "：\n\n見字如面。感謝您{% if customer.years > 1 %}{{ customer.years }}年來{% endif %}"
            "對我們的信任與包容。因為有您，我們的用心才有了意義。若有任何做得不夠好的地方，請務必告訴我們。\n\n"
            "順頌時祺\n{{ owner.name | default: company.name }}\n{{ company.name }}",
        ),
    ),
}
