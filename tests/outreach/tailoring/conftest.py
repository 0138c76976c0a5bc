"""Texts of every kind in use, segments with members, and a map with touchpoints."""

from __future__ import annotations

import pytest

from tests.outreach.journeys.conftest import NOW, at, brand, people, switched_on  # noqa: F401


@pytest.fixture
def the_map(home, db):
    from keepwell.outreach.touchpoints import seeding

    seeding.seed()


@pytest.fixture
def text(brand):  # noqa: F811
    """Publishes a text message; its words are given."""
    from keepwell.outreach.content import queries as content
    from keepwell.outreach.content import services
    from keepwell.outreach.content.contracts import Variant

    def publish(
        code, words="Hello", purpose="marketing", kind="sms", live=True, role="", content_type="care"
    ):
        services.create_template(
            code=code,
            name=code.title(),
            kind=kind,
            purpose=purpose,
            content_type=content_type,
            language="zh-hans",
            actor="ada",
            now=NOW,
        )
        one = content.draft(code).texts[0]
        if role:
            by = {"code": code, "actor": "ada", "now": NOW}
            services.add_text(language="zh-hans", variant=Variant(role=role), **by)
            services.remove_text(text_id=one.text_id, **by)
            one = content.draft(code).texts[0]
        services.save_text(
            code=code,
            text_id=one.text_id,
            revision=one.revision,
            body=words,
            actor="ada",
            now=NOW,
        )
        if live:
            approved = services.approve(
                code=code, revision=content.draft(code).revision, actor="kai", now=NOW
            )
            services.publish(code=code, revision=approved.revision, actor="kai", now=NOW)
        return code

    return publish


@pytest.fixture
def segment(home, db):
    """Makes a segment of these customers."""
    from keepwell.insight.segments import services as segments
    from keepwell.insight.segments.models import SegmentMember

    def make(name, *members):
        rule = {"attribute": "city", "is": "in", "value": [name]}
        made = segments.save(name=name, definition=rule, author_id=None, actor="ada")
        SegmentMember.objects.bulk_create(
            SegmentMember(segment_id=made.segment_id, customer_id=one, entered_at=NOW) for one in members
        )
        return made.segment_id

    return make
