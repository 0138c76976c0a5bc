"""What journeys say: on a day of somebody's life, after something happened, when something is due."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.offers import MAYBE
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
        _("Birthday month: it begins"),
        "your birthday month is here. Thank you for being with us; we are glad to see you whenever it suits you.",
        "您的生日月到啦！感谢您一路同行，愿您这个月事事顺心。",
        "您的生日月到囉！感謝您一路相伴，祝您這個月事事順心。",
    ),
    "birthday_month_offer_sms": _marketing(
        _("Birthday month: it begins, with an offer"),
        f"your birthday month is here; all the best to you.{MAYBE[0]} We are glad to see you whenever it suits you.",
        f"您的生日月到啦，祝您事事顺心！{MAYBE[1]}方便时欢迎来看看。",
        f"您的生日月到囉，祝您事事順心！{MAYBE[2]}方便時歡迎來看看。",
        OFFER,
    ),
    "birthday_month_close_sms": _marketing(
        _("Birthday month: it ends"),
        "your birthday month comes to its end. We wish you a good year, and hope to see you soon.",
        "您的生日月即将过去，愿新的一岁平安顺遂，期待再见。",
        "您的生日月即將過去，祝新的一歲平安順心，期待再見。",
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
        "happy Valentine's Day to you both. May there be many more that you spend together.",
        "情人节快乐！祝二位甜蜜长久，岁岁相伴。",
        "情人節快樂！祝兩位甜蜜長久，歲歲相伴。",
    ),
    "mothers_day_sms": _marketing(
        _("Mother's Day greeting"),
        "happy Mother's Day! Thank you for all that you do; we wish you a day that is yours.",
        "母亲节快乐！您辛苦了，愿您今天被好好照顾。",
        "母親節快樂！您辛苦了，願您今天被好好照顧。",
    ),
    "fathers_day_sms": _marketing(
        _("Father's Day greeting"),
        "happy Father's Day! We wish you a day as good as you make it for others.",
        "父亲节快乐！感谢您一直以来的信任，祝您健康顺心。",
        "父親節快樂！感謝您一路以來的支持，祝您健康順心。",
    ),
    "cart_waiting_sms": _marketing(
        _("Cart left behind"),
        f"you left something in your cart.{MAYBE[0]} If anything was unclear, reply and a person helps.",
        f"您的购物车里还有挑好的商品。{MAYBE[1]}若有疑问，直接回复，专人为您解答。",
        f"您的購物車裡還有挑好的商品。{MAYBE[2]}若有疑問，直接回覆，專人為您解答。",
        OFFER,
    ),
    "product_care_sms": _notice(
        _("Free maintenance is due"),
        "{{ product.last | default: 'what you bought from us' }} is due for its free check. Reply and "
        "we arrange a day.",
        "您的{{ product.last | default: '商品' }}到了免费保养的时候，回复即可预约。",
        "您的{{ product.last | default: '商品' }}該做免費保養了，回覆即可預約。",
    ),
    "exam_encouragement_sms": _marketing(
        _("Encouragement before the entrance exam"),
        "exam days are here. We wish your child calm, confidence and good luck.",
        "高考在即，祝您的孩子沉着应考、金榜题名。",
        "大考在即，祝您的孩子沉著應考、金榜題名。",
    ),
    "health_check_sms": _marketing(
        _("Birthday: family health check"),
        "your birthday is near, and we wish you and your family good health. If you would like a health check, "
        "reply and we arrange a day.",
        "生日将至，祝您和家人身体健康。如需体检，回复即可预约。",
        "生日將至，祝您和家人身體健康。如需健檢，回覆即可預約。",
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
        "thank you for coming. How was it? Two questions: {{ message.feedback_url }}",
        "感谢您的光临。本次体验如何？两个问题： {{ message.feedback_url }} ",
        "感謝您的光臨。本次體驗如何？兩個問題： {{ message.feedback_url }} ",
    ),
    "order_status_sms": _notice(
        _("Order paid"),
        "your payment has arrived, thank you. We see to your order now.",
        "您的付款已收到，感谢惠顾，订单正在处理。",
        "您的付款已收到，感謝惠顧，訂單正在處理。",
    ),
    "order_sent_sms": _notice(
        _("Order on its way"),
        "your order has left us and is on its way to you.",
        "您的订单已发出，正在送往您的地址。",
        "您的訂單已出貨，正在送往您的地址。",
    ),
    "order_delivered_sms": _notice(
        _("Order delivered"),
        "your parcel has been delivered. If anything is not right, reply and a person answers.",
        "您的订单已送达。若有问题，回复即可联系我们。",
        "您的訂單已送達。若有問題，回覆即可聯絡我們。",
    ),
    "order_refunded_sms": _notice(
        _("Order refunded"),
        "your purchase has been refunded. If you have a question, reply and a person answers.",
        "您的订单已退款。若有疑问，回复即可联系我们。",
        "您的訂單已退款。若有疑問，回覆即可聯絡我們。",
    ),
    "order_cancelled_sms": _notice(
        _("Order cancelled"),
        "your purchase has been cancelled. If that was not your wish, reply and a person answers.",
        "您的订单已取消。若非您本意，回复即可联系我们。",
        "您的訂單已取消。若非您本意，回覆即可聯絡我們。",
    ),
    "activity_reminder_sms": _notice(
        _("An event is about to begin"),
        "the event that you signed up for begins soon. We look forward to seeing you.",
        "您报名的活动即将开始，期待与您见面。",
        "您報名的活動即將開始，期待與您見面。",
    ),
    "complaint_received_sms": _notice(
        _("Complaint: received"),
        "we have your message. You hear from us within a day.",
        "您反馈的问题我们已收到，一天之内给您答复。",
        "您反映的問題我們已收到，一天之內回覆您。",
    ),
    "complaint_progress_sms": _notice(
        _("Complaint: still being worked on"),
        "your matter is not settled yet; we have asked somebody to speed it up. We are sorry.",
        "您的问题仍在处理中，我们已安排专人加快跟进，抱歉让您久等。",
        "您的問題仍在處理中，我們已安排專人加快跟進，抱歉讓您久等。",
    ),
    "complaint_survey_sms": _survey(
        _("Complaint solved: satisfied?"),
        "your matter is settled. Are you satisfied? Two questions: {{ message.feedback_url }}",
        "您的问题已处理完成。对处理结果满意吗？两个问题： {{ message.feedback_url }} ",
        "您的問題已處理完成。對處理結果滿意嗎？兩個問題： {{ message.feedback_url }} ",
    ),
    "payment_failed_sms": _notice(
        _("Payment failed"),
        "your payment did not go through. Please pay again in your account, or reply if we can help.",
        "您的付款未成功，请在账户中重新支付。需要帮助请回复。",
        "您的付款未成功，請至帳戶重新付款。需要協助請回覆。",
    ),
    "payment_retry_sms": _notice(
        _("Payment failed, we try again"),
        "your payment did not go through. You need not do anything: we try again in the next days. "
        "Reply if we can help.",
        "您的付款未成功，您无需操作，我们将在几天内自动重试。需要帮助请回复。",
        "您的付款未成功，您無需操作，我們將在幾天內自動重試。需要協助請回覆。",
    ),
    "payment_ok_sms": _notice(
        _("Payment went through"),
        "your payment has gone through now. Thank you, there is nothing more to do.",
        "您的付款现已成功，无需其他操作，谢谢。",
        "您的付款現已成功，無需其他操作，謝謝。",
    ),
    "delivery_trouble_sms": _notice(
        _("Delivery will be late"),
        "your delivery is held up. We are on it and tell you the new day as soon as we know it. We are sorry.",
        "您的包裹运输有延误，我们正在跟进，确定新的送达时间后马上告知，抱歉。",
        "您的包裹運送有延誤，我們正在追蹤，確定新的送達時間後立即告知，抱歉。",
    ),
    "check_in_upgrade_sms": _marketing(
        _("Upgrade at check-in"),
        "welcome. If you would like a better place for your stay, ask at check-in which are free.",
        "欢迎光临。若想升级更好的位置，办理时可询问余位。",
        "歡迎光臨。若想升等更好的位置，辦理時可詢問餘位。",
        OFFER,
    ),
    "points_thanks_sms": _notice(
        _("Thanks for coming back"),
        "thank you for coming back. It means a lot to us.",
        "感谢您再次光临，您的信任对我们很重要。",
        "感謝您再次光臨，您的支持對我們很重要。",
    ),
    "referral_thanks_sms": _notice(
        _("Thanks for a referral"),
        "thank you for recommending us. It means a lot to us.",
        "感谢您向朋友推荐我们，您的信任对我们很重要。",
        "感謝您向朋友推薦我們，您的支持對我們很重要。",
    ),
    "new_first_steps_sms": _notice(
        _("First steps for new customers"),
        "good to have you with us. Is anything unclear about your first order? Just ask us.",
        "感谢您的首次购买。使用中如有任何不清楚的地方，欢迎随时联系我们。",
        "感謝您的首次購買。使用上若有任何不清楚的地方，歡迎隨時與我們聯絡。",
    ),
    "new_second_order_sms": _marketing(
        _("An idea for the second order"),
        "your first weeks with us are over. See what goes well with your first choice.",
        "与您相识已有一段时间，为您挑选了与首次购买相配的好物，欢迎查看。",
        "與您相識已有一段時間，為您挑選了與首次購買相配的好物，歡迎查看。",
        OFFER,
    ),
    "growth_match_sms": _marketing(
        _("What goes with what they have"),
        "there is something that goes with what you have from us. Have a look.",
        "为您选了几样与已购商品相配的好物，欢迎看看。",
        "為您選了幾樣與已購商品相配的好物，歡迎看看。",
        OFFER,
    ),
    "growth_range_sms": _marketing(
        _("New in their range"),
        "there is something new in the range that you like. Have a look when it suits you.",
        "您常买的系列有新品了，方便时欢迎看看。",
        "您常買的系列有新品了，方便時歡迎看看。",
        OFFER,
    ),
    "mature_thanks_sms": _marketing(
        _("Thanks to those who stay"),
        "thank you for staying with us for so long. If there is anything we can do for you, tell us.",
        "感谢您长久以来的支持。如有任何需要，请随时告诉我们。",
        "感謝您長久以來的支持。若有任何需要，請隨時告訴我們。",
    ),
    "mature_offer_sms": _marketing(
        _("For those who know us well"),
        "you know what is good here. Have a look at what we make for people like you: {{ company.website }}",
        "您是懂行的老顾客，看看为您这样的行家准备的款式。",
        "您是懂行的老顧客，看看為您這樣的行家準備的款式。",
        OFFER,
    ),
    "lottery_entry_sms": _marketing(
        _("You are in the draw"),
        "thank you for your order. You are in our draw; good luck.",
        "感谢您的惠顾，您已进入抽奖名单，祝好运。",
        "感謝您的惠顧，您已列入抽獎名單，祝好運。",
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
        "we would like to do better for you. What is missing? A minute: {{ message.loss_survey_url }}",
        "我们想为您做得更好。哪里不满意？花一分钟告诉我们： {{ message.loss_survey_url }} ",
        "我們想為您做得更好。哪裡不滿意？花一分鐘告訴我們： {{ message.loss_survey_url }} ",
    ),
}
