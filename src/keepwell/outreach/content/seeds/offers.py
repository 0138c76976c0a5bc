"""Offers with the customer's own code and their end, and why we rather than somebody else."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.shape import Seed, button, email, heading, said, text

COUPON = {"type": "coupon", "text": ""}
SURVEY = "{{ message.loss_survey_url }}"
# What every text message with a code says of it.
LEAST = (
    "{% if offer.minimum %} (orders from {{ offer.minimum }}){% endif %}",
    "{% if offer.minimum %}（满{{ offer.minimum }}可用）{% endif %}",
    "{% if offer.minimum %}（滿{{ offer.minimum }}可用）{% endif %}",
)
CODE = (
    "{{ offer.words }} with your code {{ coupon.code }}, until {{ offer.until | date: 'short' }}" + LEAST[0],
    "{{ offer.words }}，专属码{{ coupon.code }}，{{ offer.until | date: 'short' }}前有效" + LEAST[1],
    "{{ offer.words }}，專屬碼{{ coupon.code }}，{{ offer.until | date: 'short' }}前有效" + LEAST[2],
)
# The same where an offer may go with the text, and need not.
MAYBE = tuple(
    f"{{% if coupon.code %}}{before}{words}{after}{{% endif %}}"
    for words, before, after in zip(CODE, (" ", "", ""), (".", "。", "。"), strict=True)
)


def _sms(name: str | Promise, en: str, hans: str, hant: str) -> Seed:
    texts = said(
        f"{EN}, {en} {{{{ company.name }}}}. Reply STOP to end",
        f"【{{{{ company.name }}}}】{HANS}，{hans}拒收请回复R",
        f"【{{{{ company.name }}}}】{HANT}，{hant}退訂請回覆T",
    )
    return Seed(name, Kind.SMS, "marketing", ContentType.OFFER, texts)


OFFERS: dict[str, Seed] = {
    "special_offer_sms": _sms(
        _("Special offer by text message"),
        f"this is for you alone: {CODE[0]}.",
        f"这份优惠只为您准备：{CODE[1]}。",
        f"這份優惠只為您準備：{CODE[2]}。",
    ),
    "special_offer_email": Seed(
        _("Special offer by e-mail"),
        Kind.EMAIL,
        "marketing",
        ContentType.OFFER,
        {
            "en": email(
                "{{ offer.words }}, for you alone",
                heading(EN + ", this is for you alone"),
                text(
                    "We would like to make it easier for you to stay. The code below is yours and works once; "
                    "type it when you order, or show it at the counter."
                ),
                COUPON,
                button("Choose something"),
            ),
            "zh-hans": email(
                "{{ offer.words }}，只为您准备",
                heading(HANS + "，这份优惠只为您准备"),
                text("希望您能继续安心选购。下方的优惠码仅限您本人使用一次，下单时填写或到店出示均可。"),
                COUPON,
                button("去挑选"),
            ),
            "zh-hant": email(
                "{{ offer.words }}，只為您準備",
                heading(HANT + "，這份優惠只為您準備"),
                text("希望您能繼續安心選購。下方的優惠碼僅限您本人使用一次，下單時填寫或到店出示皆可。"),
                COUPON,
                button("去挑選"),
            ),
        },
    ),
    "repurchase_incentive_sms": _sms(
        _("Incentive to buy again, by text message"),
        f"on your next order: {CODE[0]}.",
        f"下次购物{CODE[1]}。",
        f"下次購物{CODE[2]}。",
    ),
    "repurchase_incentive_email": Seed(
        _("Incentive to buy again, by e-mail"),
        Kind.EMAIL,
        "marketing",
        ContentType.OFFER,
        {
            "en": email(
                "{{ offer.words }} until {{ offer.until | date: 'short' }}",
                heading("On your next order: {{ offer.words }}"),
                text(
                    EN
                    + ", {% if product.last %}you chose “{{ product.last }}” last time. {% endif %}If there "
                    "is something you need, this is a good moment. The offer ends on the day that it names."
                ),
                COUPON,
                button("See what there is"),
            ),
            "zh-hans": email(
                "{{ offer.words }}，{{ offer.until | date: 'short' }}前有效",
                heading("下次购物{{ offer.words }}"),
                text(
                    HANS + "，{% if product.last %}您上次选购了“{{ product.last }}”。{% endif %}"
                    "如果正好有需要，现在选购正合适。优惠到期即止，不再延长。"
                ),
                COUPON,
                button("看看有什么"),
            ),
            "zh-hant": email(
                "{{ offer.words }}，{{ offer.until | date: 'short' }}前有效",
                heading("下次購物{{ offer.words }}"),
                text(
                    HANT + "，{% if product.last %}您上次選購了「{{ product.last }}」。{% endif %}"
                    "如果正好有需要，現在選購正合適。優惠到期即止，不再延長。"
                ),
                COUPON,
                button("看看有什麼"),
            ),
        },
    ),
    # The questions why somebody stays away go with it: one message, not two.
    "recall_offer_sms": _sms(
        _("Recall of a customer whose interest fades, by text message"),
        "we have not seen you for a while. "
        f"{CODE[0]}.{{% if message.loss_survey_url %}} And tell us what we could do better: "
        f"{SURVEY}{{% endif %}}",
        f"好久不见。{CODE[1]}。{{% if message.loss_survey_url %}}也想听听您的意见： {SURVEY} {{% endif %}}",
        f"好久不見。{CODE[2]}。{{% if message.loss_survey_url %}}也想聽聽您的意見： {SURVEY} {{% endif %}}",
    ),
    "recall_offer_email": Seed(
        _("Recall of a customer whose interest fades, by e-mail"),
        Kind.EMAIL,
        "marketing",
        ContentType.OFFER,
        {
            "en": email(
                "Would you give us another try?",
                heading(EN + ", we would like to see you again"),
                text(
                    "You have not been with us for a while. This offer is for you alone, once, and it is yours "
                    "until its last day is over."
                ),
                COUPON,
                text(
                    "And if something was not right: tell us in less than a minute. A person reads it, and the "
                    "offer is yours either way."
                ),
                button("Tell us what was missing", SURVEY),
            ),
            "zh-hans": email(
                "愿意再给我们一次机会吗？",
                heading(HANS + "，期待与您再见"),
                text("您有一段时间没来了。这份优惠专为您准备，仅此一次，截止日当天仍可使用。"),
                COUPON,
                text(
                    "如果有哪里让您不满意，请花不到一分钟告诉我们，会有专人阅读。无论是否填写，优惠都归您。"
                ),
                button("告诉我们哪里不足", SURVEY),
            ),
            "zh-hant": email(
                "願意再給我們一次機會嗎？",
                heading(HANT + "，期待與您再見"),
                text("您有一段時間沒來了。這份優惠專為您準備，僅此一次，截止日當天仍可使用。"),
                COUPON,
                text("若有哪裡讓您不滿意，請花不到一分鐘告訴我們，會有專人閱讀。無論是否填寫，優惠都歸您。"),
                button("告訴我們哪裡不足", SURVEY),
            ),
        },
    ),
    "advantages_email": Seed(
        _("Why we: advantages compared with others"),
        Kind.EMAIL,
        "marketing",
        ContentType.PRODUCT_NEWS,
        {
            "en": email(
                "What you have with us, compared openly",
                heading(EN + ", a comparison you can check"),
                text(
                    "Perhaps you are comparing us with somebody else; that is a good idea. On one page you "
                    "find what we charge, how fast we deliver, how you reach a person, and what happens when "
                    "something goes wrong, each with figures and the day they were taken.\n\n"
                    "Where somebody else is better, it says so. If a point is missing that matters to you, "
                    "answer this e-mail: {{ owner.name | default: 'a person' }} replies."
                ),
                button("Compare point by point"),
            ),
            "zh-hans": email(
                "选择我们能得到什么，公开对比",
                heading(HANS + "，一份可以核对的对比"),
                text(
                    "货比三家是应该的。我们把价格、送达时间、客服联系方式和出现问题后的处理办法整理在一页，"
                    "每项都有具体数据和统计日期。\n\n"
                    "别家做得更好的地方，我们也如实写明。如果没有提到您关心的内容，请直接回信，"
                    "{{ owner.name | default: '我们' }}会答复您。"
                ),
                button("逐项对比"),
            ),
            "zh-hant": email(
                "選擇我們能得到什麼，公開比較",
                heading(HANT + "，一份可以核對的比較"),
                text(
                    "貨比三家是應該的。我們把價格、送達時間、客服聯絡方式和發生問題後的處理辦法整理在一頁，"
                    "每項都有具體數據和統計日期。\n\n"
                    "別家做得更好的地方，我們也如實寫明。若沒有提到您關心的內容，請直接回信，"
                    "{{ owner.name | default: '我們' }}會回覆您。"
                ),
                button("逐項比較"),
            ),
        },
    ),
}
