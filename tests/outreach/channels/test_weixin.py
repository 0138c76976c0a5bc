"""What WeCom and WeChat share: when a request has certainly not left, and what is never said aloud."""

from __future__ import annotations

import logging
import ssl
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import ChannelDownError
from keepwell.outreach.channels.wecom import WECOM
from tests.outreach.channels.loopback import CUT, Loopback


class Nobody(Loopback):
    """Hangs up on everybody."""

    def answer(self, *_asked):
        return CUT


@pytest.fixture
def nobody():
    found = Nobody()
    yield found
    found.close()


def failure(url):
    with pytest.raises(requests.RequestException) as raised:
        requests.post(url, json={}, timeout=2)
    return raised.value


def test_a_connection_that_was_refused_carried_nothing():
    assert weixin.never_left(failure("http://127.0.0.1:9/"))


def test_one_that_was_cut_may_have_carried_everything(nobody):
    assert not weixin.never_left(failure(nobody.address))


def test_whose_certificate_is_not_theirs_was_told_nothing(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    now = datetime.now(UTC)  # noqa: TID251 - TLS goes by the clock of the machine
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (tmp_path / "both.pem").write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server = Nobody()
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    try:
        assert weixin.never_left(failure(server.address.replace("http://", "https://")))
        assert server.calls == []
    finally:
        server.close()


def test_no_error_and_no_log_tells_the_secret(caplog):
    caplog.set_level(logging.INFO)
    settings = {"corp_id": "c", "secret": "very-secret", "base_url": "http://127.0.0.1:9"}
    with pytest.raises(ChannelDownError) as raised:
        WECOM.open(settings)
    told = "".join(traceback.format_exception(raised.value))
    assert "very-secret" not in told
    assert "very-secret" not in caplog.text
