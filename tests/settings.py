"""The product's settings on stores of this process's own."""

from tests import stores

stores.start()

from keepwell.foundation.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
