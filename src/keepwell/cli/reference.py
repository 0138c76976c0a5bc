"""The reference page of all commands, made from the commands themselves.

python -m keepwell.cli.reference > docs/reference/commands.md
"""

from __future__ import annotations

import click

from keepwell.cli.main import COMMANDS, cli

HEAD = """# Commands

Made by `python -m keepwell.cli.reference`; a test compares it with the program.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done with rejected rows. With `--json`, exactly one JSON
document goes to stdout, also after an error (`{"error": {"message", "field", "exit_code"}}`); progress and
messages go to stderr. `KEEPWELL_DEBUG=1` shows where an error comes from. `python -m keepwell` is the same
program.
"""


def render() -> str:
    """The page as Markdown."""
    context = click.Context(cli, info_name="keepwell", **cli.context_settings)
    parts = [HEAD]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is not None:
            parts.append(_section(name, command, context))
    return "\n".join(parts)


def _section(name: str, command: click.Command, parent: click.Context) -> str:
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    usage = " ".join(command.collect_usage_pieces(context))
    paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    lines = [f"## keepwell {name}", "", f"    keepwell {name} {usage}", ""]
    for paragraph in paragraphs:
        lines += [paragraph, ""]
    lines += ["| option | meaning |", "|---|---|"]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            lines.append("| " + " | ".join(_cell(text) for text in _tidy(record)) + " |")
    lines.append("")
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                lines.append(_section(f"{name} {inner}", found, parent))
    return "\n".join(lines)


def _tidy(record: tuple[str, str]) -> tuple[str, str]:
    return f"`{record[0]}`", " ".join(record[1].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    click.echo(render(), nl=False)
