"""For companies: one piece of news told to each role in what counts for it, and in the medium that suits it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind, Variant
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.shape import Seed, Wording, button, email, heading, said, text

# Role -> subject, heading, words and button, in English, 简体 and 繁體.
BY_ROLE: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "": (
        (
            "News from {{ company.name }}",
            "What is new",
            "this quarter we have improved what you order most and how it reaches you. "
            "If you have a question, {{ owner.name | default: 'your contact person' }} knows your account.",
            "Read more",
        ),
        (
            "{{ company.name }}本季更新",
            "本季更新",
            "本季度我们改进了您常订的产品与配送方式。如有疑问，请联系{{ owner.name | default: '您的客户经理' }}。",
            "了解更多",
        ),
        (
            "{{ company.name }}本季更新",
            "本季更新",
            "本季我們改善了您常訂的產品與配送方式。如有疑問，請洽{{ owner.name | default: '您的客戶經理' }}。",
            "瞭解更多",
        ),
    ),
    "procurement": (
        (
            "Working together as suppliers: delivery times and terms",
            "Delivery times, order quantities, terms",
            "for your planning: the present delivery times, minimum order quantities and terms of payment, "
            "and whom to call when an order is urgent.",
            "See the terms",
        ),
        (
            "供应协作：交期与合作条款更新",
            "交期、起订量与合作条款",
            "为便于您安排采购，现将最新交期、起订量与付款条件一并说明，并附加急订单的联系人。",
            "查看合作条款",
        ),
        (
            "供應協作：交期與合作條款更新",
            "交期、最低訂購量與合作條款",
            "為便於您安排採購，現將最新交期、最低訂購量與付款條件一併說明，並附急單聯絡人。",
            "查看合作條款",
        ),
    ),
    "finance": (
        (
            "Reconciliation: statement and invoices of the month",
            "Statement of account",
            "the statement and the open invoices of the month are ready. Please tell us by answering this "
            "e-mail where a line differs from your books.",
            "Open the statement",
        ),
        (
            "对账更新：本月对账单与发票",
            "本月对账",
            "本月对账单与未结发票已备好。若与贵司账目有出入，直接回信说明，我们当日核对。",
            "打开对账单",
        ),
        (
            "對帳更新：本月對帳單與發票",
            "本月對帳",
            "本月對帳單與未結發票已備妥。若與貴公司帳目有出入，直接回信說明，我們當日核對。",
            "開啟對帳單",
        ),
    ),
    "technical": (
        (
            "Release notes: parameters, API speed, SDK versions",
            "What changes for your systems",
            "new parameters, the measured response times of the API, and the SDK versions that stay "
            "compatible. Nothing has to be changed at once.",
            "Read the release notes",
        ),
        (
            "版本说明：参数、接口速度与 SDK 兼容性",
            "对贵司系统的影响",
            "本次更新的参数、接口实测响应时间，以及继续兼容的 SDK 版本均已列出，现有对接无需立即改动。",
            "阅读版本说明",
        ),
        (
            "版本說明：參數、介面速度與 SDK 相容性",
            "對貴公司系統的影響",
            "本次更新的參數、介面實測回應時間，以及繼續相容的 SDK 版本均已列出，現有串接無須立即更動。",
            "閱讀版本說明",
        ),
    ),
    "decision_maker": (
        (
            "What the last quarter brought you",
            "Return and gain in the process",
            "on two pages: what our work together saved in time and cost, how we reckoned it, and the "
            "decision that would bring the most next.",
            "Read the summary",
        ),
        (
            "上季度合作成效小结",
            "投入产出与流程收益",
            "两页说明：双方合作节省的时间与成本、测算方法，以及下一步最值得做的一个决定。",
            "阅读小结",
        ),
        (
            "上季合作成效摘要",
            "投入產出與流程效益",
            "兩頁說明：雙方合作節省的時間與成本、估算方法，以及下一步最值得做的一個決定。",
            "閱讀摘要",
        ),
    ),
}
# Medium -> subject, words and button.
BY_MEDIUM: dict[str, tuple[tuple[str, str, str], ...]] = {
    "infographic": (
        ("The solution at a glance", "one picture shows the whole: where we begin, what changes, what remains.", "See the picture"),
        ("一张图看懂方案", "一张图说明全貌：从哪里开始，改变什么，保留什么。", "查看图示"),
        ("一張圖看懂方案", "一張圖說明全貌：從哪裡開始，改變什麼，保留什麼。", "查看圖示"),
    ),
    "white_paper": (
        ("White paper: basis for a decision", "the paper gives the figures, the assumptions behind them, the risks and a schedule.", "Read the paper"),
        ("方案白皮书：供决策参考", "白皮书列明数据、测算前提、风险与时间安排，供您决策参考。", "阅读白皮书"),
        ("方案白皮書：供決策參考", "白皮書列明數據、估算前提、風險與時程，供您決策參考。", "閱讀白皮書"),
    ),
    "demo_video": (
        ("See how it is done, in three minutes", "the film shows each step as you will do it yourself; it takes three minutes.", "Watch the film"),
        ("三分钟演示：一步步怎么做", "视频按您日常操作的顺序演示每一步，全长三分钟。", "观看演示"),
        ("三分鐘示範：一步步怎麼做", "影片依您日常操作的順序示範每一步，全長三分鐘。", "觀看示範"),
    ),
}  # fmt: skip
GREET = (EN + ", ", HANS + "，", HANT + "，")
LANGUAGES = ("en", "zh-hans", "zh-hant")


def _by_role(place: int) -> tuple[Wording, ...]:
    made: list[Wording] = []
    for role, wordings in BY_ROLE.items():
        subject, head, words, label = wordings[place]
        blocks = (heading(head), text(GREET[place] + words), button(label))
        made += email(subject, *blocks, variant=Variant(role=role))
    return tuple(made)


def _by_medium(place: int) -> tuple[Wording, ...]:
    made: list[Wording] = []
    for medium, wordings in BY_MEDIUM.items():
        subject, words, label = wordings[place]
        blocks = (heading(subject), text(GREET[place] + words), button(label))
        made += email(subject, *blocks, variant=Variant(medium=medium))
    return tuple(made)


BUSINESS: dict[str, Seed] = {
    "company_update": Seed(
        _("Update for companies, by role"),
        Kind.EMAIL,
        "marketing",
        ContentType.INDUSTRY_NEWS,
        {language: _by_role(place) for place, language in enumerate(LANGUAGES)},
    ),
    "solution_material": Seed(
        _("Material on a solution, by medium"),
        Kind.EMAIL,
        "marketing",
        ContentType.PRODUCT_NEWS,
        {language: _by_medium(place) for place, language in enumerate(LANGUAGES)},
    ),
    "success_case": Seed(
        _("Success case to fill in"),
        Kind.SUCCESS_CASE,
        "marketing",
        ContentType.PRODUCT_NEWS,
        said(
            "Who: the company or person, with their consent to be named.\n"
            "What was the matter: in their own words.\n"
            "What we did together, and in how many days.\n"
            "What it brought: one figure that they confirmed.",
            "客户：公司或个人名称（已取得对方同意）。\n遇到的问题：用对方的原话。\n"
            "我们一起做了什么，用了多少天。\n结果：一个经对方确认的数字。",
            "客戶：公司或個人名稱（已取得對方同意）。\n遇到的問題：用對方的原話。\n"
            "我們一起做了什麼，用了多少天。\n結果：一個經對方確認的數字。",
        ),
        is_draft=True,
    ),
}
