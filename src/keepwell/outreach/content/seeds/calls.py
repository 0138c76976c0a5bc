"""What is said on the telephone: the call-back, and how one listens."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind, Situation
from keepwell.outreach.content.seeds.shape import Seed, said

CALLS: dict[str, Seed] = {
    "call_back_script": Seed(
        _("Call-back: use, opinions, problem, care and wishes"),
        Kind.CALL_SCRIPT,
        "service",
        ContentType.CARE,
        said(
            "Greeting: Good day, {{ customer.salutation | default: 'may I ask whom I am speaking with?' }} "
            "This is {{ owner.name | default: 'customer service' }} of {{ company.name }}. "
            "Do you have three minutes?\n"
            "Use: How do you get on with {{ product.last | default: 'what you bought' }}?\n"
            "Opinions: What do you like about it, and what should be different?\n"
            "Problem: Has anything not worked, here or with delivery and service? "
            "(Restate it, say what you will do and until when, write it down.)\n"
            "Care: Is there anything that we should know, to look after you better?\n"
            "Wishes: Thank you for your time. I wish you and yours all the best.",
            "问候：{{ customer.salutation | default: '您好' }}，我是{{ company.name }}的"
            "{{ owner.name | default: '客服' }}，方便占用您三分钟吗？\n"
            "使用情况：{{ product.last | default: '您购买的商品' }}用得怎么样？\n"
            "意见：哪些地方您满意？哪些地方希望改进？\n"
            "问题：使用、配送或服务中，有没有不顺的地方？（复述一遍，说清怎么处理、何时答复，并记下来。）\n"
            "关怀：还有什么需要我们留意，好更周到地照顾您？\n"
            "祝愿：感谢您的时间，祝您和家人一切顺利。",
            "問候：{{ customer.salutation | default: '您好' }}，我是{{ company.name }}的"
            "{{ owner.name | default: '客服' }}，方便耽誤您三分鐘嗎？\n"
            "使用情況：{{ product.last | default: '您購買的商品' }}用得如何？\n"
            "意見：哪些地方您滿意？哪些地方希望改進？\n"
            "問題：使用、配送或服務上，有沒有不順的地方？（複述一遍，說清楚如何處理、何時答覆，並記下來。）\n"
            "關懷：還有什麼需要我們留意，好更周到地照顧您？\n"
            "祝願：感謝您的時間，祝您與家人一切順心。",
        ),
        situation=Situation.CALL,
    ),
    "listening_checklist": Seed(
        _("Listening checklist"),
        Kind.PHRASE,
        "service",
        ContentType.CARE,
        said(
            "Let them finish; count to two before you answer.\n"
            "Say at once that you heard it: “I see”, “thank you for telling me”.\n"
            "Restate the key points in your own words and ask whether that is right.\n"
            "Name the feeling that you hear, without judging it.\n"
            "Ask one open question about what matters most.\n"
            "Say what happens next, who does it and until when; write it down before you hang up.",
            "让对方把话说完，停两秒再回应。\n"
            "立即回应，表示听到了：“我明白”“谢谢您告诉我”。\n"
            "用自己的话复述要点，并确认是否理解正确。\n"
            "说出您听到的情绪，不作评判。\n"
            "就最要紧的事，问一个开放式问题。\n"
            "说清下一步做什么、谁来做、何时完成；挂断前记下来。",
            "讓對方把話說完，停兩秒再回應。\n"
            "立即回應，表示聽到了：「我明白」「謝謝您告訴我」。\n"
            "用自己的話複述重點，並確認是否理解正確。\n"
            "說出您聽到的情緒，不作評判。\n"
            "就最要緊的事，問一個開放式問題。\n"
            "說清楚下一步做什麼、誰來做、何時完成；掛斷前記下來。",
        ),
        situation=Situation.LISTENING,
    ),
}
