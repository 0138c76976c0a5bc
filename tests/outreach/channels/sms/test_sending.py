"""Text messages reach each provider once, through its own SDK; whatever it answers means one thing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import ChannelDownError, Fate, Refusal, SettingsError
from keepwell.outreach.channels.sms import ALIYUN, TENCENT, TWILIO, outcomes, tencent
from tests.outreach.channels.sms.conftest import aliyun_message, tencent_message, twilio_message
from tests.outreach.channels.sms.peers import CUT, DROP, GARBAGE, HANG

FIX, NEVER, SLOW, STOP = Refusal.FIX, Refusal.NEVER_AGAIN, Refusal.SLOW_DOWN, Refusal.STOP


def test_a_message_is_taken_signed_and_named(each):
    account, message = each
    reply = account.send(message())
    assert (reply.fate, reply.refusal) == (Fate.ACCEPTED, None)
    (taken,) = account.peer.taken
    assert reply.provider_ref == taken.get("ref", taken.get("sid"))
    assert account.committed == [0]  # before anything was on the wire
    assert account.peer.refusals == []


def test_aliyun_gets_the_template_and_our_number(at_aliyun, aliyun):
    at_aliyun.send(aliyun_message())
    (action, params), (taken,) = aliyun.calls[0], aliyun.taken
    assert action == "SendSms"
    assert (params["PhoneNumbers"], params["TemplateCode"]) == ("13800138000", "SMS_2001")
    assert json.loads(params["TemplateParam"]) == {"name": "王梅"}
    assert taken["out_id"] == "m1"
    at_aliyun.send(aliyun_message(template="SMS_2002", values={}))
    assert "TemplateParam" not in aliyun.calls[1][1]


def test_tencent_gets_the_values_in_their_order(at_tencent, tencent):
    values = {"2": "周一", "1": "王梅"}
    reply = at_tencent.send(
        tencent_message(purpose="service", category="notice", template="110", values=values)
    )
    assert reply.fate is Fate.ACCEPTED
    assert (tencent.taken[0]["values"], tencent.taken[0]["context"]) == (["王梅", "周一"], "m1")
    assert tencent.taken[0]["number"] == "+8613800138000"


def test_twilio_gets_the_text_and_where_to_report(at_twilio, twilio):
    reply = at_twilio.send(twilio_message(text="你" * 71))
    assert (reply.fate, reply.detail) == (Fate.ACCEPTED, "segments=2")
    assert twilio.taken[0]["callback"] == "https://shop.example/hooks/abc?message=m1"
    at_twilio.send(twilio_message(), sender=twilio.SENDERS[1], callback="")
    assert (twilio.calls[1][1]["MessagingServiceSid"], twilio.taken[1]["callback"]) == (twilio.SENDERS[1], "")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "+852 6123 4567"}, "template_not_international"),
        ({"category": "international"}, "template_not_mainland"),
        ({"category": "notice"}, "template_not_promotion"),
        ({"category": ""}, "template_not_promotion"),
        ({"template": ""}, "no_template"),
        ({"text": "茶" * 501}, "text_too_long"),
        ({"values": {"1": "茶" * 36}}, "value_too_long"),
        ({"values": {"1": " "}}, "value_empty"),
        ({"values": {"1": "see shop.example.com"}}, "value_has_link"),
    ],
)
@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
def test_what_an_approved_template_cannot_be_used_for_is_said_before_anybody_is_asked(
    request, provider, changes, code
):
    account = request.getfixturevalue(f"at_{provider}")
    reply = account.send(aliyun_message(**changes), variable_max="35")
    assert (reply.fate, reply.refusal, reply.code) == (Fate.REFUSED, FIX, code)
    assert (account.peer.calls, account.committed) == ([], [])


def test_the_length_of_a_variable_is_the_accounts(at_tencent):
    long = tencent_message(values={"1": "七个字的名字呀"})
    assert at_tencent.send(long).code == "value_too_long"
    assert at_tencent.send(long, variable_max="12").code == "TemplateParameterLengthLimit"
    assert at_tencent.send(tencent_message(values={"name": "王梅"})).code == "value_names"


def test_a_message_abroad_takes_an_international_template(at_aliyun, aliyun, at_tencent, tencent):
    abroad = {"to": "+852 6123 4567", "category": "international"}
    assert at_aliyun.send(aliyun_message(template="SMS_3001", **abroad)).fate is Fate.ACCEPTED
    assert at_tencent.send(tencent_message(template="310", **abroad)).fate is Fate.ACCEPTED
    assert (aliyun.taken[0]["number"], tencent.taken[0]["number"]) == ("85261234567", "+85261234567")


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        ("+12", NEVER),
        ("+86 571 0000 0000", NEVER),
        ("+1" * 9, NEVER),
        ("0085212", NEVER),
        ("85261234567", FIX),
        ("12", FIX),
        ("not a number", FIX),
        ("", FIX),
    ],
)
def test_what_takes_no_messages_is_not_tried(each, to, refusal):
    account, message = each
    reply = account.send(message(to=to))
    assert (reply.fate, reply.refusal) == (Fate.REFUSED, refusal)
    assert (account.peer.calls, account.committed) == ([], [])


@pytest.mark.parametrize("text", ["", "a" * 1601])
def test_twilio_takes_words_and_not_too_many(at_twilio, twilio, text):
    reply = at_twilio.send(twilio_message(text=text))
    assert (reply.fate, reply.refusal, twilio.calls) == (Fate.REFUSED, FIX, [])


@pytest.mark.parametrize(
    ("code", "fate", "refusal"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", Fate.LATER, SLOW),
        ("isv.DAY_LIMIT_CONTROL", Fate.LATER, STOP),
        ("isv.MONTH_LIMIT_CONTROL", Fate.LATER, STOP),
        ("isv.OUT_OF_SERVICE", Fate.LATER, STOP),
        ("isv.AMOUNT_NOT_ENOUGH", Fate.LATER, STOP),
        ("isp.RAM_PERMISSION_DENY", Fate.LATER, STOP),
        ("isv.SMS_CONTENT_ILLEGAL", Fate.REFUSED, FIX),
        ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", Fate.REFUSED, FIX),
        ("isv.BLACK_KEY_CONTROL_LIMIT", Fate.REFUSED, FIX),
        ("isv.SOMETHING_NEW", Fate.REFUSED, FIX),
        ("isv.MOBILE_NUMBER_ILLEGAL", Fate.REFUSED, NEVER),
        ("isp.SYSTEM_ERROR", Fate.UNKNOWN, None),
        ("isp.SOMETHING_NEW", Fate.UNKNOWN, None),
        ("Throttling.User", Fate.LATER, SLOW),
        ("ServiceUnavailable", Fate.LATER, SLOW),
    ],
)
def test_aliyuns_codes_mean_what_its_documents_say(at_aliyun, aliyun, code, fate, refusal):
    aliyun.plan.append(code)
    reply = at_aliyun.send(aliyun_message())
    assert (reply.fate, reply.refusal) == (fate, refusal)
    assert reply.code == code.removeprefix("isv.")
    assert code in reply.detail
    assert (len(aliyun.calls), aliyun.taken) == (1, [])


@pytest.mark.parametrize(
    ("code", "fate", "refusal"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", Fate.LATER, SLOW),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", Fate.LATER, SLOW),
        ("FailedOperation.MarketingSendTimeConstraint", Fate.LATER, SLOW),
        ("LimitExceeded.AppDailyLimit", Fate.LATER, STOP),
        ("FailedOperation.InsufficientBalanceInSmsPackage", Fate.LATER, STOP),
        ("UnauthorizedOperation.ServiceSuspendDueToArrears", Fate.LATER, STOP),
        ("FailedOperation.ContainSensitiveWord", Fate.REFUSED, FIX),
        ("FailedOperation.TemplateIncorrectOrUnapproved", Fate.REFUSED, FIX),
        ("FailedOperation.PhoneNumberInBlacklist", Fate.REFUSED, NEVER),
        ("InvalidParameterValue.IncorrectPhoneNumber", Fate.REFUSED, NEVER),
        ("InternalError.Timeout", Fate.UNKNOWN, None),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_tencents_codes_mean_the_same_for_a_number_and_for_a_call(
    at_tencent, tencent, code, fate, refusal, inside
):
    (tencent.inside if inside else tencent.plan).append(code)
    reply = at_tencent.send(tencent_message())
    assert (reply.fate, reply.refusal) == (fate, refusal)
    assert code.endswith(reply.code)
    assert code in reply.detail
    assert (len(tencent.calls), tencent.taken) == (1, [])


def test_tencents_gateway_has_codes_of_its_own(at_tencent, tencent):
    tencent.plan.extend(["RequestLimitExceeded", "AuthFailure.UnauthorizedOperation", "InvalidParameter.New"])
    said = [at_tencent.send(tencent_message()) for _ in range(3)]
    assert [(one.fate, one.refusal) for one in said] == [
        (Fate.LATER, SLOW),
        (Fate.LATER, STOP),
        (Fate.REFUSED, FIX),
    ]


@pytest.mark.parametrize(
    ("code", "fate", "refusal"),
    [
        ("21211", Fate.REFUSED, NEVER),
        ("21610", Fate.REFUSED, NEVER),
        ("21614", Fate.REFUSED, NEVER),
        ("21408", Fate.REFUSED, FIX),
        ("21999", Fate.REFUSED, FIX),
        ("20429", Fate.LATER, SLOW),
        ("21611", Fate.LATER, SLOW),
        ("10001", Fate.LATER, STOP),
        ("20003", Fate.LATER, STOP),
        ("21606", Fate.LATER, STOP),
    ],
)
def test_twilios_codes_mean_what_its_dictionary_says(at_twilio, twilio, code, fate, refusal):
    twilio.plan.append(code)
    reply = at_twilio.send(twilio_message())
    assert (reply.fate, reply.refusal, reply.code) == (fate, refusal, code)
    assert (len(twilio.calls), twilio.taken) == (1, [])


def test_no_code_means_two_things():
    with pytest.raises(ValueError, match="B is named twice"):
        outcomes.table((outcomes.FIX, "A B"), (outcomes.STOP, "B C"))


def test_every_code_of_tencents_sdk_has_an_outcome_that_is_meant():
    from tencentcloud.sms.v20210111 import errorcodes

    known = {value for name, value in vars(errorcodes).items() if name.isupper()}
    limits = {code for code in known if code.startswith("LimitExceeded.")} - set(tencent.CODES)
    # One number a call: nothing else of the limits is left to the family.
    assert limits == {
        "LimitExceeded.PhoneNumberCountLimit",
        "LimitExceeded.AppCountryOrRegionInBlacklist",
    }
    unauthorised = {code for code in known if code.startswith("UnauthorizedOperation.")}
    assert unauthorised <= set(tencent.CODES)


@pytest.mark.parametrize(
    ("setting", "code"), [("access_key_secret", "SignatureDoesNotMatch"), ("access_key_id", "NotFound")]
)
def test_aliyun_with_wrong_keys_stops_the_account(at_aliyun, aliyun, setting, code):
    reply = at_aliyun.send(aliyun_message(), **{setting: "wrong"})
    assert (reply.fate, reply.refusal) == (Fate.LATER, STOP)
    assert code in reply.code
    assert aliyun.taken == []


def test_the_others_with_wrong_keys_stop_theirs(at_tencent, at_twilio):
    for reply, code in (
        (at_tencent.send(tencent_message(), secret_key="wrong"), "SignatureFailure"),
        (at_twilio.send(twilio_message(), auth_token="wrong"), "20003"),
    ):
        assert (reply.fate, reply.refusal, reply.code) == (Fate.LATER, STOP, code)


@pytest.mark.parametrize("trouble", [CUT, DROP, HANG, GARBAGE, 500, 502])
def test_without_a_clear_answer_its_fate_is_unknown_and_nothing_is_repeated(each, trouble):
    account, message = each
    account.peer.plan.append(trouble)
    reply = account.send(message())
    assert (reply.fate, reply.refusal) == (Fate.UNKNOWN, None)
    assert len(account.peer.calls) == 1
    assert len(account.peer.taken) == (1 if trouble in (CUT, HANG) else 0)
    assert account.committed == [0]


def test_whom_nobody_answers_at_all_is_down_and_nothing_is_lost(each):
    account, message = each
    account.peer.__exit__()
    with pytest.raises(ChannelDownError):
        account.send(message())
    assert account.peer.calls == []


def test_start_up_does_not_pay_for_the_sdks():
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; django.setup();"
        "from keepwell.outreach.channels import registry; registry.providers();"
        "sdks = ('alibabacloud_dysmsapi20170525', 'tencentcloud', 'twilio', 'aiohttp');"
        "print([name for name in sdks if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_providers_are_registered_under_one_channel():
    for one in (ALIYUN, TENCENT, TWILIO):
        assert registry.provider(one.code) is one
        assert (one.channel, one.contract.address, one.contract.repeatable) == ("sms", "phone", False)
    assert (ALIYUN.contract.templates_only, TWILIO.contract.templates_only) == (True, False)
    assert [one.reports_all({}) for one in (ALIYUN, TENCENT, TWILIO)] == [True, False, False]


@pytest.mark.parametrize(
    ("provider", "settings", "problems"),
    [
        (ALIYUN, {"endpoint": "http://dysmsapi.aliyuncs.com"}, {"endpoint": "not_an_endpoint"}),
        (ALIYUN, {"timeout_seconds": "soon"}, {"timeout_seconds": "not_seconds"}),
        (ALIYUN, {"variable_max": "0"}, {"variable_max": "not_a_length"}),
        (TENCENT, {"sdk_app_id": "x"}, {"sdk_app_id": "not_a_number"}),
        (TWILIO, {"account_sid": "SK1"}, {"account_sid": "not_an_account"}),
        (TWILIO, {"account_sid": "AC1", "country": "US"}, {"country": "not_a_number"}),
        (TWILIO, {"account_sid": "AC1", "sender": "+1"}, {"sender": "not_a_number"}),
    ],
)
def test_settings_that_cannot_work_are_refused(provider, settings, problems):
    with pytest.raises(SettingsError) as error:
        provider.check(settings)
    assert error.value.problems == problems


def test_settings_that_can_work_are_taken(each):
    account, message = each
    account.provider.check(account.settings)
    assert account.send(replace(message(), message_id="m2")).fate is Fate.ACCEPTED
