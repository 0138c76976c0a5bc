"""The command line: `keepwell COMMAND`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from keepwell import __version__
from keepwell.cli.errors import DONE, FAILED, WRONG_USAGE, explain
from keepwell.cli.options import CONTEXT

HELP = """Know, keep and win back your customers.

\b
Try it:              keepwell demo
With your own data:  keepwell import orders.csv
                     keepwell cycle
                     keepwell at-risk
"""
# Command -> (module, name): modules load only when their command runs or help lists it.
COMMANDS = {
    "demo": "demo",
    "init": "init",
    "import": "imports",
    "mail": "mail",
    "cycle": "cycle",
    "at-risk": "customers",
    "customer": "customers",
    "plan": "plan",
    "export": "export",
    "segment": "segment",
    "serve": "serve",
    "work": "work",
    "send": "send",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "restore",
    "keys": "keys",
    "audit": "audit",
    "simulate": "simulate",
    "year": "year",
    "search": "search",
    "jobs": "jobs",
}


class Commands(click.Group):
    """Commands in the order of a first day, each loaded when needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module = import_module(f"keepwell.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
        return command


@click.group(cls=Commands, context_settings=CONTEXT, help=HELP)
@click.version_option(__version__, "-V", "--version", prog_name="keepwell")
def cli() -> None:
    """The program."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code is 0 done, 1 failed, 2 wrong usage, 3 done with rejected rows."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    wants_json = "--json" in given
    try:
        answer = cli.main(args=given, prog_name="keepwell", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_asked:
        click.echo(help_asked.ctx.get_help() if help_asked.ctx else help_asked.format_message())
        return DONE
    except click.UsageError as error:
        where = f" Try '{error.ctx.command_path} --help'." if error.ctx else ""
        return _fail(error.format_message().rstrip(".") + "." + where, "", wants_json, WRONG_USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), "", wants_json, FAILED)
    except (click.Abort, KeyboardInterrupt):
        return _fail("stopped", "", wants_json, FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if os.environ.get("KEEPWELL_DEBUG") == "1":
            raise
        message, field = explain(error)
        return _fail(message, field, wants_json, FAILED)
    return answer if isinstance(answer, int) else DONE


def _fail(message: str, field: str, wants_json: bool, code: int) -> int:
    click.echo(f"keepwell: {message}", err=True)
    if wants_json:
        from keepwell.cli.output import emit

        emit({"error": {"message": message, "field": field, "exit_code": code}})
    return code
