"""Files of messages before and after the table learned purpose, content and reason."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from keepwell.intake import committing, services
from keepwell.intake.shapes import SHAPES
from tests.history.releases import ADDED, NAME, earlier_release, narrow
from tests.intake.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)

OLD = "customer_id,at,channel,campaign,status\n"
ROWS = (
    "c1,2024-03-01T10:00:00Z,email,spring,sent",
    "c1,2024-03-01T10:00:00Z,email,spring,opened",
    "c2,2024-03-02T10:00:00Z,sms,spring,bounced",
)


@contextmanager
def earlier_intake():
    """Import as a release that does not know the columns."""
    shape = SHAPES[NAME]
    known = {column.name for column in narrow().columns} | {"source"}
    SHAPES[NAME] = type(shape)(
        shape.name,
        tuple(column for column in shape.columns if column.name in known),
        shape.key,
        shape.time,
        shape.generated,
        shape.defaults,
    )
    try:
        with earlier_release():
            yield
    finally:
        SHAPES[NAME] = shape


def write(path, header, rows):
    path.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def counts(report):
    found = report.counts(NAME)
    return (found.accepted, found.duplicate, found.corrected, found.rejected)


@pytest.mark.parametrize(
    "header",
    [
        "message id,customer,sent at,channel,status,purpose,template,bounce reason",
        "消息编号,客户编号,发送时间,渠道,状态,触达目的,模板编号,退回原因",
        "訊息編號,客戶編號,發送時間,渠道,狀態,聯絡目的,簡訊範本,失敗原因",
    ],
)
def test_the_columns_are_known_by_their_names(run, facts, tmp_path, header):
    row = "m1,c1,2024-03-01T10:00:00Z,sms,bounced,service,t-7,mailbox full"
    path = write(tmp_path / "messages.csv", header + "\n", [row])
    report = run(path)
    assert report.files[0].table == NAME
    assert counts(report) == (1, 0, 0, 0)
    assert facts(NAME, "contact_id", *ADDED) == [("m1", "service", "t-7", "mailbox full")]


@pytest.mark.parametrize("header", ["note", "备注", "備註"])
def test_what_somebody_noted_is_no_reason(run, facts, tmp_path, header):
    text = "message id,customer id,at,channel,status," + header + "\n"
    run(write(tmp_path / "messages.csv", text, ["m1,c1,2024-03-01T10:00:00Z,sms,sent,call her son first"]))
    assert facts(NAME, "contact_id", "reason") == [("m1", None)]


def test_a_file_of_before_the_upgrade_is_known_again(run, facts, tmp_path):
    """Also where its rows have no number of their own: the same are made for them."""
    path = write(tmp_path / "old.csv", OLD, ROWS)
    with earlier_intake():
        assert counts(run(path, table=NAME)) == (3, 0, 0, 0)
    before = facts(NAME, "contact_id", "status")
    assert counts(run(path, table=NAME, dry_run=True)) == (0, 3, 0, 0)
    assert counts(run(path, table=NAME)) == (0, 3, 0, 0)
    assert facts(NAME, "contact_id", "status", *ADDED) == [(*row, None, None, None) for row in before]


def test_a_file_that_says_more_corrects(run, facts, tmp_path):
    with earlier_intake():
        run(write(tmp_path / "old.csv", OLD, ROWS), table=NAME)
    before = facts(NAME, "contact_id", "status")
    more = [f"{row},{'full' if 'bounced' in row else ''}" for row in ROWS]
    path = write(tmp_path / "new.csv", OLD.rstrip() + ",reason\n", more)
    assert counts(run(path, table=NAME, dry_run=True)) == (1, 2, 1, 0)
    assert counts(run(path, table=NAME)) == (1, 2, 1, 0)
    after = facts(NAME, "contact_id", "status", "reason")
    assert after == [(*row, "full" if row[1] == "bounced" else None) for row in before]
    assert counts(run(write(tmp_path / "again.csv", OLD, ROWS), table=NAME)) == (0, 3, 0, 0)


def test_what_a_crash_left_staged_before_the_upgrade_is_finished_after_it(run, facts, tmp_path, monkeypatch):
    def dies(**_said):
        raise KeyboardInterrupt

    path = write(tmp_path / "old.csv", OLD, ROWS)
    with earlier_intake(), monkeypatch.context() as patched:
        patched.setattr(committing.history, "append", dies)
        with pytest.raises(KeyboardInterrupt):
            run(path, table=NAME)
    assert facts(NAME, "contact_id") == []
    assert services.finish_pending(actor="anna", now=NOW) == 1
    assert sorted(row[1] for row in facts(NAME, "contact_id", "status")) == ["bounced", "opened", "sent"]
    assert counts(run(path, table=NAME)) == (0, 3, 0, 0)
