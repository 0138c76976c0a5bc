"""Social accounts: a matrix of accounts and groups of customers, figures, plans, what was asked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.urls import reverse

from keepwell.insight.segments import services as segments
from keepwell.outreach.social import queries, services
from keepwell.outreach.social.contracts import SocialError

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WHO = {"actor": "ada", "now": NOW}
OSLO = {"attribute": "city", "is": "in", "value": ["Oslo"]}


@pytest.fixture
def ada(home, db):
    from keepwell.accounts.models import User

    return User.objects.create_user("ada", password="correct horse", roles=["administrator"])


@pytest.fixture
def weibo(ada):
    return services.save_account(
        platform="weibo",
        name="Tea House",
        link="https://weibo.example/tea",
        owner_id=ada.pk,
        active=True,
        **WHO,
    )


@pytest.fixture
def oslo(ada):
    return segments.save(name="Oslo", definition=OSLO, author_id=ada.pk, actor="ada").segment_id


def test_a_cell_says_what_an_account_says_to_whom(weibo, oslo):
    services.set_aim(
        account_id=weibo, segment_id=oslo, themes=[" new  tea", "care", "care", ""], templates=[], **WHO
    )
    (aim,) = queries.account(weibo).aims
    assert (aim.segment_id, aim.themes) == (oslo, ("new tea", "care"))
    services.set_aim(account_id=weibo, segment_id=oslo, themes=[""], templates=[], **WHO)
    assert queries.account(weibo).aims == ()
    for change, field in (
        ({"segment_id": 0}, "segment"),
        ({"templates": ["none"]}, "templates"),
        ({"themes": ["x" * 61]}, "themes"),
    ):
        with pytest.raises(SocialError) as error:
            services.set_aim(
                **{"account_id": weibo, "segment_id": oslo, "themes": ["a"], "templates": [], **WHO, **change}
            )
        assert list(error.value.problems) == [field]


def test_figures_over_time_and_a_day_put_right(weibo):
    for day, count in ((1, 100), (20, 150), (20, 160)):
        services.note_followers(account_id=weibo, on_date=date(2026, 11, day), followers=count, **WHO)
    found = queries.account(weibo)
    assert (found.newest, found.gained, len(found.followers)) == (160, 60, 2)
    with pytest.raises(SocialError):
        services.note_followers(account_id=weibo, on_date=None, followers=-1, **WHO)


def test_a_post_is_planned_and_posted(weibo):
    post = services.save_post(account_id=weibo, on_date=TODAY, title="New tea", theme="spring", **WHO)
    same = services.save_post(
        account_id=weibo, on_date=TODAY, title="New tea", state="posted", link="https://weibo.example/1",
        post_id=post, **WHO,
    )  # fmt: skip
    assert same == post
    (one,) = queries.posts(since=TODAY, until=TODAY)
    assert (one.account, one.state, one.link) == ("Tea House", "posted", "https://weibo.example/1")
    with pytest.raises(SocialError) as error:
        services.save_post(account_id=weibo, on_date=None, title="", state="lost", link="javascript:x", **WHO)
    assert set(error.value.problems) == {"on_date", "title", "state", "link"}


def test_a_survey_keeps_its_answers_and_what_was_said_is_sealed(weibo):
    services.save_topic(
        account_id=weibo, kind="survey", title="Which tea?", opened_on=TODAY, participants=30,
        answers="green = 20\nwhite, or so = 10\n", result="Mei wants more white tea", **WHO,
    )  # fmt: skip
    (one,) = queries.topics()
    assert one.answers == (("green", 20), ("white, or so", 10))
    assert one.result == "Mei wants more white tea"
    with connection.cursor() as cursor:
        cursor.execute("SELECT result FROM social_topic")
        assert "Mei" not in cursor.fetchone()[0]
    for said in ("green", "= 3", "green = many"):
        with pytest.raises(SocialError) as error:
            services.save_topic(
                account_id=weibo, kind="survey", title="x", opened_on=TODAY, answers=said, **WHO
            )
        assert error.value.problems == {"answers": "not_answers"}


def test_one_account_on_each_platform(weibo):
    given = {"name": "Tea House", "link": "", "owner_id": None, "active": True, **WHO}
    services.save_account(platform="douyin", **given)
    with pytest.raises(SocialError) as error:
        services.save_account(platform="weibo", **given)
    assert error.value.problems == {"name": "name_taken"}
    with pytest.raises(SocialError) as error:
        services.save_account(**{**given, "platform": "", "name": "", "link": "http://x", "owner_id": 0})
    assert set(error.value.problems) == {"platform", "name", "link", "owner"}


def test_a_file_brings_accounts_and_figures_and_names_what_it_could_not_read(weibo):
    text = (
        "platform,name,link,owner,on_date,followers\n"
        "weibo,Tea House,,,2026-11-01,100\n"
        "douyin,Tea,https://douyin.example/tea,ada,,\n"
        "douyin,Tea,,,2026-11-01,20\n"
        "douyin,Tea,,,yesterday,20\n"
        "myspace,Tea,,,,\n"
        "douyin,Other,,nobody,,\n"
    )
    done = services.import_csv(text="\ufeff" + text, **WHO)
    assert (done.accounts, done.figures) == (1, 2)
    assert [number for number, _why in done.refused] == [5, 6, 7]
    assert {one.name: one.newest for one in queries.accounts()} == {"Tea": 20, "Tea House": 100}
    assert queries.account(weibo).link == "https://weibo.example/tea"
    with pytest.raises(SocialError):
        services.import_csv(text="a,b\n1,2\n", **WHO)


def test_the_pages_from_nothing_to_a_matrix_and_a_file(ada, oslo, client):
    client.force_login(ada)
    assert b"No account is kept yet" in client.get(reverse("social")).content
    typed = {"platform": "weibo", "name": "Tea House", "link": "https://weibo.example/tea", "active": "1"}
    assert client.post(reverse("social_new"), {**typed, "link": "ftp://x"}).status_code == 422
    assert client.post(reverse("social_new"), typed).status_code == 302
    (one,) = queries.accounts()

    def keep(what, **said):
        return client.post(reverse("social_keep", args=[one.account_id, what]), said).status_code

    assert keep("aim", segment=oslo, themes="new tea，care") == 302
    assert keep("followers", on_date="2026-11-01", followers="1200") == 302
    assert keep("followers", on_date="", followers="x") == 422
    assert keep("post", on_date="2026-11-24", title="First flush") == 302
    assert (
        keep("topic", kind="survey", title="Which tea?", opened_on="2026-11-24", answers="green = 2") == 302
    )
    assert keep("nothing") == 404
    page = client.get(reverse("social")).content.decode()
    for words in ("Oslo", "new tea · care", "1,200", "Which tea?"):
        assert words in page
    assert b"First flush" in client.get(reverse("social_account", args=[one.account_id])).content
    said = b"".join(client.get(reverse("social_export", args=["csv"])).streaming_content).decode()
    assert client.post(reverse("social_take"), {"lines": said}).status_code == 302
    assert client.post(reverse("social_take"), {"lines": "x"}).status_code == 422
    assert queries.accounts()[0].newest == 1200


def test_what_was_typed_stays_where_it_will_not_do(ada, weibo, client):
    client.force_login(ada)
    account_id = weibo if isinstance(weibo, int) else weibo.account_id
    typed = {"kind": "survey", "title": "Which tea?", "opened_on": "2026-11-01", "answers": "green: 3"}
    answer = client.post(reverse("social_keep", args=[account_id, "topic"]), typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="Which tea?"' in page
    assert "green: 3</textarea>" in page
    assert 'value="2026-11-01"' in page


def test_segments_of_others_stay_unknown(oslo, client, weibo):
    from keepwell.accounts.models import User

    services.set_aim(account_id=weibo, segment_id=oslo, themes=["new tea"], templates=[], **WHO)
    client.force_login(User.objects.create_user("kai", password="correct horse", roles=["retention_manager"]))
    page = client.get(reverse("social")).content
    assert b"Tea House" in page
    assert b"Oslo" not in page
    assert b"new tea" not in page
    typed = {"segment": oslo, "themes": "mine"}
    assert client.post(reverse("social_keep", args=[weibo, "aim"]), typed).status_code == 422
    assert queries.account(weibo).aims[0].themes == ("new tea",)
