"""E-mails beside the text messages that go on a day: birthdays' month, anniversaries, festivals, a product's age."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.seeds.letters import CARE, OFFER, Words, letter
from keepwell.outreach.content.seeds.offers import MAYBE
from keepwell.outreach.content.seeds.shape import Seed


def _wish(name: str | Promise, *said: Words) -> Seed:
    """Wishes are free of selling, and have nothing to press."""
    return letter(name, *said, purpose="marketing", kind=CARE)


WISHES: dict[str, Seed] = {
    "birthday_month_open_email": _wish(
        _("Birthday month: it begins (e-mail)"),
        ("Your birthday month is here", "your birthday month is here. Thank you for being with us; we are glad to see you whenever it suits you."),
        ("您的生日月到啦", "您的生日月到啦！感谢您一路同行，愿您这个月事事顺心。"),
        ("您的生日月到囉", "您的生日月到囉！感謝您一路相伴，祝您這個月事事順心。"),
    ),
    "birthday_month_offer_email": letter(
        _("Birthday month: it begins, with an offer (e-mail)"),
        ("Your birthday month is here", f"your birthday month is here; all the best to you.{MAYBE[0]} We are glad to see you whenever it suits you."),
        ("您的生日月到啦", f"您的生日月到啦，祝您事事顺心！{MAYBE[1]}方便时欢迎来看看。"),
        ("您的生日月到囉", f"您的生日月到囉，祝您事事順心！{MAYBE[2]}方便時歡迎來看看。"),
        purpose="marketing",
        kind=OFFER,
    ),
    "birthday_month_close_email": _wish(
        _("Birthday month: it ends (e-mail)"),
        ("A good year to you", "your birthday month comes to its end. We wish you a good year, and hope to see you soon."),
        ("愿新的一岁平安顺遂", "您的生日月即将过去，愿新的一岁平安顺遂，期待再见。"),
        ("祝新的一歲平安順心", "您的生日月即將過去，祝新的一歲平安順心，期待再見。"),
    ),
    "anniversary_email": _wish(
        _("Anniversary greeting (e-mail)"),
        ("A year more together", "it is a year more that you have been with us. Thank you for your trust, and all the best."),
        ("又一年的相伴", "又一年的相伴，感谢您一直以来的信任，愿您平安顺遂。"),
        ("又一年的相伴", "又一年的相伴，感謝您一路以來的支持，祝您平安順心。"),
    ),
    "memorial_day_email": _wish(
        _("Greeting on a day that matters (e-mail)"),
        ("Thinking of you today", "we think of you on this special day and wish you and yours all the best."),
        ("在这个特别的日子", "在这个特别的日子，向您和家人送上我们的祝福。"),
        ("在這個特別的日子", "在這個特別的日子，向您和家人獻上我們的祝福。"),
    ),
    "spring_festival_email": _wish(
        _("Spring Festival greeting (e-mail)"),
        ("Happy Spring Festival", "happy Spring Festival! Thank you for your trust in the year that was; may the new one bring you and your family health and joy."),
        ("{{ company.name }}给您拜年", "新春快乐！感谢您过去一年的信任与陪伴，祝您和家人新年安康、万事顺意。"),
        ("{{ company.name }}向您拜年", "新春快樂！感謝您過去一年的支持與陪伴，祝您和家人新年安康、萬事順心。"),
    ),
    "mid_autumn_email": _wish(
        _("Mid-Autumn Festival greeting (e-mail)"),
        ("Happy Mid-Autumn Festival", "happy Mid-Autumn Festival! Thank you for your trust; may your family be together under the full moon."),
        ("中秋快乐", "中秋快乐！月圆人团圆，感谢您的信任与陪伴。"),
        ("中秋快樂", "中秋快樂！月圓人團圓，感謝您的信任與陪伴。"),
    ),
    "dragon_boat_email": _wish(
        _("Dragon Boat Festival greeting (e-mail)"),
        ("Dragon Boat Festival wishes", "we wish you and your family a peaceful and healthy Dragon Boat Festival. Thank you for your trust."),
        ("端午安康", "端午安康！祝您和家人平安健康，感谢您的信任与陪伴。"),
        ("端午安康", "端午安康！祝您和家人平安健康，感謝您的信任與陪伴。"),
    ),
    "valentines_day_email": _wish(
        _("Valentine's Day greeting (e-mail)"),
        ("Happy Valentine's Day", "happy Valentine's Day to you both. May there be many more that you spend together."),
        ("情人节快乐", "情人节快乐！祝二位甜蜜长久，岁岁相伴。"),
        ("情人節快樂", "情人節快樂！祝兩位甜蜜長久，歲歲相伴。"),
    ),
    "mothers_day_email": _wish(
        _("Mother's Day greeting (e-mail)"),
        ("Happy Mother's Day", "happy Mother's Day! Thank you for all that you do; we wish you a day that is yours."),
        ("母亲节快乐", "母亲节快乐！您辛苦了，愿您今天被好好照顾。"),
        ("母親節快樂", "母親節快樂！您辛苦了，願您今天被好好照顧。"),
    ),
    "fathers_day_email": _wish(
        _("Father's Day greeting (e-mail)"),
        ("Happy Father's Day", "happy Father's Day! We wish you a day as good as you make it for others."),
        ("父亲节快乐", "父亲节快乐！感谢您一直以来的信任，祝您健康顺心。"),
        ("父親節快樂", "父親節快樂！感謝您一路以來的支持，祝您健康順心。"),
    ),
    "exam_encouragement_email": _wish(
        _("Encouragement before the entrance exam (e-mail)"),
        ("Good luck for the exam", "exam days are here. We wish your child calm, confidence and good luck."),
        ("祝考试顺利", "高考在即，祝您的孩子沉着应考、金榜题名。"),
        ("祝考試順利", "大考在即，祝您的孩子沉著應考、金榜題名。"),
    ),
    "product_care_email": letter(
        _("Free maintenance is due (e-mail)"),
        ("Time for a free check", "{{ product.last | default: 'what you bought from us' }} is due for its free check. Answer this e-mail, and we arrange a day."),
        ("免费保养到期提醒", "您的{{ product.last | default: '商品' }}到了免费保养的时候，直接回复本邮件即可预约。"),
        ("免費保養提醒", "您的{{ product.last | default: '商品' }}該做免費保養了，直接回覆這封信即可預約。"),
    ),
    "health_check_email": letter(
        _("Birthday: family health check (e-mail)"),
        ("Good health to you and your family", "your birthday is near, and we wish you and your family good health. If you would like a health check, answer this e-mail, and we arrange a day."),
        ("祝您和家人身体健康", "生日将至，祝您和家人身体健康。如需体检，直接回复本邮件即可预约。"),
        ("祝您和家人身體健康", "生日將至，祝您和家人身體健康。如需健檢，直接回覆這封信即可預約。"),
        purpose="marketing",
        kind=OFFER,
    ),
}  # fmt: skip
