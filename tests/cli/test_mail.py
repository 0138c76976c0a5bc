"""E-mails from the command line, and those that are delivered while the worker runs."""

from __future__ import annotations

import mailbox

LETTER = b"From: mei@chen.example\nTo: hello@shop.example\nSubject: %s\nMessage-ID: <%s@x>\n\nhello\n"


def test_mail_is_archived_by_hand_and_by_the_worker(ready, tmp_path):
    people = tmp_path / "customers.csv"
    people.write_text("customer_id,name,email\nC1,Mei,mei@chen.example\n")
    assert ready("import", people).code == 0
    post = tmp_path / "post"
    post.mkdir()
    (post / "1.eml").write_bytes(LETTER % (b"one", b"1"))
    (post / "2.eml").write_bytes(b"no mail")
    (post / "3.eml").write_bytes(LETTER.replace(b"mei", b"who") % (b"three", b"3"))
    done = ready("mail", post, "--json")
    assert done.code == 3
    problem = {"file": str(post / "2.eml"), "reason": "it is no e-mail: it has no headers"}
    assert done.json == {
        "archived": 1,
        "already_there": 0,
        "nobodys": 1,
        "told": 0,
        "automatic": 0,
        "refused": 1,
        "problems": [problem],
    }
    again = ready("mail", post / "1.eml", post / "3.eml")
    assert again.code == 0
    assert "1  already there" in again.out
    assert ready("mail", tmp_path / "nowhere").code == 2
    box = mailbox.Maildir(tmp_path / "Maildir")
    box.add(LETTER % (b"one", b"1"))
    box.add(LETTER % (b"two", b"2"))
    worked = ready(
        "work", "--once", "--cycle-hour", "off", "--json", KEEPWELL_MAILDIR=str(tmp_path / "Maildir")
    )
    assert worked.json["mail"] == {"archived": 1, "already_there": 1}
    assert {message.get_subdir() + message.get_flags() for message in box} == {"curS"}
    shown = ready("customer", "C1", "--json")
    assert shown.out.count('"email"') >= 2
    failed = ready("work", "--once", "--cycle-hour", "off", KEEPWELL_MAILDIR=str(tmp_path / "nowhere"))
    assert failed.code == 1
    assert "KEEPWELL_MAILDIR: no Maildir with new and cur" in failed.err
