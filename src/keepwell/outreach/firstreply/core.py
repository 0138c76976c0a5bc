"""What is done with what a customer wrote, as functions of values: no Django, no clock, no store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from keepwell.outreach.firstreply.contracts import Act, Cause, Share, Stage, Times
from keepwell.outreach.firstreply.matching import has_han, plain

# Older news is answered by a person: an automatic word after hours would only puzzle.
FRESH = timedelta(minutes=15)
WARN_SHARE = 0.75  # of the standard: then whoever is to answer is reminded
_MARK = re.compile(r"\s*[1-5１-５]\s*[分.。!！]?\s*")
_COURTESY = frozenset(
    {
        *("ok", "okay", "k", "thx", "thanks", "thankyou", "thankyouverymuch", "ty", "great", "perfect"),
        *("gotit", "yes", "bye", "好", "好的", "好滴", "好哒", "嗯", "嗯嗯", "行", "可以", "收到", "知道了"),
        *("明白", "明白了", "谢谢", "多谢", "谢啦", "谢谢你", "谢谢您", "感谢", "好的谢谢", "再见", "辛苦了"),
        *("謝謝", "多謝", "謝謝你", "謝謝您", "感謝", "好的謝謝", "再見"),
    }
)
# Characters that only one of the two ways of writing Chinese has, of those that customers write most.
_TRADITIONAL = frozenset(
    "嗎麼們這個時間訂單貨發還沒請問謝點營業會員換買賣費價錢聯絡電話網開關為後來對應該幾嗎見說讓樣號碼"
)
_SIMPLIFIED = frozenset(
    "吗么们这个时间订单货发还没请问谢点营业会员换买卖费价钱联络电话网开关为后来对应该几见说让样号码"
)


def is_enquiry(text: str) -> bool:
    """Whether a message asks for anything: not one that is nothing but a mark from 1 to 5, or without words.

    >>> is_enquiry("5"), is_enquiry("👍"), is_enquiry("在吗")
    (False, False, True)
    """
    return not _MARK.fullmatch(text) and any(one.isalnum() for one in text)


def is_courtesy(text: str) -> bool:
    """Whether a message is thanks or a nod and nothing else.

    >>> is_courtesy("好的，谢谢！"), is_courtesy("Thank you"), is_courtesy("Thanks, but where is it?")
    (True, True, False)
    """
    bare = "".join(one for one in plain(text) if one.isalnum())
    return not bare or bare in _COURTESY


def calls_person(text: str, words: Iterable[str]) -> bool:
    """Whether a message asks for a person: one of `words` stands in it; letters as whole words.

    >>> calls_person("转人工", ["人工"]), calls_person("an agency", ["agent"])
    (True, False)
    """
    said = plain(text)
    for word in map(plain, words):
        if has_han(word):
            if word in said:
                return True
        elif word.strip() and re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", said):
            return True
    return False


def act(
    text: str, *, stage: str, score: float | None, threshold: float, words: Iterable[str], age: timedelta
) -> tuple[Act, Cause | None]:
    """What is done with a message: answered by machine, given to a person, or nothing; and why to a person.

    `stage` is where its enquiry was before, `score` how well the best answer fits, `age` how long ago it was
    written.
    """
    if stage == Stage.PERSON:
        return Act.NOTHING, None  # whoever has it reads on
    if is_courtesy(text):
        return Act.NOTHING, None
    if calls_person(text, words):
        return Act.PERSON, Cause.ASKED
    if stage == Stage.MACHINE:
        return Act.PERSON, Cause.AGAIN
    if age > FRESH:
        return Act.PERSON, Cause.LATE
    if score is None or score < threshold:
        return Act.PERSON, Cause.NO_MATCH
    return Act.ANSWER, None


def may_reply(last: datetime | None, now: datetime, apart_minutes: int) -> bool:
    """Whether the machine may write: its last words in this conversation are long enough ago."""
    return last is None or now - last >= timedelta(minutes=apart_minutes)


def language(text: str, spoken: str, known: Sequence[str]) -> str:
    """The language to answer in: by the script of what was written, else the customer's, else the first.

    >>> language("訂單在哪裡", "en", ("en", "zh-hans", "zh-hant")), language("Where?", "zh-hans", ("en",))
    ('zh-hant', 'en')
    """
    if has_han(text):
        if spoken.startswith("zh") and spoken in known:
            written = spoken
        else:
            is_old = sum(one in _TRADITIONAL for one in text) > sum(one in _SIMPLIFIED for one in text)
            written = "zh-hant" if is_old else "zh-hans"
        return written if written in known else known[0]
    if spoken in known and not (spoken.startswith("zh") and any(one.isalpha() for one in text)):
        return spoken
    return "en" if "en" in known else known[0]


def due_at(asked_at: datetime, standard_minutes: int | None, usual_minutes: int) -> datetime:
    """When a person is to have answered: by the channel's standard, else the usual time."""
    return asked_at + timedelta(minutes=standard_minutes or usual_minutes)


def warn_at(asked_at: datetime, due: datetime) -> datetime:
    """When whoever is to answer is reminded, before the time is over."""
    return asked_at + (due - asked_at) * WARN_SHARE


def times(seconds: Iterable[float], *, limit: float | None = None, waiting: Iterable[float] = ()) -> Times:
    """Waits until a reply; of those judged against `limit` the late that still wait are part.

    >>> times([5, 10, 40], limit=30).in_time
    2
    """
    known = sorted(seconds)
    late = sum(1 for one in waiting if limit is not None and one > limit)
    if not known:
        return Times(judged=late)
    return Times(
        count=len(known),
        median=median(known),
        p90=known[-(-9 * len(known) // 10) - 1],
        in_time=sum(1 for one in known if limit is not None and one <= limit),
        judged=len(known) + late if limit is not None else 0,
    )


def share(closed: Iterable[tuple[str, bool]]) -> Share:
    """Of routine enquiries that are over, how many a machine closed; from (stage, routine).

    >>> share([("closed_machine", True)] * 812 + [("closed_person", True)] * 188).value
    0.812
    """
    over = [stage for stage, routine in closed if routine and stage in ENDED]
    return Share(over.count(Stage.CLOSED_MACHINE), len(over))


ENDED = (Stage.CLOSED_MACHINE, Stage.CLOSED_PERSON)


def by_week(closed: Iterable[tuple[date, str, bool]]) -> list[tuple[date, Share]]:
    """The share of each week, by its Monday; from (day, stage, routine)."""
    weeks: dict[date, list[tuple[str, bool]]] = {}
    for day, stage, routine in closed:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append((stage, routine))
    return [(monday, share(weeks[monday])) for monday in sorted(weeks)]


def said(texts: Mapping[str, str], wanted: str) -> tuple[str, str]:
    """(language, text) of the wanted language, of the other Chinese, or of the first that there is.

    >>> said({"zh-hans": "您好"}, "zh-hant")
    ('zh-hans', '您好')
    """
    order = [wanted]
    if wanted.startswith("zh"):
        order += ["zh-hant", "zh-hans"]
    for one in (*order, *texts):
        if texts.get(one):
            return one, texts[one]
    return wanted, ""
