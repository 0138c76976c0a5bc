"""Another server process: guesses a password a few times on the database that it is told of."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Read the database from standard input; say whether the guesses were refused."""
    told = json.load(sys.stdin)
    os.environ["DJANGO_SETTINGS_MODULE"] = "keepwell.foundation.settings"
    if told["ENGINE"].endswith("postgresql"):
        os.environ["DATABASE_URL"] = f"postgres://{told['USER']}@/{told['NAME']}?host={told['HOST']}"
    import django
    from django.conf import settings

    if not told["ENGINE"].endswith("postgresql"):
        settings.DATABASES["default"]["NAME"] = told["NAME"]
    django.setup()
    from django.test import Client

    username, attempts = sys.argv[1], int(sys.argv[2])
    client = Client()
    for _attempt in range(attempts):
        page = client.post("/sign-in/", {"username": username, "password": "wrong"})
    print("refused" if page.status_code == 200 and "_auth_user_id" not in client.session else "in")  # noqa: T201


if __name__ == "__main__":
    main()
