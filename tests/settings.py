"""The product's settings on stores of this process's own."""

from tests import stores

stores.start()

from keepwell.foundation.settings import *  # noqa: E402, F403

# Tests of the duty itself switch it on.
KEEPWELL_CONFIDENTIALITY = "off"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# In memory, threads would share one cache whose locks know no waiting: a file, as in production.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(HOME.root / "test.sqlite3")}  # noqa: F405
