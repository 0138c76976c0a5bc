"""Every environment variable that Keepwell reads; docs/reference/settings.md is made from this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """A variable: its name, what holds without it, and what it changes."""

    name: str
    default: str
    changes: str


GROUPS: dict[str, tuple[Variable, ...]] = {
    "Where things are": (
        Variable("KEEPWELL_HOME", "`./.keepwell`", "The folder that holds everything of one shop."),
        Variable(
            "DATABASE_URL",
            "SQLite in the home",
            "`postgres://user:password@host:port/name`: keep the state in PostgreSQL. Parameters after `?` "
            "go to its client, such as `sslmode=verify-full`.",
        ),
        Variable("KEEPWELL_LAKE", "`lake/` in the home", "The folder of the fact tables."),
        Variable("KEEPWELL_STATIC", "none", "The folder into which `collectstatic` gathers files."),
    ),
    "How it works": (
        Variable("KEEPWELL_TIME_ZONE", "`UTC`", "The zone in which days begin and hours of schedules count."),
        Variable("KEEPWELL_CURRENCY", "none", "The ISO 4217 code of amounts that name no currency."),
        Variable("KEEPWELL_ENGINE", "`duckdb`", "The analytic engine."),
        Variable("KEEPWELL_MEMORY", "three tenths of the machine", "Memory of the engine, such as `4GB`."),
        Variable("KEEPWELL_CYCLE_HOUR", "`3`", "The hour of the nightly cycle, or `off`."),
        Variable("KEEPWELL_UPLOAD_MIB", "`512`", "The largest file that may be uploaded, in MiB."),
    ),
    "The web app": (
        Variable(
            "KEEPWELL_HOSTS",
            "this machine's own names",
            "Comma-separated host names under which the app answers.",
        ),
        Variable(
            "KEEPWELL_ORIGINS",
            "none",
            "Comma-separated origins, such as `https://keepwell.example`, whose forms are accepted: needed "
            "behind a proxy that ends TLS. With nothing but `https` among them, cookies go by TLS only.",
        ),
        Variable(
            "KEEPWELL_URL",
            "none",
            "The address that people type, for links in e-mail; customers unsubscribe there.",
        ),
        Variable("KEEPWELL_WEB_PROCESSES", "`1`", "How many processes answer requests."),
        Variable("KEEPWELL_PROXIES", "`0`", "How many proxies stand in front; they tell who asks."),
        Variable(
            "KEEPWELL_SMTP_URL",
            "none; no e-mail is sent",
            "`smtp[s]://user:password@host:port?from=address`: the server for digests.",
        ),
    ),
    "People": (
        Variable("KEEPWELL_CONFIDENTIALITY", "`on`", "`off`: nobody is asked to take on confidentiality."),
        Variable("KEEPWELL_SIGN_IN_LIMIT", "`30/m/ip,5/300s/key`", "Failed sign-ins that are let through."),
        Variable("KEEPWELL_OIDC_ISSUER", "none", "Address of an OpenID Connect server for single sign-on."),
        Variable("KEEPWELL_OIDC_CLIENT_ID", "none", "The client that it knows Keepwell as."),
        Variable("KEEPWELL_OIDC_CLIENT_SECRET", "none", "That client's secret."),
        Variable("KEEPWELL_OIDC_NAME", "the server's host", "What the button for it says."),
        Variable(
            "KEEPWELL_OIDC_ROLES",
            "none; accounts are made by hand",
            "Comma-separated roles of people who sign in for the first time.",
        ),
    ),
    "Interfaces": (
        Variable("KEEPWELL_API_RATE", "`1200`", "Requests a minute that one caller of the API may make."),
        Variable("KEEPWELL_TRACKING_RATE", "`60000`", "Tracking calls a minute that one key may make."),
        Variable("KEEPWELL_WEBHOOKS_PRIVATE", "off", "`1`: webhooks may go to addresses of the own network."),
    ),
    "E-mails of customers": (
        Variable(
            "KEEPWELL_MAIL_ADDRESSES",
            "none; whoever is no customer is of the company",
            "Comma-separated addresses and `@domains` of the company: they tell who wrote.",
        ),
        Variable(
            "KEEPWELL_MAILDIR", "none", "A Maildir: the worker puts what is delivered there on the records."
        ),
    ),
    "Operations": (
        Variable(
            "KEEPWELL_BACKUP_DIR", "none; no backups by itself", "Where the worker puts a backup a day."
        ),
        Variable("KEEPWELL_BACKUP_HOUR", "`2`", "The hour of that backup."),
        Variable(
            "KEEPWELL_BACKUP_KEEP",
            "`7,4,6`",
            "Of how many days, weeks and months the newest backup is kept.",
        ),
        Variable(
            "KEEPWELL_BACKUP_PASSPHRASE_FILE",
            "none",
            "The file with the passphrase of the key ring in backups. Without one, and without the next, "
            "backups by itself leave the key ring out.",
        ),
        Variable("KEEPWELL_BACKUP_PASSPHRASE", "none", "The passphrase itself; the file is safer."),
        Variable(
            "KEEPWELL_METRICS_TOKEN",
            "none; this machine only",
            "Who shows it as bearer token may read `/metrics`.",
        ),
        Variable("KEEPWELL_LOG", "`WARNING`", "From which level on log lines are written."),
        Variable(
            "KEEPWELL_LOG_FORMAT",
            "`plain`",
            "`json`: one JSON document a line, and a line for each request.",
        ),
        Variable("KEEPWELL_DEBUG", "off", "`1`: commands show where an error comes from."),
        Variable(
            "PROMETHEUS_MULTIPROC_DIR",
            "a folder of each server",
            "Through which folder the processes of the web app share their figures.",
        ),
    ),
    "Set by Keepwell itself": (
        Variable("KEEPWELL_SUPERVISED", "none", "`keepwell serve` tells its worker whose child it is."),
    ),
}

HEAD = """# Settings

Made by `python -m keepwell.foundation.environment`; a test compares it with the program.

Everything is set by environment variables, and nothing has to be: each has a value that works on one machine.
What people decide in their work (thresholds, treatments, roles, rules of alerts) is set in the web app.
"""


def names() -> set[str]:
    """The names of all variables."""
    return {variable.name for group in GROUPS.values() for variable in group}


def render() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for title, group in GROUPS.items():
        lines = [f"## {title}", "", "| variable | without it | what it changes |", "|---|---|---|"]
        lines += [f"| `{v.name}` | {v.default} | {v.changes.replace('|', chr(92) + '|')} |" for v in group]
        parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    import sys

    sys.stdout.write(render())
