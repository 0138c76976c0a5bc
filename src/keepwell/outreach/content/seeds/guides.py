"""What everybody gets without being asked about: how our care is felt, how to use what was bought."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.shape import Seed, button, email, heading, text

GUIDES: dict[str, Seed] = {
    "care_survey_email": Seed(
        _("Do we look after you well? (e-mail)"),
        Kind.EMAIL,
        "survey",
        ContentType.CARE,
        {
            "en": email(
                "Do we look after you well?",
                heading(EN + ", how do you feel our care?"),
                text(
                    "We ring you up, write to you and think of your days. Is it too much, too little, or just "
                    "right? It takes less than a minute, and a person reads what you write."
                ),
                button("Tell us", "{{ message.care_survey_url }}"),
            ),
            "zh-hans": email(
                "我们的关怀，您满意吗？",
                heading(HANS + "，您对我们的关怀感受如何？"),
                text(
                    "我们会致电、来信，也记得您的重要日子。是太多、太少，还是刚刚好？填写不到一分钟，您写下的话会有专人阅读。"
                ),
                button("告诉我们", "{{ message.care_survey_url }}"),
            ),
            "zh-hant": email(
                "我們的關懷，您滿意嗎？",
                heading(HANT + "，您對我們的關懷感受如何？"),
                text(
                    "我們會致電、來信，也記得您的重要日子。是太多、太少，還是剛剛好？填寫不到一分鐘，您寫下的話會有專人閱讀。"
                ),
                button("告訴我們", "{{ message.care_survey_url }}"),
            ),
        },
    ),
    "product_guide_email": Seed(
        _("Getting the best out of it (e-mail)"),
        Kind.EMAIL,
        "service",
        ContentType.SERVICE_NOTICE,
        {
            "en": email(
                "Getting the best out of {{ product.last | default: 'what you bought' }}",
                heading(EN + ", three things worth knowing at the start"),
                text(
                    "1. Unpack it in peace and look whether everything is there; if not, answer this e-mail.\n\n"
                    "2. The guide{% if product.category %} for {{ product.category }}{% endif %} says step by "
                    "step how to begin, and what people ask most.\n\n"
                    "3. How to look after it, so that it lasts, stands there too."
                ),
                button("Open the guide"),
            ),
            "zh-hans": email(
                "用好{{ product.last | default: '您的新品' }}，从这里开始",
                heading(HANS + "，开始使用前值得了解的三件事"),
                text(
                    "1. 先从容开箱，核对配件是否齐全；如有缺漏，直接回复本邮件即可。\n\n"
                    "2. {% if product.category %}{{ product.category }}{% endif %}使用指南一步步告诉您如何上手，"
                    "也列出了大家最常问的问题。\n\n"
                    "3. 日常保养的方法也在其中，让它用得更久。"
                ),
                button("打开使用指南"),
            ),
            "zh-hant": email(
                "善用{{ product.last | default: '您的新品' }}，從這裡開始",
                heading(HANT + "，開始使用前值得了解的三件事"),
                text(
                    "1. 先從容開箱，核對配件是否齊全；如有缺漏，直接回覆這封信即可。\n\n"
                    "2. {% if product.category %}{{ product.category }}{% endif %}使用指南一步步告訴您如何上手，"
                    "也列出了大家最常問的問題。\n\n"
                    "3. 日常保養的方法也在其中，讓它用得更久。"
                ),
                button("開啟使用指南"),
            ),
        },
    ),
    "faq_set_email": Seed(
        _("What new customers ask (e-mail)"),
        Kind.EMAIL,
        "service",
        ContentType.SERVICE_NOTICE,
        {
            "en": email(
                "What new customers ask us most",
                heading(EN + ", the questions that others had"),
                text(
                    "**Where is my order?** Your account shows where it stands.\n\n"
                    "**Can I give it back?** Yes, within the term that stands on our website; it also says how.\n\n"
                    "**Something is wrong with it.** Answer this e-mail, with a picture if you can.\n\n"
                    "**Who helps me?** {{ owner.name | default: 'A person, not a machine' }}: just answer this e-mail."
                ),
                button("All questions and answers"),
            ),
            "zh-hans": email(
                "新顾客最常问的几个问题",
                heading(HANS + "，这些问题别人也问过"),
                text(
                    "**订单到哪里了？** 登录您的账户即可查看进度。\n\n"
                    "**可以退货吗？** 可以，在网站公布的期限内办理，流程也写在那里。\n\n"
                    "**商品有问题怎么办？** 直接回复本邮件，方便的话附上照片。\n\n"
                    "**找谁帮忙？** {{ owner.name | default: '客服同事' }}，直接回复本邮件即可。"
                ),
                button("查看全部问答"),
            ),
            "zh-hant": email(
                "新顧客最常問的幾個問題",
                heading(HANT + "，這些問題別人也問過"),
                text(
                    "**訂單到哪裡了？** 登入您的帳戶即可查看進度。\n\n"
                    "**可以退貨嗎？** 可以，在網站公布的期限內辦理，流程也寫在那裡。\n\n"
                    "**商品有問題怎麼辦？** 直接回覆這封信，方便的話附上照片。\n\n"
                    "**找誰幫忙？** {{ owner.name | default: '客服同仁' }}，直接回覆這封信即可。"
                ),
                button("查看全部問答"),
            ),
        },
    ),
    "mass_promotion_email": Seed(
        _("What is worth a look now (e-mail)"),
        Kind.EMAIL,
        "marketing",
        ContentType.OFFER,
        {
            "en": email(
                "What is worth a look at {{ company.name }} now",
                heading("Chosen for this season"),
                text(
                    EN + ", these are the things that others like you came back for. The offers stand on one "
                    "page, with their last day."
                ),
                button("See the offers"),
            ),
            "zh-hans": email(
                "{{ company.name }}近期值得一看",
                heading("当季精选"),
                text(HANS + "，这些是与您相似的顾客回购最多的商品。优惠集中在一页，并注明截止日期。"),
                button("查看优惠"),
            ),
            "zh-hant": email(
                "{{ company.name }}近期值得一看",
                heading("當季精選"),
                text(HANT + "，這些是與您相似的顧客回購最多的商品。優惠集中在一頁，並註明截止日期。"),
                button("查看優惠"),
            ),
        },
    ),
}
