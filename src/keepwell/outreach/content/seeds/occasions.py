"""What journeys say: on a day of somebody's life, after something happened, when something is due."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.shape import Seed, said

CARE, OFFER, NOTICE = ContentType.CARE, ContentType.OFFER, ContentType.SERVICE_NOTICE
STOP = (" {{ company.name }}. Reply STOP to end", "拒收请回复R", "退訂請回覆T")


def _marketing(name: str | Promise, en: str, hans: str, hant: str, kind: ContentType = CARE) -> Seed:
    texts = said(
        f"{EN}, {en}{STOP[0]}",
        f"【{{{{ company.name }}}}】{HANS}，{hans}{STOP[1]}",
        f"【{{{{ company.name }}}}】{HANT}，{hant}{STOP[2]}",
    )
    return Seed(name, Kind.SMS, "marketing", kind, texts)


def _notice(name: str | Promise, en: str, hans: str, hant: str, *, purpose: str = "service") -> Seed:
    texts = said(
        f"{EN}, {en} {{{{ company.name }}}}",
        f"【{{{{ company.name }}}}】{HANS}，{hans}",
        f"【{{{{ company.name }}}}】{HANT}，{hant}",
    )
    return Seed(name, Kind.SMS, purpose, NOTICE, texts)


def _survey(name: str | Promise, en: str, hans: str, hant: str) -> Seed:
    texts = said(
        f"{EN}, {en}{STOP[0]}",
        f"【{{{{ company.name }}}}】{HANS}，{hans}{STOP[1]}",
        f"【{{{{ company.name }}}}】{HANT}，{hant}{STOP[2]}",
    )
    return Seed(name, Kind.SMS, "survey", CARE, texts)


OCCASIONS: dict[str, Seed] = {
    "birthday_month_open_sms": _marketing(
        _("Birthday month: benefits open"),
        "your birthday month is here: your member benefits are open until the month ends.",
        "您的生日月到啦！会员礼遇已开启，至本月底有效，愿您喜乐。",
        "您的生日月到囉！會員禮遇已開啟，至本月底有效，祝您開心。",
        OFFER,
    ),
    "birthday_month_close_sms": _marketing(
        _("Birthday month: benefits close"),
        "your birthday benefits end with this month. If you would like to use them, we are here.",
        "您的生日月礼遇即将到期，如有需要欢迎使用。祝一切顺心。",
        "您的生日月禮遇即將到期，如有需要歡迎使用。祝一切順心。",
        OFFER,
    ),
    "anniversary_sms": _marketing(
        _("Anniversary greeting"),
        "it is a year more that you have been with us. Thank you for your trust, and all the best.",
        "又一年的相伴，感谢您一直以来的信任，愿您平安顺遂。",
        "又一年的相伴，感謝您一路以來的支持，祝您平安順心。",
    ),
    "memorial_day_sms": _marketing(
        _("Greeting on a day that matters"),
        "we think of you on this special day and wish you and yours all the best.",
        "在这个特别的日子，向您和家人送上我们的祝福。",
        "在這個特別的日子，向您和家人獻上我們的祝福。",
    ),
    "valentines_day_sms": _marketing(
        _("Valentine's Day greeting"),
        "happy Valentine's Day to you both. A small gift is kept ready for you.",
        "情人节快乐！为您二位留了一份小礼物，祝甜蜜长久。",
        "情人節快樂！為您們保留了一份小禮物，祝甜蜜長久。",
    ),
    "mothers_day_sms": _marketing(
        _("Mother's Day greeting"),
        "happy Mother's Day! Thank you for all that you do; a small gift is kept ready for you.",
        "母亲节快乐！您辛苦了，为您准备了一份小心意。",
        "母親節快樂！您辛苦了，為您準備了一份小心意。",
    ),
    "fathers_day_sms": _marketing(
        _("Father's Day greeting"),
        "happy Father's Day! We wish you a day as good as you make it for others.",
        "父亲节快乐！感谢您一直以来的信任，祝您健康顺心。",
        "父親節快樂！感謝您一路以來的支持，祝您健康順心。",
    ),
    "cart_waiting_sms": _marketing(
        _("Cart left behind"),
        "what you chose is still kept for you. If anything was unclear, a person is here to help.",
        "您挑选的商品仍为您保留着。若有疑问，直接回复即可联系专属客服。",
        "您挑選的商品仍為您保留。若有疑問，直接回覆即可聯絡專屬客服。",
        OFFER,
    ),
    "product_care_sms": _notice(
        _("Free maintenance is due"),
        "{{ product.last | default: 'what you bought from us' }} is due for a check, which costs you "
        "nothing. Reply and we will arrange it.",
        "您的{{ product.last | default: '商品' }}到了保养的时候，本次免费，回复即可预约。",
        "您的{{ product.last | default: '商品' }}該保養了，本次免費，回覆即可預約。",
    ),
    "exam_encouragement_sms": _marketing(
        _("Encouragement before the entrance exam"),
        "exam days are here. We wish your child calm, confidence and good luck.",
        "高考在即，祝您的孩子沉着应考、金榜题名。",
        "大考在即，祝您的孩子沉著應考、金榜題名。",
    ),
    "health_check_sms": _marketing(
        _("Birthday: family health check"),
        "happy birthday! A health check for your family is kept ready for you, whenever it suits.",
        "生日快乐！为您和家人准备了体检礼遇，回复即可预约。",
        "生日快樂！為您和家人準備了健檢禮遇，回覆即可預約。",
        OFFER,
    ),
    "first_order_thanks_sms": _notice(
        _("Thank you for the first order"),
        "thank you for your first purchase. If anything is not as you expected, reply and a person will answer.",
        "感谢您首次光顾。若有任何不满意，回复即可联系我们。",
        "感謝您首次光臨。若有任何不滿意，回覆即可聯絡我們。",
    ),
    "after_sales_sms": _notice(
        _("After the sale: is all well?"),
        "is everything all right with {{ product.last | default: 'your purchase' }}? Reply if we can help.",
        "您的{{ product.last | default: '商品' }}用得还好吗？需要帮助请回复。",
        "您的{{ product.last | default: '商品' }}用得還好嗎？需要協助請回覆。",
    ),
    "experience_survey_sms": _survey(
        _("How was it?"),
        "thank you for coming. How was it, from 1 (poor) to 5 (excellent)? One digit is enough.",
        "感谢您的光临。本次体验您打几分？请回复1至5，5为非常满意。",
        "感謝您的光臨。本次體驗您打幾分？請回覆1至5，5為非常滿意。",
    ),
    "order_status_sms": _notice(
        _("Order status"),
        "your order has moved on. You find where it stands in your account.",
        "您的订单状态已更新，请在账户中查看。",
        "您的訂單狀態已更新，請至帳戶查看。",
    ),
    "activity_reminder_sms": _notice(
        _("An event is about to begin"),
        "the event that you signed up for begins soon. We look forward to seeing you.",
        "您报名的活动即将开始，期待与您见面。",
        "您報名的活動即將開始，期待與您見面。",
    ),
    "complaint_received_sms": _notice(
        _("Complaint: received"),
        "we have your message and are working on it. You will hear from us by the next working day.",
        "您反馈的问题我们已收到，正在处理，下一工作日前给您答复。",
        "您反映的問題我們已收到，正在處理，下一工作日前回覆您。",
    ),
    "complaint_progress_sms": _notice(
        _("Complaint: still being worked on"),
        "your matter is not settled yet; we have put somebody on it who will speed it up. We are sorry.",
        "您的问题仍在处理中，我们已安排专人加快跟进，抱歉让您久等。",
        "您的問題仍在處理中，我們已安排專人加快跟進，抱歉讓您久等。",
    ),
    "complaint_survey_sms": _survey(
        _("Complaint solved: satisfied?"),
        "your matter is settled. How satisfied are you, from 1 to 5? One digit is enough.",
        "您的问题已处理完成。对本次处理满意吗？请回复1至5，5为非常满意。",
        "您的問題已處理完成。對本次處理滿意嗎？請回覆1至5，5為非常滿意。",
    ),
    "payment_failed_sms": _notice(
        _("Payment failed"),
        "your payment did not go through. Nothing is lost: we try again, or you can pay in your account.",
        "您的付款未成功，订单已保留。我们会再次尝试，您也可在账户中支付。",
        "您的付款未成功，訂單已保留。我們會再次嘗試，您也可至帳戶付款。",
    ),
    "delivery_trouble_sms": _notice(
        _("Delivery will be late"),
        "your delivery is held up. We are on it and tell you the new day as soon as we know it. We are sorry.",
        "您的包裹运输有延误，我们正在跟进，确定新的送达时间后马上告知，抱歉。",
        "您的包裹運送有延誤，我們正在追蹤，確定新的送達時間後立即告知，抱歉。",
    ),
    "check_in_upgrade_sms": _marketing(
        _("Upgrade at check-in"),
        "welcome. A better place is free for your stay; ask at check-in, we keep it for you.",
        "欢迎光临。本次行程有更好的位置可升级，办理时告知即可。",
        "歡迎光臨。本次行程有更好的位置可升等，辦理時告知即可。",
        OFFER,
    ),
    "points_thanks_sms": _notice(
        _("Points for coming back"),
        "thank you for coming back. Extra points have been added to your account.",
        "感谢您再次光临，额外积分已存入您的账户。",
        "感謝您再次光臨，額外點數已存入您的帳戶。",
    ),
    "mature_offer_sms": _marketing(
        _("For those who know us well"),
        "you know what is good here. Something made for people like you is kept ready for a first look.",
        "您是懂行的老顾客，为您留了一款进阶之选，欢迎先睹为快。",
        "您是懂行的老顧客，為您保留了一款進階之選，歡迎搶先體驗。",
        OFFER,
    ),
    "lottery_entry_sms": _marketing(
        _("You are in the draw"),
        "you are in our draw. We tell you as soon as it has been held. Good luck.",
        "您已获得抽奖资格，开奖后第一时间通知您，祝好运。",
        "您已獲得抽獎資格，開獎後第一時間通知您，祝好運。",
        OFFER,
    ),
    "waiting_long_sms": _notice(
        _("Waiting longer than it should"),
        "you have waited longer than you should. We have taken it up and come back to you shortly. We are sorry.",
        "让您久等了，抱歉。我们已加急处理，很快给您回复。",
        "讓您久等了，抱歉。我們已加急處理，很快回覆您。",
    ),
    "care_check_sms": _survey(
        _("Are we doing well?"),
        "we would like to do better for you. What is missing? Your answer reaches a person.",
        "我们想为您做得更好。有哪里不满意吗？您的回复会有专人查看。",
        "我們想為您做得更好。有哪裡不滿意嗎？您的回覆會有專人查看。",
    ),
}
