"""Templates from the first word to use: versions, locks, choice of text, audit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.content import queries, services
from keepwell.outreach.content.contracts import ContentError, Status, Variant
from keepwell.outreach.content.models import BrandVersion, Template, TemplateText, TemplateVersion
from keepwell.outreach.content.seeding import seed
from keepwell.outreach.content.seeds import SEEDS
from tests.outreach.conftest import NOW

LATER = NOW + timedelta(minutes=5)


def refused(call, **given):
    with pytest.raises(ContentError) as caught:
        call(**given)
    return caught.value.code


def save(code, actor="ada", revision=None, **text):
    one = queries.draft(code).texts[0]
    return services.save_text(
        code=code,
        text_id=one.text_id,
        revision=one.revision if revision is None else revision,
        actor=actor,
        now=LATER,
        **text,
    )


def actions():
    return list(
        AuditEntry.objects.filter(action__startswith="content.")
        .order_by("id")
        .values_list("action", flat=True)
    )


def test_from_draft_to_use(letter, publish):
    code = letter()
    draft = queries.draft(code)
    assert (draft.number, draft.status) == (1, Status.DRAFT)
    assert queries.published(code) is None
    assert (
        refused(services.publish, code=code, revision=draft.revision, actor="ada", now=NOW) == "not_approved"
    )
    used = publish(code, actor="kai")
    assert (used.status, used.approved_by, used.published_by, used.published_at) == (
        "published",
        "kai",
        "kai",
        NOW,
    )
    assert queries.draft(code) is None
    second = services.begin_draft(code=code, actor="lin", now=LATER)
    assert (second.number, second.texts[0].body) == (2, used.texts[0].body)
    assert services.begin_draft(code=code, actor="mei", now=LATER).version_id == second.version_id
    save(code, body="Hello again")
    assert queries.published(code).texts[0].body == used.texts[0].body, "what is in use does not change"
    publish(code)
    assert [(one.number, one.status) for one in queries.versions(code)] == [(2, "published"), (1, "retired")]
    assert queries.version(code, 1).texts == used.texts
    assert actions()[1:] == [
        "content.create",
        "content.text.save",
        "content.approve",
        "content.publish",
        "content.draft",
        "content.text.save",
        "content.approve",
        "content.publish",
    ]


def test_a_published_text_cannot_be_changed(letter, publish):
    code = letter()
    used = publish(code)
    row = TemplateText.objects.get(pk=used.texts[0].text_id)
    row.body = "other"
    with pytest.raises(TypeError):
        row.save()
    text = used.texts[0]
    changed = {"code": code, "text_id": text.text_id, "revision": text.revision, "actor": "ada", "now": NOW}
    assert refused(services.save_text, body="other", **changed) == "no_draft"
    services.begin_draft(code=code, actor="ada", now=NOW)
    assert refused(services.save_text, body="other", **changed) == "no_such_text"
    assert queries.published(code).texts[0].body == text.body


def test_two_who_write_at_once_lose_nothing(letter):
    code = letter()
    read = queries.draft(code).texts[0].revision
    save(code, actor="lin", revision=read, body="by Lin")
    with pytest.raises(ContentError) as caught:
        save(code, actor="mei", revision=read, body="by Mei")
    assert caught.value.code == "edited_meanwhile"
    assert caught.value.figures == {"who": "lin", "at": LATER.isoformat()}
    assert queries.draft(code).texts[0].body == "by Lin"


def test_what_was_approved_is_what_is_published(letter):
    code = letter()
    read = queries.draft(code)
    save(code, body="Hello, and a late thought")
    assert (
        refused(services.approve, code=code, revision=read.revision, actor="ada", now=NOW)
        == "edited_meanwhile"
    )
    approved = services.approve(code=code, revision=queries.draft(code).revision, actor="ada", now=NOW)
    assert approved.status == Status.APPROVED
    save(code, body="Hello, and another")
    assert queries.draft(code).status == Status.DRAFT
    assert (
        refused(services.publish, code=code, revision=approved.revision, actor="ada", now=NOW)
        == "edited_meanwhile"
    )
    again = services.approve(code=code, revision=queries.draft(code).revision, actor="ada", now=NOW)
    reopened = services.reopen(code=code, actor="lin", now=LATER)
    assert (reopened.status, reopened.approved_by) == (Status.DRAFT, "")
    assert (
        refused(services.publish, code=code, revision=again.revision, actor="ada", now=NOW)
        == "edited_meanwhile"
    )


def test_errors_keep_a_draft_from_being_approved(letter):
    code = letter(body="Hello {{ customer.name }}, see https://example.com")
    revision = queries.draft(code).revision
    with pytest.raises(ContentError) as caught:
        services.approve(code=code, revision=revision, actor="ada", now=NOW)
    assert (caught.value.code, caught.value.figures) == ("has_errors", {"count": 2})
    assert queries.draft(code).status == Status.DRAFT


def test_saving_what_is_there_changes_nothing(letter):
    code = letter()
    before = queries.draft(code)
    save(code, body=before.texts[0].body)
    assert queries.draft(code) == before


@pytest.mark.parametrize("subject", ["a\nBcc: x@y.com", "a\rb", "a\x00", "a\x7f", "a\u2028b"])
def test_a_subject_is_one_line(letter, subject):
    code = letter(kind="email", subject="Hello")
    assert refused(save, code=code, subject=subject) == "line_break"
    assert queries.draft(code).texts[0].subject == "Hello"


def test_texts_for_other_languages_and_readers(letter):
    code = letter()
    first = queries.draft(code).texts[0]
    made = services.add_text(code=code, language="zh-Hans", copy_of=first.text_id, actor="ada", now=NOW)
    assert (made.language, made.body) == ("zh-hans", first.body)
    by: dict = {"code": code, "actor": "ada", "now": NOW}
    assert refused(services.add_text, language="zh_hans", **by) == "text_there"
    services.add_text(language="en", variant=Variant(role="finance"), **by)
    assert refused(services.add_text, language="en", variant=Variant(role="king"), **by) == "no_such_choice"
    assert refused(services.add_text, language="<b>", **by) == "no_language"
    services.add_text(language="pt-BR", variant=Variant(culture="BR"), **by)
    assert [one.language for one in queries.draft(code).texts] == ["en", "en", "pt-br", "zh-hans"]
    for one in queries.draft(code).texts[1:]:
        services.remove_text(text_id=one.text_id, **by)
    last = queries.draft(code).texts[0]
    assert refused(services.remove_text, text_id=last.text_id, **by) == "last_text"


def test_a_template_is_put_away_and_taken_back(letter, publish, mei_wang):
    code = letter()
    publish(code)
    services.archive(code=code, actor="ada", now=NOW)
    assert code not in [one.code for one in queries.templates()]
    assert code in [one.code for one in queries.templates(archived=True)]
    assert refused(lambda: queries.choose(code, mei_wang)) == "not_published"
    services.restore(code=code, actor="ada", now=NOW)
    assert queries.choose(code, mei_wang).language == "en"


def test_codes_and_choices_are_checked(db):
    good = {
        "code": "x1",
        "name": "X",
        "kind": "sms",
        "purpose": "service",
        "content_type": "care",
        "language": "en",
    }
    by = {"actor": "ada", "now": NOW}
    for field, value, code in (
        ("code", "Über", "bad_code"),
        ("code", "birthday_sms", "code_taken"),
        ("kind", "fax", "no_such_choice"),
        ("purpose", "profiling", "no_such_choice"),
        ("name", " ", "name_missing"),
        ("language", "e", "no_language"),
    ):
        assert refused(services.create_template, **{**good, field: value}, **by) == code
    assert not Template.objects.filter(code="x1").exists()


def test_one_draft_and_one_in_use_at_most(letter):
    row = Template.objects.get(code=letter())
    by = {"created_at": NOW, "created_by": "x", "updated_at": NOW, "updated_by": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.create(template=row, number=2, **by)


def test_lists_are_filtered(letter, publish):
    publish(letter(code="one"))
    letter(code="two", language="de")
    own = {"one", "two"}

    def listed(**which):
        return own & {view.code for view in queries.templates(**which)}

    assert listed() == own
    assert listed(status="published") == {"one"}
    assert listed(status="draft") == {"two"}
    assert listed(language="de") == {"two"}
    assert listed(language="-de") == {"one"}
    assert listed(kind="email") == set()
    assert listed(search="HELL") == own


# Which text a customer gets.


@pytest.fixture
def variants(letter, publish):
    """Writes texts by (language, variant) and puts them to use; the body says which it is."""

    def write(*which):
        code = letter(language=which[0][0])
        for language, facets in which[1:]:
            services.add_text(code=code, language=language, variant=Variant(**facets), actor="ada", now=NOW)
        for one in queries.draft(code).texts:
            name = " ".join([one.language, *one.variant.facets().values()])
            services.save_text(
                code=code, text_id=one.text_id, revision=one.revision, body=name, actor="ada", now=NOW
            )
        publish(code)
        return lambda customer, **more: queries.text(queries.choose(code, customer, **more).text_id).body

    return write


@pytest.mark.parametrize(
    ("languages", "record", "expected"),
    [
        (["en", "zh-hans", "zh-hant"], {"language": "zh-TW"}, "zh-hant"),
        (["en", "zh-hans"], {"language": "zh-hant"}, "zh-hans"),
        (["en", "zh-hant"], {"country": "CN"}, "zh-hant"),
        (["en", "pt", "zh-hans"], {"language": "pt-BR"}, "pt"),
        (["zh-hans", "en"], {"language": "fr"}, "en"),
        (["zh-hans", "de"], {"language": "fr"}, "de"),
        (["en", "zh-hans"], {}, "en"),
    ],
)
def test_the_language_is_the_customers_or_the_nearest(variants, own, languages, record, expected):
    chosen = variants(*[(language, {}) for language in languages])
    assert chosen(own("C-2", **record)) == expected


def test_the_text_that_says_most_of_the_reader_wins(variants, own):
    from keepwell.customers.services import save_company_contact, set_field

    chosen = variants(
        ("en", {}),
        ("en", {"role": "finance"}),
        ("en", {"culture": "nordic"}),
        ("en", {"culture": "NO"}),
        ("en", {"tone": "warm"}),
        ("en", {"tone": "detailed"}),
        ("en", {"role": "finance", "tone": "warm"}),
        ("en", {"medium": "white_paper"}),
        ("zh-hans", {"role": "finance", "tone": "warm"}),
    )
    one = own("C-2", language="en", country="US")
    assert chosen(one) == "en"
    assert chosen(one, role="finance") == "en finance"
    assert chosen(one, role="decision_maker") == "en white_paper"
    assert chosen(one, medium="white_paper") == "en white_paper"
    by = {"source": "conversation", "at": NOW, "actor": "ada"}
    set_field(customer_id=one, name="service_type", value="emotional", **by)
    assert chosen(one) == "en warm"
    assert chosen(one, role="finance") == "en finance warm"
    set_field(customer_id=one, name="sensitivity", value="data", **by)
    assert chosen(one) == "en detailed", "what somebody is sensitive to goes before the type"
    set_field(customer_id=one, name="country", value="SE", **by)
    assert chosen(one) == "en nordic"
    save_company_contact(customer_id=one, role="finance", name="Eva", source="conversation", actor="ada")
    assert chosen(one) == "en finance warm", "the only contact person's role"


def test_a_text_for_somebody_else_is_not_sent(variants, own):
    chosen = variants(("en", {}), ("zh-hans", {}))
    code = "hello"
    services.begin_draft(code=code, actor="ada", now=NOW)
    for one in queries.draft(code).texts:
        services.add_text(
            code=code,
            language=one.language,
            variant=Variant(role="finance"),
            copy_of=one.text_id,
            actor="ada",
            now=NOW,
        )
        services.remove_text(code=code, text_id=one.text_id, actor="ada", now=NOW)
    approved = services.approve(code=code, revision=queries.draft(code).revision, actor="ada", now=NOW)
    services.publish(code=code, revision=approved.revision, actor="ada", now=NOW)
    one = own("C-2")
    assert chosen(one, role="finance") == "en"
    assert refused(lambda: chosen(one)) == "nobody_served"
    assert refused(lambda: chosen("nobody")) == "no_such_customer"


# What Keepwell brings.


def test_ready_made_texts_are_complete_and_free_of_errors(brand):
    found = {}
    for view in queries.templates():
        version = queries.published(view.code) or queries.draft(view.code)
        assert set(view.languages) == {"en", "zh-hans", "zh-hant"}, view.code
        for text in version.texts:
            for one in queries.findings(view, text, today=NOW.date()):
                if one.severity != "info":
                    found[view.code, text.language, one.code] = one
    assert {key: one for key, one in found.items() if one.severity == "error"} == {}
    # English and whatever carries an address is longer than one message; nothing else is to be warned of.
    assert {key for key in found if key[2] != "sms_segments"} == set()
    # So are those with a code, an end and what they are for, in any language.
    with_code = {view.code for view in queries.templates() if "coupon" in repr(queries.published(view.code))}
    long = {view for view, language, _code in found if language != "en"}
    assert long <= {"experience_survey_sms", "complaint_survey_sms", "care_check_sms"} | with_code
    assert {view.code for view in queries.templates()} == set(SEEDS)


def test_ready_made_texts_come_once_and_stay_as_they_were_edited(brand):
    services.change_template(code="birthday_sms", name="Our birthday", actor="ada", now=NOW)
    services.begin_draft(code="birthday_sms", actor="ada", now=NOW)
    before = (Template.objects.count(), TemplateVersion.objects.count(), TemplateText.objects.count())
    Template.objects.filter(code="thank_you_card").delete()
    seed()
    assert (Template.objects.count(), TemplateVersion.objects.count(), TemplateText.objects.count()) == before
    assert queries.get("birthday_sms").name == "Our birthday"
    assert queries.draft("birthday_sms") is not None


def test_a_ready_made_text_keeps_its_name_in_every_language(db):
    from django.utils import translation

    shown = queries.get("birthday_sms").name
    services.change_template(code="birthday_sms", name=shown, purpose="service", actor="ada", now=NOW)
    assert Template.objects.get(code="birthday_sms").name == ""
    assert queries.get("birthday_sms").purpose == "service"
    with translation.override("zh-hans"):
        assert queries.get("thank_you_card").name == str(SEEDS["thank_you_card"].name)


def test_the_phrase_book(db):
    every = queries.phrases(language="zh-hans")
    assert {one.situation for one in every} == {
        "greeting",
        "empathy",
        "apology",
        "call",
        "closing",
        "listening",
    }
    assert {one.language for one in every} == {"zh-hans"}
    fitting = queries.phrases(language="en", situation="empathy", service_type="rational")
    assert [one.service_type for one in fitting] == ["rational", "", ""]
    assert [one.code for one in queries.phrases(language="en", search="CHASE")] == ["empathy_control"]
    few = queries.words_to_say(
        language="zh-hant", situations=("greeting", "closing"), service_type="dominant", each=1
    )
    assert [one.code for one in few] == ["greet_direct", "closing_promise"]
    assert len(queries.phrases(language="en", situation="listening")[0].text.splitlines()) == 6


def test_versions_of_the_brand(brand):
    assert (brand.version, brand.values["company_name"]) == (1, "Tea & Co")
    again = services.set_brand(values={"accent": "#b91c1c"}, based_on=1, actor="lin", now=LATER)
    assert (again.version, again.values["company_name"], again.values["accent"]) == (2, "Tea & Co", "#b91c1c")
    assert queries.brand(1).values == brand.values
    by = {"actor": "mei", "now": LATER}
    assert refused(services.set_brand, values={"accent": "#000000"}, based_on=1, **by) == "edited_meanwhile"
    for field, value, code in (
        ("accent", "red", "no_colour"),
        ("website", "http://tea.com", "link_not_https"),
        ("email", "x", "no_email"),
        ("logo_url", "https://example.com/l.png", "link_placeholder"),
        ("company_name", "x" * 121, "too_long"),
        ("colour", "#000000", "no_such_choice"),
    ):
        assert refused(services.set_brand, values={field: value}, based_on=2, **by) == code
    assert BrandVersion.objects.count() == 2
    with pytest.raises(TypeError):
        BrandVersion.objects.get(version=1).save()
    assert services.set_brand(values={"accent": "#b91c1c"}, based_on=2, **by).version == 2


def test_on_the_telephone_a_company_without_a_name_is_ours_and_no_example(db):
    from keepwell.outreach.content import services
    from keepwell.outreach.content.contracts import Phrase

    phrase = Phrase("x", "x", "call", "", "zh-hans", "我是{{ company.name }}的客服")
    assert services.say(phrase, {}) == "我是我们公司的客服"
    assert services.say(phrase, {"company.name": "好茶"}) == "我是好茶的客服"
