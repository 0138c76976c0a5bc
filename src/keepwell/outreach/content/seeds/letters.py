"""E-mails beside the text messages of journeys: after something happened, and through the phases with customers.

They say and promise what the text message does; a little more room is all that they have.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.offers import MAYBE
from keepwell.outreach.content.seeds.shape import LANGUAGES, Seed, button, email, heading, text

CARE, OFFER, NOTICE = ContentType.CARE, ContentType.OFFER, ContentType.SERVICE_NOTICE
GREET = (EN + ", ", HANS + "，", HANT + "，")
FEEDBACK, MISSING = "{{ message.feedback_url }}", "{{ message.loss_survey_url }}"
SITE = "{{ company.website }}"
LOOK = ("Have a look", "去看看", "去看看")
Words = tuple[str, str]


def letter(
    name: str | Promise,
    *said: Words,
    purpose: str = "service",
    kind: ContentType = NOTICE,
    labels: tuple[str, str, str] | None = None,
    link: str = SITE,
) -> Seed:
    """An e-mail of one thought: subject and words in each of the languages, perhaps something to press."""
    texts = {}
    for place, (language, (subject, words)) in enumerate(zip(LANGUAGES, said, strict=True)):
        pressed = (button(labels[place], link),) if labels else ()
        texts[language] = email(subject, heading(subject), text(GREET[place] + words), *pressed)
    return Seed(name, Kind.EMAIL, purpose, kind, texts)


LETTERS: dict[str, Seed] = {
    "cart_waiting_email": letter(
        _("Cart left behind (e-mail)"),
        (
            "Something is waiting in your cart",
            f"you left something in your cart.{MAYBE[0]} If anything was unclear, answer this e-mail: a person "
            "helps.",
        ),
        (
            "您的购物车里还有挑好的商品",
            f"您挑好的商品还在购物车里。{MAYBE[1]}若有任何疑问，直接回复本邮件，专人为您解答。",
        ),
        (
            "您的購物車裡還有挑好的商品",
            f"您挑好的商品還在購物車裡。{MAYBE[2]}若有任何疑問，直接回覆這封信，專人為您解答。",
        ),
        purpose="marketing",
        kind=OFFER,
        labels=("Back to the cart", "回到购物车", "回到購物車"),
    ),
    "first_order_thanks_email": letter(
        _("Thank you for the first order (e-mail)"),
        (
            "Thank you for your first order",
            "thank you for choosing us for the first time. If anything is not as you expected, answer this "
            "e-mail, and a person sees to it.",
        ),
        ("感谢您的首次惠顾", "感谢您第一次选择我们。若有任何不满意，直接回复本邮件，会有专人处理。"),
        ("感謝您的首次惠顧", "感謝您第一次選擇我們。若有任何不滿意，直接回覆這封信，會有專人處理。"),
    ),
    "after_sales_email": letter(
        _("After the sale: is all well? (e-mail)"),
        (
            "Is everything all right?",
            "is everything all right with {{ product.last | default: 'your purchase' }}? If we can help, just "
            "answer this e-mail.",
        ),
        ("用得还好吗？", "您的{{ product.last | default: '商品' }}用得还好吗？需要帮助，直接回复本邮件即可。"),
        ("用得還好嗎？", "您的{{ product.last | default: '商品' }}用得還好嗎？需要協助，直接回覆這封信即可。"),
    ),
    "order_status_email": letter(
        _("Order paid (e-mail)"),
        ("Your payment has arrived", "your payment has arrived, thank you. We see to your order now."),
        ("您的付款已收到", "您的付款已收到，感谢惠顾，订单正在处理。"),
        ("您的付款已收到", "您的付款已收到，感謝惠顧，訂單正在處理。"),
    ),
    "order_sent_email": letter(
        _("Order on its way (e-mail)"),
        ("Your order is on its way", "your order has left us and is on its way to you."),
        ("您的订单已发出", "您的订单已发出，正在送往您的地址。"),
        ("您的訂單已出貨", "您的訂單已出貨，正在送往您的地址。"),
    ),
    "order_delivered_email": letter(
        _("Order delivered (e-mail)"),
        (
            "Your parcel has been delivered",
            "your parcel has been delivered. If anything is not right, answer this e-mail, and a person sees to "
            "it.",
        ),
        ("您的订单已送达", "您的订单已送达。若有问题，直接回复本邮件，会有专人处理。"),
        ("您的訂單已送達", "您的訂單已送達。若有問題，直接回覆這封信，會有專人處理。"),
    ),
    "order_refunded_email": letter(
        _("Order refunded (e-mail)"),
        (
            "Your purchase has been refunded",
            "your purchase has been refunded. If you have a question, answer this e-mail, and a person answers.",
        ),
        ("您的订单已退款", "您的订单已退款。若有疑问，直接回复本邮件，会有专人答复。"),
        ("您的訂單已退款", "您的訂單已退款。若有疑問，直接回覆這封信，會有專人回覆。"),
    ),
    "order_cancelled_email": letter(
        _("Order cancelled (e-mail)"),
        (
            "Your purchase has been cancelled",
            "your purchase has been cancelled. If that was not your wish, answer this e-mail, and a person sees "
            "to it.",
        ),
        ("您的订单已取消", "您的订单已取消。若非您本意，直接回复本邮件，会有专人处理。"),
        ("您的訂單已取消", "您的訂單已取消。若非您本意，直接回覆這封信，會有專人處理。"),
    ),
    "activity_reminder_email": letter(
        _("An event is about to begin (e-mail)"),
        (
            "Your event begins soon",
            "the event that you signed up for begins soon. We look forward to seeing you.",
        ),
        ("您报名的活动即将开始", "您报名的活动即将开始，期待与您见面。"),
        ("您報名的活動即將開始", "您報名的活動即將開始，期待與您見面。"),
    ),
    "complaint_received_email": letter(
        _("Complaint: received (e-mail)"),
        (
            "We have your message",
            "we have your message and are looking into it. You hear from us within a day.",
        ),
        ("您反馈的问题我们已收到", "您反馈的问题我们已收到，正在了解情况，一天之内给您答复。"),
        ("您反映的問題我們已收到", "您反映的問題我們已收到，正在了解情況，一天之內回覆您。"),
    ),
    "complaint_progress_email": letter(
        _("Complaint: still being worked on (e-mail)"),
        (
            "We are still working on it",
            "your matter is not settled yet; we have asked somebody to speed it up. We are sorry that you have "
            "to wait.",
        ),
        ("您的问题仍在处理中", "您的问题仍在处理中，我们已安排专人加快跟进，抱歉让您久等。"),
        ("您的問題仍在處理中", "您的問題仍在處理中，我們已安排專人加快跟進，抱歉讓您久等。"),
    ),
    "complaint_survey_email": letter(
        _("Complaint solved: satisfied? (e-mail)"),
        (
            "Your matter is settled: are you satisfied?",
            "your matter is settled. Two questions and room for a word: a person reads what you write.",
        ),
        ("您的问题已处理完成，满意吗？", "您的问题已处理完成。只有两个问题，也可以留言，会有专人阅读。"),
        ("您的問題已處理完成，滿意嗎？", "您的問題已處理完成。只有兩個問題，也可以留言，會有專人閱讀。"),
        purpose="survey",
        kind=CARE,
        labels=("Answer two questions", "回答两个问题", "回答兩個問題"),
        link=FEEDBACK,
    ),
    "payment_failed_email": letter(
        _("Payment failed (e-mail)"),
        (
            "Your payment did not go through",
            "your payment did not go through. Please pay again in your account. If we can help, answer this "
            "e-mail.",
        ),
        ("您的付款未成功", "您的付款未成功，请在账户中重新支付。需要帮助，直接回复本邮件即可。"),
        ("您的付款未成功", "您的付款未成功，請至帳戶重新付款。需要協助，直接回覆這封信即可。"),
    ),
    "payment_retry_email": letter(
        _("Payment failed, we try again (e-mail)"),
        (
            "Your payment did not go through: we try again",
            "your payment did not go through. You need not do anything: we try again in the next days. If we can "
            "help, answer this e-mail.",
        ),
        ("您的付款未成功，我们会重试", "您的付款未成功，您无需操作，我们将在几天内自动重试。需要帮助，直接回复本邮件即可。"),
        ("您的付款未成功，我們會重試", "您的付款未成功，您無需操作，我們將在幾天內自動重試。需要協助，直接回覆這封信即可。"),
    ),
    "payment_ok_email": letter(
        _("Payment went through (e-mail)"),
        (
            "Your payment has gone through",
            "your payment has gone through now. Thank you, there is nothing more to do.",
        ),
        ("您的付款已成功", "您的付款现已成功，无需其他操作，谢谢。"),
        ("您的付款已成功", "您的付款現已成功，無需其他操作，謝謝。"),
    ),
    "delivery_trouble_email": letter(
        _("Delivery will be late (e-mail)"),
        (
            "Your delivery is held up",
            "your delivery is held up. We are on it and tell you the new day as soon as we know it. We are sorry.",
        ),
        ("您的包裹有延误", "您的包裹运输有延误，我们正在跟进，确定新的送达时间后马上告知，抱歉。"),
        ("您的包裹有延誤", "您的包裹運送有延誤，我們正在追蹤，確定新的送達時間後立即告知，抱歉。"),
    ),
    "waiting_long_email": letter(
        _("Waiting longer than it should (e-mail)"),
        (
            "We are sorry that you have to wait",
            "you have waited longer than you should. We have taken it up and come back to you shortly.",
        ),
        ("让您久等了，抱歉", "您等候的时间超出了我们的标准。我们已加急处理，很快给您回复。"),
        ("讓您久等了，抱歉", "您等候的時間超出了我們的標準。我們已加急處理，很快回覆您。"),
    ),
    "check_in_upgrade_email": letter(
        _("Upgrade at check-in (e-mail)"),
        (
            "A better place for your stay?",
            "check-in is open. If you would like a better place for your stay, ask at check-in which are free.",
        ),
        ("想换个更好的位置吗？", "现已开始办理入住或值机。若想升级更好的位置，办理时可询问余位。"),
        ("想換個更好的位置嗎？", "現已開始辦理入住或報到。若想升等更好的位置，辦理時可詢問餘位。"),
        purpose="marketing",
        kind=OFFER,
    ),
    "points_thanks_email": letter(
        _("Thanks for coming back (e-mail)"),
        ("Thank you for coming back", "thank you for coming back. It means a lot to us."),
        ("感谢您再次光临", "感谢您再次光临，您的信任对我们很重要。"),
        ("感謝您再次光臨", "感謝您再次光臨，您的支持對我們很重要。"),
    ),
    "referral_thanks_email": letter(
        _("Thanks for a referral (e-mail)"),
        ("Thank you for recommending us", "thank you for recommending us. It means a lot to us."),
        ("感谢您的推荐", "感谢您向朋友推荐我们，您的信任对我们很重要。"),
        ("感謝您的推薦", "感謝您向朋友推薦我們，您的支持對我們很重要。"),
    ),
    "lottery_entry_email": letter(
        _("You are in the draw (e-mail)"),
        ("You are in the draw", "thank you for your order. You are in our draw; good luck."),
        ("您已进入抽奖名单", "感谢您的惠顾，您已进入抽奖名单，祝好运。"),
        ("您已列入抽獎名單", "感謝您的惠顧，您已列入抽獎名單，祝好運。"),
        purpose="marketing",
        kind=OFFER,
    ),
    "new_first_steps_email": letter(
        _("First steps for new customers (e-mail)"),
        (
            "Good to have you with us",
            "good to have you with us. Is anything unclear about your first order? Just answer this e-mail.",
        ),
        ("很高兴认识您", "感谢您的首次购买。使用中如有任何不清楚的地方，直接回复本邮件即可。"),
        ("很高興認識您", "感謝您的首次購買。使用上若有任何不清楚的地方，直接回覆這封信即可。"),
    ),
    "new_second_order_email": letter(
        _("An idea for the second order (e-mail)"),
        ("What goes well with your first choice", "your first weeks with us are over. See what goes well with {{ product.last | default: 'your first choice' }}."),
        ("与您首次选购相配的好物", "与您相识已有一段时间，欢迎看看与{{ product.last | default: '首次购买' }}相配的好物。"),
        ("與您首次選購相配的好物", "與您相識已有一段時間，歡迎看看與{{ product.last | default: '首次購買' }}相配的好物。"),
        purpose="marketing",
        kind=OFFER,
        labels=LOOK,
    ),
    "growth_match_email": letter(
        _("What goes with what they have (e-mail)"),
        ("Something that goes with it", "there is something that goes with what you have from us. Have a look when it suits you."),
        ("与您已购商品相配的好物", "有几样与您已购商品相配的好物，方便时欢迎看看。"),
        ("與您已購商品相配的好物", "有幾樣與您已購商品相配的好物，方便時歡迎看看。"),
        purpose="marketing",
        kind=OFFER,
        labels=LOOK,
    ),
    "growth_range_email": letter(
        _("New in their range (e-mail)"),
        ("New in the range that you like", "there is something new in the range that you like. Have a look when it suits you."),
        ("您常买的系列有新品", "您常买的系列有新品了，方便时欢迎看看。"),
        ("您常買的系列有新品", "您常買的系列有新品了，方便時歡迎看看。"),
        purpose="marketing",
        kind=OFFER,
        labels=LOOK,
    ),
    "mature_thanks_email": letter(
        _("Thanks to those who stay (e-mail)"),
        ("Thank you for staying with us", "thank you for staying with us for so long. If there is anything we can do for you, answer this e-mail."),
        ("感谢您长久以来的支持", "感谢您长久以来的支持。如有任何需要，直接回复本邮件告诉我们。"),
        ("感謝您長久以來的支持", "感謝您長久以來的支持。若有任何需要，直接回覆這封信告訴我們。"),
        purpose="marketing",
        kind=CARE,
    ),
    "mature_offer_email": letter(
        _("For those who know us well (e-mail)"),
        ("For those who know what is good", "you know what is good here. Have a look at what we make for people like you."),
        ("为懂行的您准备", "您是懂行的老顾客，看看为您这样的行家准备的款式。"),
        ("為懂行的您準備", "您是懂行的老顧客，看看為您這樣的行家準備的款式。"),
        purpose="marketing",
        kind=OFFER,
        labels=LOOK,
    ),
    "care_check_email": letter(
        _("Are we doing well? (e-mail)"),
        ("What is missing?", "we would like to do better for you. It takes less than a minute, every question may be left out, and a person reads what you write."),
        ("我们哪里可以做得更好？", "我们想为您做得更好。填写不到一分钟，每一题都可以跳过，您写下的话会有专人阅读。"),
        ("我們哪裡可以做得更好？", "我們想為您做得更好。填寫不到一分鐘，每一題都可以略過，您寫下的話會有專人閱讀。"),
        purpose="survey",
        kind=CARE,
        labels=("Tell us in a minute", "花一分钟告诉我们", "花一分鐘告訴我們"),
        link=MISSING,
    ),
}  # fmt: skip
