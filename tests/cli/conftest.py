import json
import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest


@dataclass
class Answer:
    """What a finished command said."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Program:
    """Runs `python -m keepwell` on a home and a database of its own."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home = home
        self.environment = environment

    def command(self, *arguments):
        return [sys.executable, "-m", "keepwell", *map(str, arguments)]

    def __call__(self, *arguments, **environment) -> Answer:
        done = subprocess.run(
            self.command(*arguments),
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)


def own_database(environment, template="template1"):
    """A database of its own on the server that the tests started, where they started one."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        environment.pop("DATABASE_URL", None)
        return None
    import psycopg

    name = f"cli_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    parts = urlsplit(url)
    environment["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))
    return url, name


def drop_database(url, name):
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def make_program(folder: Path, template="template1"):
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KEEPWELL_", "DJANGO_", "LC_", "LANG", "PYTEST"))
    }
    environment |= {"LANG": "C.UTF-8", "KEEPWELL_HOME": str(folder / "home")}
    database = own_database(environment, template)
    return Program(folder / "home", environment), database


@pytest.fixture
def program(tmp_path):
    """The program on an empty home."""
    made, database = make_program(tmp_path)
    yield made
    if database:
        drop_database(*database)


@pytest.fixture(scope="session")
def ready_home(tmp_path_factory):
    """A home, and where there is a server a database, as `keepwell init` leaves them."""
    made, database = make_program(tmp_path_factory.mktemp("ready"))
    answer = made("init")
    assert answer.code == 0, answer.err
    yield made.home, database
    if database:
        drop_database(*database)


@pytest.fixture
def ready(tmp_path, ready_home):
    """The program on a home of the present shape: a copy, where the way there is another test's matter."""
    home, database = ready_home
    made, own = make_program(tmp_path, database[1]) if database else make_program(tmp_path)
    shutil.copytree(home, made.home)
    yield made
    if own:
        drop_database(*own)
