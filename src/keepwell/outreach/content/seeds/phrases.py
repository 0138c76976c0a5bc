"""The phrase book: greeting, empathy, apology, closing, by type of customer."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind, Situation
from keepwell.outreach.content.seeds.shape import Seed, said


def _phrase(
    name: str | Promise, situation: Situation, en: str, hans: str, hant: str, service_type: str = ""
) -> Seed:
    return Seed(name, Kind.PHRASE, "service", ContentType.CARE, said(en, hans, hant), situation, service_type)


PHRASES: dict[str, Seed] = {
    "greet_known": _phrase(
        _("Greeting with the last topic"),
        Situation.GREETING,
        "Good day, {{ customer.salutation | default: 'how nice to hear you' }}."
        "{% if topic.last %} Last time it was about “{{ topic.last }}”; has that been settled?{% endif %}",
        "{{ customer.salutation | default: '您好' }}，很高兴再次联系您。"
        "{% if topic.last %}上次您提到“{{ topic.last }}”，现在解决了吗？{% endif %}",
        "{{ customer.salutation | default: '您好' }}，很高興再次與您聯絡。"
        "{% if topic.last %}上次您提到「{{ topic.last }}」，現在解決了嗎？{% endif %}",
    ),
    "greet_direct": _phrase(
        _("Greeting that comes to the point"),
        Situation.GREETING,
        "Good day, {{ customer.salutation | default: 'thank you for taking the call' }}. "
        "One question, two minutes: what would you like to have settled first?",
        "{{ customer.salutation | default: '您好' }}，只占用您两分钟：您最希望先解决哪件事？",
        "{{ customer.salutation | default: '您好' }}，只耽誤您兩分鐘：您最希望先處理哪件事？",
        "dominant",
    ),
    "empathy_waiting": _phrase(
        _("Empathy: had to wait"),
        Situation.EMPATHY,
        "You planned for it and it did not come; I would be annoyed too. I am looking now where it is, and "
        "stay on the line until we know.",
        "您都安排好了，东西却没到，换作是我也会着急。我现在就查到哪一步了，查到之前不挂电话。",
        "您都安排好了，東西卻沒到，換作是我也會著急。我現在就查到哪一步了，查到之前不掛電話。",
    ),
    "empathy_broken": _phrase(
        _("Empathy: product at fault"),
        Situation.EMPATHY,
        "You trusted us with this, and now it does not work. Tell me what happened just as you saw it; I "
        "write along, so that you need not tell it twice.",
        "您信任我们才买的，结果出了毛病，真让您费心了。请您按当时的情况讲一遍，我边听边记，不用您再说第二次。",
        "您信任我們才買的，結果出了狀況，真讓您費心了。請您照當時的情況說一遍，我邊聽邊記，不用您再說第二次。",
    ),
    "empathy_facts": _phrase(
        _("Empathy with facts"),
        Situation.EMPATHY,
        "I have the record here: what was ordered, when it left, what failed. Let us go through it point by "
        "point; then I name the two ways to put it right, with time and cost of each.",
        "记录就在我这里：订了什么、何时发出、哪里出错。我们逐项核对，然后我给您两种处理办法，各自的时间和费用都讲清楚。",
        "紀錄就在我這裡：訂了什麼、何時出貨、哪裡出錯。我們逐項核對，然後我提供兩種處理方式，各自的時間與費用都說清楚。",
        "rational",
    ),
    "empathy_feeling": _phrase(
        _("Empathy with warmth"),
        Situation.EMPATHY,
        "I can hear how much that has upset you, and you are right to say so. Take your time; I am listening, "
        "and I will not let go of it until you are content.",
        "听得出这件事让您很难受，您愿意说出来，我很感谢。您慢慢讲，我在听，这件事我会跟到您满意为止。",
        "聽得出這件事讓您很難受，您願意說出來，我很感謝。您慢慢說，我在聽，這件事我會跟到您滿意為止。",
        "emotional",
    ),
    "empathy_control": _phrase(
        _("Empathy with a decision to make"),
        Situation.EMPATHY,
        "You should not have to chase this. You decide: replaced by tomorrow, or the money back today. "
        "Which shall it be?",
        "这件事不该让您来催。由您决定：明天换新，还是今天退款？",
        "這件事不該讓您來催。由您決定：明天換新，還是今天退款？",
        "dominant",
    ),
    "apology_ours": _phrase(
        _("Apology: our mistake"),
        Situation.APOLOGY,
        "That was our mistake, and I apologise for it. I see to it myself. Let us agree on the day by which "
        "it is right, and on that day you hear from me.",
        "这是我们的错，向您道歉。这件事由我负责改正。我们现在约个时间，到那天我亲自告诉您结果。",
        "這是我們的錯，向您致歉。這件事由我負責改正。我們現在約個時間，到那天我親自告知您結果。",
    ),
    "apology_late": _phrase(
        _("Apology: delay"),
        Situation.APOLOGY,
        "It comes later than we promised, and I am sorry. This is the new day, this is the reason, and this "
        "is what we do so that it does not happen again.",
        "比答应您的时间晚了，非常抱歉。新的时间、晚到的原因，以及我们怎样避免再发生，我都给您讲清楚。",
        "比答應您的時間晚了，非常抱歉。新的時間、延遲的原因，以及我們如何避免再發生，我都向您說清楚。",
    ),
    "apology_words": _phrase(
        _("Apology: tone of a colleague"),
        Situation.APOLOGY,
        "You should not have been spoken to like that. I apologise for it, and I have passed it on to the "
        "person in charge. How can I help you with the matter itself?",
        "您不该受到那样的对待，我代表公司向您道歉，情况已转给负责人。您原本的问题，我来帮您办。",
        "您不該受到那樣的對待，我代表公司向您致歉，情況已轉達主管。您原本的問題，我來為您處理。",
    ),
    "call_detail": _phrase(
        _("For those who want figures: a full report"),
        Situation.CALL,
        "I have it in writing for you: figures, source and date of each, and what they mean for you. Shall I "
        "send it first and call again on a day that you name?",
        "我给您整理了书面材料：每个数字的来源、日期和含义都有。先发给您看，您定个时间我再来电，可以吗？",
        "我為您整理了書面資料：每個數字的來源、日期與含義都有。先寄給您看，您訂個時間我再來電，可以嗎？",
        "rational",
    ),
    "call_core_first": _phrase(
        _("For those short of time: the core first"),
        Situation.CALL,
        "In one sentence: this is what changes for you, and this is what you would have to decide. Details "
        "only if you want them.",
        "一句话说重点：对您有什么变化，需要您决定什么。细节您想听再讲。",
        "一句話說重點：對您有什麼變化，需要您決定什麼。細節您想聽再說。",
        "dominant",
    ),
    "call_ask": _phrase(
        _("Asking how they are"),
        Situation.CALL,
        "I am not calling to sell you anything. I wanted to hear how you are, and whether there is something "
        "that we can do for you.",
        "这次打电话不是推销。就想问问您近来怎么样，有没有我们能帮上忙的地方。",
        "這次來電不是推銷。只是想問問您近來如何，有沒有我們能幫上忙的地方。",
        "emotional",
    ),
    "closing_promise": _phrase(
        _("Closing with a promise"),
        Situation.CLOSING,
        "So we have agreed: I do this, by that day, and you hear from me either way. Have I understood you "
        "rightly?",
        "那就这么定：由我来办，到约定那天，不管进展如何都给您回话。我理解得对吗？",
        "那就這麼定：由我來處理，到約定那天，不管進展如何都給您回覆。我這樣理解對嗎？",
    ),
    "closing_thanks": _phrase(
        _("Closing with thanks"),
        Situation.CLOSING,
        "Thank you for telling me so openly; that helps us more than praise. Is there anything else I can do "
        "for you today?",
        "谢谢您坦率地告诉我，这比表扬更有帮助。今天还有什么我能为您做的吗？",
        "謝謝您坦率地告訴我，這比讚美更有幫助。今天還有什麼我能為您做的嗎？",
    ),
}
