"""Nothing that names a person reaches the log, whatever goes wrong."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest
from django.urls import path, re_path
from hypothesis import given
from hypothesis import strategies as st

from keepwell.operations import logs
from tests.web.conftest import administrator  # noqa: F401 - fixtures

EMAIL, PHONE, NAME = "jo.doe@example.com", "+86 138-0013-8000", "Josephine Dolittle"
MARKS = ("jo.doe", "example.com", "138-0013", "13800138000", "Josephine", "Dolittle")


def broken(request, **_):
    """A view that fails as views do: with a value in the message, and the value's cause."""
    try:
        {}[request.POST.get("name") or NAME]
    except KeyError as error:
        raise ValueError(f"no customer {NAME} <{EMAIL}>, {PHONE}") from error


urlpatterns = [path("broken/", broken), re_path(r"^broken/(?P<rest>.*)$", broken)]


@pytest.fixture(params=[logs.JsonFormatter, logs.PlainFormatter])
def written(request):
    """What the log says, at its most talkative."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root, own = logging.getLogger(), logging.getLogger("keepwell.request")
    before = root.level, own.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    own.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before[0])
    own.setLevel(before[1])


def free_of_persons(text):
    return not [mark for mark in MARKS if mark.lower() in text.lower()]


def requests(client):
    """Requests with a person in path, query, body, header and host."""
    body = {"name": NAME, "email": EMAIL, "phone": PHONE}
    yield client.get(f"/customers/{EMAIL}/?q={NAME}&phone={PHONE}")
    yield client.get(f"/no/such/{NAME}/{PHONE}", headers={"user-agent": NAME, "referer": f"/{EMAIL}"})
    yield client.post("/sign-in/", body)
    yield client.post("/sign-in/", json.dumps(body), content_type="application/json")
    yield client.get("/customers/", body, headers={"host": "jo.doe.example.com"})
    yield client.post(f"/v1/track/{EMAIL}", body)
    yield client.generic("BREW", f"/{NAME}", NAME)


def test_requests_leave_no_person_in_the_log(client, administrator, written):  # noqa: F811
    client.force_login(administrator)
    statuses = [response.status_code for response in requests(client)]
    text = written.getvalue()
    assert text.count("request") >= len(statuses)
    assert free_of_persons(text), text
    # As a word: three letters may stand in the middle of a request's number.
    assert re.search(rf"\b{administrator.username}\b", text) is None


@pytest.mark.django_db
def test_a_view_that_fails_leaves_places_and_no_values(client, settings, written):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["keepwell.operations.middleware.ObserveMiddleware"]
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    client.raise_request_exception = False
    assert client.post(f"/broken/{EMAIL}?{NAME}", {"name": NAME}).status_code == 500
    text = written.getvalue()
    assert free_of_persons(text), text
    assert "ValueError from KeyError" in text
    assert "test_logs.py:" in text


def record(name, message, *arguments):
    return logging.LogRecord(name, logging.WARNING, "f.py", 1, message, arguments, None)


def test_libraries_keep_template_and_numbers():
    said = logs.message(record("axes", "login of %s failed %d times", NAME, 3))
    assert said == "login of … failed 3 times"


def test_a_traceback_in_a_message_leaves_its_places():
    frame = '  File "/a/src/keepwell/x.py", line 7, in f'
    text = f"callable raised\nTraceback (most recent call last):\n{frame}\nE: {NAME}"
    said = json.loads(logs.JsonFormatter().format(record("_granian", text)))
    assert said["message"] == "callable raised"
    assert said["error"]["at"] == ["keepwell/x.py:7"]


def test_own_lines_are_masked():
    said = logs.message(record("keepwell.work", "mail to %s, call %s, 12 facts of 2026-05-02", EMAIL, PHONE))
    assert said == "mail to [e-mail], call [number], 12 facts of 2026-05-02"


@given(st.emails(), st.integers(10**9, 10**14))
def test_what_looks_like_contact_data_is_masked(email, number):
    said = logs.scrub(f"for {email} or {number} there")
    assert str(number) not in said
    assert "[e-mail]" in said


def test_a_json_line_is_one_document(written):
    logging.getLogger("keepwell.request").info(
        "two\nlines", extra={"view": "cockpit", "status": 200, "duration_ms": 1.5, "user": "u_1"}
    )
    lines = written.getvalue().splitlines()
    if lines[0].startswith("{"):
        assert len(lines) == 1
        said = json.loads(lines[0])
        assert (said["view"], said["status"], said["duration_ms"]) == ("cockpit", 200, 1.5)
    else:
        assert "view=cockpit status=200" in written.getvalue()
