"""What comes with Keepwell in three languages: the words of the first reply, and answers to begin with.

The words say only what Keepwell does. The answers are drafts with gaps that the house fills in: one with
a gap cannot be put to use.
"""

from __future__ import annotations

from keepwell.outreach.firstreply.contracts import AnswerDraft

NAMES = ("received", "answered", "person", "progress", "within")
# "{person}" becomes the first word by which a customer calls a person, "{time}" the channel's standard.
TEXTS: dict[str, dict[str, str]] = {
    "received": {
        "en": "Thank you for your message. We have it, and a colleague is asked to answer you.",
        "zh-hans": "您好，您的消息已收到，已转给同事为您处理。",
        "zh-hant": "您好，您的訊息已收到，已轉給同事為您處理。",
    },
    "answered": {
        "en": "This is an automatic answer. If it does not help, write “{person}”: a colleague takes over.",
        "zh-hans": "以上为自动回复。如未解决您的问题，请回复“{person}”，由同事为您处理。",
        "zh-hant": "以上為自動回覆。如未解決您的問題，請回覆「{person}」，由同事為您處理。",
    },
    "person": {
        "en": "We have passed your question to a colleague, who is asked to answer you.",
        "zh-hans": "您的问题已转给同事，由同事为您处理。",
        "zh-hant": "您的問題已轉給同事，由同事為您處理。",
    },
    "progress": {
        "en": "We are sorry: our answer takes longer than it should. We have your question, and "
        "have reminded our colleagues.",
        "zh-hans": "很抱歉，让您久等了。您的问题我们已记录，并已再次提醒同事处理。",
        "zh-hant": "很抱歉，讓您久等了。您的問題我們已記錄，並已再次提醒同事處理。",
    },
    "within": {
        "en": "Our standard for a first answer is {time}.",
        "zh-hans": "我们的首次回复标准为{time}。",
        "zh-hant": "我們的首次回覆標準為{time}。",
    },
}
# Before a receipt for whoever is guided; "{phone}" is the number of the brand.
RING = {
    "en": "If you would rather speak with a person, ring {phone}.",
    "zh-hans": "如需与人工客服通话，请拨打{phone}。",
    "zh-hant": "如需與真人客服通話，請撥打{phone}。",
}
SUBJECTS = {"en": "Your message to us", "zh-hans": "关于您的来信", "zh-hant": "關於您的來信"}
SPANS = {
    "en": ("{n} minutes", "{n} hours"),
    "zh-hans": ("{n}分钟", "{n}小时"),
    "zh-hant": ("{n}分鐘", "{n}小時"),
}
# The first of each language is what customers are told to write.
PERSON_FIRST = {"en": "agent", "zh-hans": "人工", "zh-hant": "人工"}
PERSON_WORDS = (
    "agent", "人工", "human", "real person", "representative", "operator", "客服", "真人", "转接", "轉接",
    "complaint", "complain", "lawyer", "投诉", "投訴", "举报", "舉報", "起诉", "起訴", "律师", "律師",
    "没用", "沒用", "没解决", "沒解決", "not helpful", "did not help", "didn't help", "does not help",
)  # fmt: skip
TASK_TITLES = {
    "en": "The customer wrote and waits for an answer: read it in this task and answer by {way}",
    "zh-hans": "客户来信待回复：请在本任务中查看，并通过{way}回复",
    "zh-hant": "客戶來訊待回覆：請在本任務中查看，並以{way}回覆",
}
SEEDS: dict[str, AnswerDraft] = {
    "opening_hours": AnswerDraft(
        "Opening hours · 营业时间",
        {
            "en": ("opening hours", "when do you open", "when do you close", "are you open"),
            "zh-hans": ("营业时间", "几点开门", "几点关门", "几点下班", "上班时间", "周末营业", "今天营业"),
            "zh-hant": ("營業時間", "幾點開門", "幾點關門", "幾點下班", "上班時間", "週末營業", "今天營業"),
        },
        {
            "en": "Our opening hours: [[days and hours]].",
            "zh-hans": "我们的营业时间：[[日期与时间]]。",
            "zh-hant": "我們的營業時間：[[日期與時間]]。",
        },
    ),
    "delivery_status": AnswerDraft(
        "Where is my order · 物流进度",
        {
            "en": (
                "where is my order", "where is my parcel", "order status", "delivery status",
                "track my order",
                "tracking number", "when will it arrive", "parcel has not arrived", "when does it ship",
            ),
            "zh-hans": (
                "快递到哪", "物流进度", "什么时候发货", "还没发货", "还没收到货", "快递单号", "订单到哪",
                "查物流",
                "多久到货", "什么时候到货",
            ),
            "zh-hant": (
                "包裹到哪", "物流進度", "什麼時候出貨", "還沒出貨", "還沒收到貨", "追蹤編號", "訂單到哪",
                "查物流",
                "多久到貨", "什麼時候到貨",
            ),
        },
        {
            "en": "You can follow your order here, with the order number: [[address of the tracking page]].",
            "zh-hans": "您可凭订单号在此查询物流进度：[[查询页面]]。",
            "zh-hant": "您可憑訂單編號在此查詢物流進度：[[查詢頁面]]。",
        },
    ),
    "return": AnswerDraft(
        "Return or exchange · 退换货",
        {
            "en": ("return an item", "send it back", "how to return", "exchange size", "refund"),
            "zh-hans": ("退货", "换货", "退换货", "怎么退", "退款", "七天无理由", "换尺码", "换个尺码"),
            "zh-hant": ("退貨", "換貨", "退換貨", "怎麼退", "退款", "鑑賞期", "換尺碼", "換個尺寸"),
        },
        {
            "en": "How to return or exchange something, and until when: [[conditions]].",
            "zh-hans": "退换货方式与期限：[[条件说明]]。",
            "zh-hant": "退換貨方式與期限：[[條件說明]]。",
        },
    ),
    "invoice": AnswerDraft(
        "Invoice · 发票",
        {
            "en": ("invoice", "receipt for my order", "vat invoice", "need a receipt", "tax number"),
            "zh-hans": ("发票", "开发票", "电子发票", "补开发票", "抬头", "开票"),
            "zh-hant": ("發票", "開發票", "電子發票", "補開發票", "統一編號", "統編", "抬頭"),
        },
        {
            "en": "How to get an invoice: [[where to ask for it, and what we need to know]].",
            "zh-hans": "开具发票的方式：[[申请入口与所需信息]]。",
            "zh-hant": "開立發票的方式：[[申請入口與所需資料]]。",
        },
    ),
    "points": AnswerDraft(
        "Points · 积分",
        {
            "en": ("my points", "loyalty points", "how many points", "points expire", "redeem points"),
            "zh-hans": ("积分", "查积分", "积分怎么用", "积分过期", "积分兑换", "会员积分"),
            "zh-hant": ("點數", "積分", "查點數", "點數怎麼用", "點數過期", "點數兌換", "會員積分"),
        },
        {
            "en": "You see your points and what they are good for here: [[page of the account]].",
            "zh-hans": "您可在此查看积分及用途：[[会员页面]]。",
            "zh-hant": "您可在此查看點數及用途：[[會員頁面]]。",
        },
    ),
}  # fmt: skip
