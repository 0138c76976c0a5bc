"""Bringing somebody back, and reminding them in time: one clear point each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind, Variant
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.offers import MAYBE
from keepwell.outreach.content.seeds.shape import Seed, button, email, heading, said, text

WIN_BACK: dict[str, Seed] = {
    "win_back_email": Seed(
        _("Win-back e-mail"),
        Kind.EMAIL,
        "marketing",
        ContentType.CARE,
        {
            "en": (
                *email(
                    "We have missed you at {{ company.name }}",
                    heading("It has been a while, " + EN),
                    text(
                        "{% if product.last %}We hope that you are still happy with “{{ product.last }}”. "
                        "{% endif %}If something was not right, we would like to hear it and put it right: "
                        "an answer to this e-mail reaches {{ owner.name | default: 'a person, not a machine' }}."
                        "\n\nAnd if you only were busy: we are here, and glad to see you again."
                    ),
                    button("See what is new"),
                ),
                *email(
                    "What is new since your last order",
                    heading("What has changed since your last order"),
                    text(
                        EN + ", {% if customer.last_order_on %}your last order was on "
                        "{{ customer.last_order_on | date: 'long' }}. {% endif %}Since then the range, the "
                        "delivery times and the terms have changed; they stand on one page, with figures."
                    ),
                    button("Compare the details"),
                    variant=Variant(tone="factual"),
                ),
            ),
            "zh-hans": (
                *email(
                    "{{ company.name }}很想念您",
                    heading("好久不见，" + HANS),
                    text(
                        "{% if product.last %}您上次选购的“{{ product.last }}”，用得还顺心吗？{% endif %}"
                        "如果有哪里让您不满意，请直接回信告诉"
                        "{{ owner.name | default: '我们' }}，我们会认真处理，不让您白说。\n\n"
                        "如果只是最近忙，也没关系。我们一直都在，等您有空再来。"
                    ),
                    button("看看最近的新品"),
                ),
                *email(
                    "自您上次购买以来，有这些变化",
                    heading("自您上次购买以来的变化"),
                    text(
                        HANS + "，{% if customer.last_order_on %}您上次购买是在"
                        "{{ customer.last_order_on | date: 'long' }}。{% endif %}"
                        "此后的商品、送达时间与服务条款均有更新，已整理在一页，附具体数据，方便您对照。"
                    ),
                    button("查看对照"),
                    variant=Variant(tone="factual"),
                ),
            ),
            "zh-hant": (
                *email(
                    "{{ company.name }}很想念您",
                    heading("好久不見，" + HANT),
                    text(
                        "{% if product.last %}您上次選購的「{{ product.last }}」，使用上還順手嗎？{% endif %}"
                        "若有任何讓您不滿意的地方，請直接回信告訴"
                        "{{ owner.name | default: '我們' }}，我們會認真處理。\n\n"
                        "如果只是最近比較忙，也沒關係。我們一直都在，等您有空再來。"
                    ),
                    button("看看最近的新品"),
                ),
                *email(
                    "自您上次購買以來，有這些變化",
                    heading("自您上次購買以來的變化"),
                    text(
                        HANT + "，{% if customer.last_order_on %}您上次購買是在"
                        "{{ customer.last_order_on | date: 'long' }}。{% endif %}"
                        "此後的商品、送達時間與服務條款均有更新，已整理在一頁，附具體數據，方便您對照。"
                    ),
                    button("查看對照"),
                    variant=Variant(tone="factual"),
                ),
            ),
        },
    ),
    "loss_survey_email": Seed(
        _("Why do you stay away? (e-mail)"),
        Kind.EMAIL,
        "survey",
        ContentType.CARE,
        {
            "en": email(
                "May we ask you one thing?",
                heading(EN + ", what could we have done better?"),
                text(
                    "You have not been with us for a while, and we would like to know why. It takes less than a "
                    "minute, every question may be left out, and a person reads what you write."
                ),
                button("Tell us in a minute", "{{ message.loss_survey_url }}"),
            ),
            "zh-hans": email(
                "想请教您一个问题",
                heading(HANS + "，我们哪里可以做得更好？"),
                text(
                    "您有一段时间没来了，我们很想知道原因。填写不到一分钟，每一题都可以跳过，您写下的话会有专人阅读。"
                ),
                button("花一分钟告诉我们", "{{ message.loss_survey_url }}"),
            ),
            "zh-hant": email(
                "想請教您一個問題",
                heading(HANT + "，我們哪裡可以做得更好？"),
                text(
                    "您有一段時間沒來了，我們很想知道原因。填寫不到一分鐘，每一題都可以略過，您寫下的話會有專人閱讀。"
                ),
                button("花一分鐘告訴我們", "{{ message.loss_survey_url }}"),
            ),
        },
    ),
    "question_settled_email": Seed(
        _("Is your question settled? (e-mail)"),
        Kind.EMAIL,
        "service",
        ContentType.CARE,
        {
            "en": email(
                "Is your question settled?",
                heading(EN + ", are you satisfied with our answer?"),
                text(
                    "You asked us something, and we answered. Your question stays open with us until you say "
                    "that it is settled. If anything is missing, tell us: a person reads it and goes on."
                ),
                button("Tell us how it is", "{{ message.feedback_url }}"),
            ),
            "zh-hans": email(
                "您的问题解决了吗？",
                heading(HANS + "，您对我们的答复满意吗？"),
                text(
                    "您之前的问题我们已经答复。在您确认解决之前，我们会一直跟进。若还有不清楚的地方，请告诉我们，会有专人阅读并继续处理。"
                ),
                button("告诉我们结果", "{{ message.feedback_url }}"),
            ),
            "zh-hant": email(
                "您的問題解決了嗎？",
                heading(HANT + "，您對我們的答覆滿意嗎？"),
                text(
                    "您先前的問題我們已經答覆。在您確認解決之前，我們會持續追蹤。若還有不清楚的地方，請告訴我們，會有專人閱讀並繼續處理。"
                ),
                button("告訴我們結果", "{{ message.feedback_url }}"),
            ),
        },
    ),
    "feedback_survey_email": Seed(
        _("How was it? (e-mail)"),
        Kind.EMAIL,
        "survey",
        ContentType.CARE,
        {
            "en": email(
                "How was it?",
                heading(EN + ", how was it with us?"),
                text("Two questions and room for a word. Whoever looks after you reads it and acts on it."),
                button("Answer two questions", "{{ message.feedback_url }}"),
            ),
            "zh-hans": email(
                "这次体验怎么样？",
                heading(HANS + "，这次体验怎么样？"),
                text("只有两个问题，也可以留言。负责您的同事会阅读并跟进。"),
                button("回答两个问题", "{{ message.feedback_url }}"),
            ),
            "zh-hant": email(
                "這次體驗如何？",
                heading(HANT + "，這次體驗如何？"),
                text("只有兩個問題，也可以留言。負責您的同事會閱讀並跟進。"),
                button("回答兩個問題", "{{ message.feedback_url }}"),
            ),
        },
    ),
    "win_back_sms": Seed(
        _("Win-back text message"),
        Kind.SMS,
        "marketing",
        ContentType.OFFER,
        said(
            EN + ", we have not seen you for a while and would be glad to welcome you back at "
            "{{ company.name }}. Reply STOP to end",
            "【{{ company.name }}】" + HANS + "，好久不见，期待您再次光临。拒收请回复R",
            "【{{ company.name }}】" + HANT + "，好久不見，期待您再次光臨。退訂請回覆T",
        ),
    ),
    "replenishment_email": Seed(
        _("Replenishment reminder by e-mail"),
        Kind.EMAIL,
        "marketing",
        ContentType.PRODUCT_NEWS,
        {
            "en": email(
                "Running low on {{ product.last | default: 'your favourites' }}?",
                heading("Time to restock?"),
                text(
                    EN + ", {% if product.due_on %}by our reckoning {{ product.last | default: 'it' }} lasts "
                    "until about {{ product.due_on | date: 'short' }}. {% endif %}If you still have enough, "
                    "simply leave this e-mail." + MAYBE[0]
                ),
                button("Have it sent again"),
            ),
            "zh-hans": email(
                "{{ product.last | default: '常用好物' }}快用完了吧？",
                heading("该补货了吗？"),
                text(
                    HANS + "，{% if product.due_on %}按以往的使用节奏，{{ product.last | default: '它' }}"
                    "大约能用到{{ product.due_on | date: 'short' }}。{% endif %}如果家里还有，忽略这封邮件就好。"
                    + MAYBE[1]
                ),
                button("再来一份"),
            ),
            "zh-hant": email(
                "{{ product.last | default: '常用好物' }}快用完了嗎？",
                heading("該補貨了嗎？"),
                text(
                    HANT + "，{% if product.due_on %}依以往的使用頻率，{{ product.last | default: '它' }}"
                    "大約能用到{{ product.due_on | date: 'short' }}。{% endif %}如果家裡還有，略過這封郵件即可。"
                    + MAYBE[2]
                ),
                button("再來一份"),
            ),
        },
    ),
    "replenishment_sms": Seed(
        _("Replenishment reminder by text message"),
        Kind.SMS,
        "marketing",
        ContentType.PRODUCT_NEWS,
        said(
            EN
            + ", {{ product.last | default: 'what you use often' }} may be running low. Time to restock?"
            + MAYBE[0]
            + " {{ company.name }}. Reply STOP to end",
            "【{{ company.name }}】" + HANS + "，您常用的{{ product.last | default: '商品' }}可能快用完了，"
            "该补货了吗？" + MAYBE[1] + "拒收请回复R",
            "【{{ company.name }}】" + HANT + "，您常用的{{ product.last | default: '商品' }}可能快用完了，"
            "該補貨了嗎？" + MAYBE[2] + "退訂請回覆T",
        ),
    ),
}
