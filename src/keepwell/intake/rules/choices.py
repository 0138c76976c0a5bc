"""What shops write for the values that our columns may hold."""

# ruff: noqa: E501 - lines of tables are not broken

from __future__ import annotations

from keepwell.intake.matching.names import normal

_STATUS = {
    "placed": "placed|pending|open|new|created|unpaid|awaiting payment|on-hold|draft|checkout-draft|authorized|待付款"
    "|未付款|待支付|已下单|待处理|待付款|未付款|待支付|已下單|待處理|等待买家付款|等待買家付款",
    "paid": "paid|complete|completed|done|processing|fulfilled|shipped|delivered|invoiced|approved|success|successful|closed|partially_paid"
    "|partially paid|settled|finished|received|已付款|已支付|支付成功|交易成功|已完成|完成|已发货|已收货|已签收|待发货|已結帳|已完成"
    "|已發貨|已出貨|已收貨|已簽收|待發貨|待出貨|付款成功|交易完成|買家已付款|买家已付款",
    "refunded": "refunded|refund|returned|return|partially_refunded|partially refunded|chargeback|charged_back|已退款|退款|退款成功"
    "|已退货|退货|已退貨|退貨|部分退款|退款完成",
    "cancelled": "cancelled|canceled|cancel|void|voided|failed|expired|unavailable|declined|rejected|trash|已取消|取消|交易关闭"
    "|交易關閉|已关闭|已關閉|已作废|已作廢|付款失败|付款失敗",
}
_PERIOD = {
    "day": "day|daily|1 day|日|天|每天|每日",
    "week": "week|weekly|1 week|周|週|每周|每週|星期",
    "month": "month|monthly|1 month|月|每月|月付|包月",
    "quarter": "quarter|quarterly|3 months|季|季度|每季|季付",
    "year": "year|yearly|annual|annually|1 year|年|每年|年付|包年",
}
_CONTACT_STATUS = {
    "queued": "queued|pending|scheduled|待发送|待發送|排队中",
    "sent": "sent|send|已发送|已發送|发送成功|發送成功",
    "delivered": "delivered|已送达|已送達|送达|送達",
    "opened": "opened|open|read|已打开|已打開|已读|已讀",
    "clicked": "clicked|click|点击|點擊|已点击|已點擊",
    "bounced": "bounced|bounce|failed|undelivered|退信|发送失败|發送失敗",
    "complained": "complained|complaint|spam|投诉|投訴|举报",
    "unsubscribed": "unsubscribed|unsubscribe|opt-out|opted out|退订|退訂",
    "answered": "answered|replied|reply|responded|已回复|已回覆|接听|接聽|已接通",
    "refused": "refused|declined|rejected|拒绝|拒絕|拒接",
    "withheld": "withheld|holdout|control|suppressed|对照|對照|未发送|未發送",
}
_EVENT = {
    "opened": "opened|open|created|new|受理|新建|提交|已提交|建立",
    "responded": "responded|response|replied|first response|已响应|已回复|已回應|已回覆",
    "escalated": "escalated|escalation|升级|升級",
    "resolved": "resolved|solved|done|已解决|已解決|解决|解決",
    "reopened": "reopened|reopen|重开|重開|重新打开",
    "closed": "closed|close|finished|已关闭|已關閉|关闭|關閉|结案|結案",
}
_AVAILABILITY = {
    "available": "available|in stock|in_stock|instock|yes|true|1|active|published|有货|有貨|在售|上架|是|现货|現貨",
    "out_of_stock": "out of stock|out_of_stock|outofstock|no|false|0|sold out|onbackorder|缺货|缺貨|无货|無貨|售罄|否",
    "withdrawn": "withdrawn|discontinued|archived|inactive|delisted|下架|停售|已下架|停产|停產",
}
_METRIC = {
    "nps": "nps|net promoter score|recommend|推荐度|推薦度|净推荐值|淨推薦值",
    "csat": "csat|satisfaction|customer satisfaction|满意度|滿意度",
    "ces": "ces|customer effort score|effort|费力度|費力度|省力度",
    "other": "other|其他|其它",
}
_KIND = {
    "acquisition": "acquisition|marketing|advertising|ads|获客|獲客|广告|廣告",
    "retention": "retention|winback|win-back|维系|維繫|挽留|挽回",
    "service": "service|support|客服|服务|服務",
    "reward": "reward|gift|points|奖励|獎勵|礼品|禮品",
}

CHOICES: dict[tuple[str, str], dict[str, str]] = {
    ("orders", "status"): _STATUS,
    ("order_lines", "status"): _STATUS,
    ("carried_order_lines", "status"): _STATUS,
    ("olist_orders", "status"): _STATUS,
    ("subscriptions", "period"): _PERIOD,
    ("contacts", "status"): _CONTACT_STATUS,
    ("tickets", "event"): _EVENT,
    ("answers", "metric"): _METRIC,
    ("costs", "kind"): _KIND,
    ("products", "availability"): _AVAILABILITY,
}

CURRENCIES = {
    "CNY": "CNY|RMB|CNH|人民币|人民幣|¥|￥|元",
    "TWD": "TWD|NTD|NT$|台币|台幣|新台币|新台幣|新臺幣",
    "HKD": "HKD|HK$|港币|港幣|港元",
    "USD": "USD|US$|美元|美金",
    "EUR": "EUR|€|欧元|歐元",
    "GBP": "GBP|£|英镑|英鎊",
    "JPY": "JPY|日元|日圓|円",
}
"""Names of currencies beside their ISO 4217 codes; `$` alone is not one: a dozen countries use it."""


def choice_names(table: str, column: str) -> dict[str, str]:
    """Lower-case or normalised name -> our value."""
    known = CHOICES[table, column]
    names: dict[str, str] = {}
    for value, synonyms in known.items():
        for synonym in (value, *synonyms.split("|")):
            names.setdefault(synonym.lower(), value)
            names.setdefault(normal(synonym), value)
            if (table, column) == ("orders", "status"):
                names.setdefault(f"wc-{synonym.lower()}", value)
    return names


def currency_names() -> dict[str, str]:
    """Upper-case name -> ISO code, for those that are not the code itself."""
    return {
        name.upper(): code for code, names in CURRENCIES.items() for name in names.split("|") if name != code
    }
