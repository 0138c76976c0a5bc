"""The wordings and settings that Keepwell brings."""

from __future__ import annotations

from keepwell.customers.privacy.contracts import Purpose, WordingView

_MARKETING = {
    "en": {
        "purpose": "We send you offers and news that fit you.",
        "scope": "Your name, how to reach you, and what you bought from us.",
        "use": "Used by us alone, never sold. You can withdraw at any time, with effect from that moment.",
    },
    "zh-hans": {
        "purpose": "向您发送适合您的优惠和资讯。",
        "scope": "您的姓名、联系方式和在本店的购买记录。",
        "use": "仅由本店使用，绝不出售。您可随时撤回同意，撤回后立即生效。",
    },
    "zh-hant": {
        "purpose": "向您傳送適合您的優惠與資訊。",
        "scope": "您的姓名、聯絡方式與在本店的購買紀錄。",
        "use": "僅由本店使用，絕不出售。您可隨時撤回同意，撤回後立即生效。",
    },
}
_SERVICE = {
    "en": {
        "purpose": "We tell you about your orders, deliveries, repairs and questions.",
        "scope": "Your name, how to reach you, and the order or question concerned.",
        "use": "Used to serve you, kept as long as the law asks. You can withdraw at any time.",
    },
    "zh-hans": {
        "purpose": "就您的订单、配送、维修和咨询与您联系。",
        "scope": "您的姓名、联系方式以及相关订单或咨询内容。",
        "use": "仅用于为您提供服务，按法律要求的期限保存。您可随时撤回同意。",
    },
    "zh-hant": {
        "purpose": "就您的訂單、配送、維修與諮詢與您聯絡。",
        "scope": "您的姓名、聯絡方式以及相關訂單或諮詢內容。",
        "use": "僅用於為您提供服務，依法律要求的期限保存。您可隨時撤回同意。",
    },
}
_PROFILING = {
    "en": {
        "purpose": "We look at what you buy to suggest what may suit you and to notice what goes wrong.",
        "scope": "Your purchases, visits, answers and complaints; no data bought elsewhere.",
        "use": "People decide, not the computer alone. You can withdraw at any time.",
    },
    "zh-hans": {
        "purpose": "根据您的购买情况推荐适合您的商品，并及时发现服务问题。",
        "scope": "您的购买、到访、问卷回答和投诉记录；不使用从他处购买的数据。",
        "use": "由人员作出决定，不完全依赖计算机。您可随时撤回同意。",
    },
    "zh-hant": {
        "purpose": "依您的購買情況推薦適合您的商品，並及時發現服務問題。",
        "scope": "您的購買、到訪、問卷回答與客訴紀錄；不使用自他處購買的資料。",
        "use": "由人員作出決定，不完全依賴電腦。您可隨時撤回同意。",
    },
}
_SURVEY = {
    "en": {
        "purpose": "We ask you now and then how satisfied you are.",
        "scope": "How to reach you, your last purchase, and what you answer.",
        "use": "Used to do better, shown to others only as a figure. You can withdraw at any time.",
    },
    "zh-hans": {
        "purpose": "不定期询问您的满意度。",
        "scope": "您的联系方式、最近一次购买和您的回答。",
        "use": "仅用于改进服务，对外只显示统计数字。您可随时撤回同意。",
    },
    "zh-hant": {
        "purpose": "不定期詢問您的滿意度。",
        "scope": "您的聯絡方式、最近一次購買與您的回答。",
        "use": "僅用於改進服務，對外只顯示統計數字。您可隨時撤回同意。",
    },
}
WORDINGS = tuple(
    WordingView(code=purpose.value, version=1, purpose=purpose.value, texts=texts)
    for purpose, texts in (
        (Purpose.MARKETING, _MARKETING),
        (Purpose.SERVICE, _SERVICE),
        (Purpose.PROFILING, _PROFILING),
        (Purpose.SURVEY, _SURVEY),
    )
)
UNMASK_SECONDS = 60
UNMASK_LIMIT_PER_DAY = 100
UNMASK_REASON_MINUTES = 10
