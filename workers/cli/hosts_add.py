"""`ghostcrawl hosts add`: a section for the configuration, checked before it is written."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import click

from crawler.errors import ConfigurationError, UsageError
from crawler.hosts.interface import HostKind

if TYPE_CHECKING:
    from pathlib import Path

    from workers.cli.session import Session

__all__ = ["add"]

_Keys = dict[str, str | tuple[str, ...]]


@click.command()
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in HostKind]),
    required=True,
    help="The software that it runs.",
)
@click.option("--web-url", help="Base of clone URLs; default: https:// and the name.")
@click.option("--api-url", default="", help="Base of its API, where it is not that of the pages.")
@click.option("--owner", "owners", multiple=True, help="Whose repositories; may be repeated.")
@click.option("--token-env", default="", help="NAME of the variable that will hold a token.")
@click.option(
    "--write",
    is_flag=True,
    help="Append it to the user's configuration, or that of --config; default: print it.",
)
@click.pass_obj
def add(
    session: Session,
    name: str,
    kind: str,
    web_url: str | None,
    api_url: str,
    owners: tuple[str, ...],
    token_env: str,
    *,
    write: bool,
) -> None:
    """Generate the configuration for a host: print it, or append it to the file."""
    from workers.settings import user_file

    keys: _Keys = {"kind": kind, "web_url": web_url or f"https://{name}"}
    more: _Keys = {"api_url": api_url, "owners": owners, "token_env": token_env}
    keys |= {key: value for key, value in more.items() if value}
    _check(session, name, keys)
    text = _section(name, keys)
    if not write:
        click.echo(text, nl=False)
        session.say(_advice(session, name))
        return
    file = session.settings.config or user_file()
    _append(file, text)
    session.say(f"{name}: written to {file}. {_advice(session, name)}")


def _check(session: Session, name: str, keys: _Keys) -> None:
    """Raise UsageError or ConfigurationError for what would not work."""
    from crawler.hosts import registry
    from crawler.net import Http, NullBudget
    from workers.settings import HostSection

    if "/" in name or name.strip(".") != name:
        msg = f"invalid host name {name!r}: expected one such as git.example; addresses go to --web-url"
        raise UsageError(msg)
    said = [
        name,
        *(v for value in keys.values() for v in ([value] if isinstance(value, str) else value)),
    ]
    if not all(text.isprintable() and text.strip() for text in said):
        msg = "names and addresses are printable text, such as git.example"
        raise UsageError(msg)
    if name in session.settings.hosts:
        msg = f"{name} is configured already; edit the file to change it"
        raise UsageError(msg)
    section = HostSection.model_validate(keys)
    budget = NullBudget()
    http = Http(agent="ghostcrawl", budget=budget)
    try:
        registry.build(section.host(name), http, budget, session.wiring.clock)
    finally:
        http.close()


def _section(name: str, keys: _Keys) -> str:
    # A JSON string in ASCII is a TOML basic string, too, but for surrogate pairs.
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in keys.items()}
    lines = [f"{key} = {value}" for key, value in quoted.items()]
    return "\n".join([f"[hosts.{json.dumps(name, ensure_ascii=False)}]", *lines, ""])


def _append(file: Path, text: str) -> None:
    """Append `text`; raises ConfigurationError where the file is broken, or would be by that."""
    from workers.private import make_folder

    try:
        make_folder(file.parent)
        file.touch(mode=0o600)
        before = file.read_text(encoding="utf-8")
        tomllib.loads(whole := f"{before.rstrip()}\n\n{text}".lstrip())
        file.write_text(whole, encoding="utf-8")
    except (OSError, ValueError) as error:
        msg = f"{file} cannot be extended: {error}; add the section by hand"
        raise ConfigurationError(msg) from error


def _advice(session: Session, name: str) -> str:
    standard = list(session.settings.hosts) == ["github.com"]
    first = (
        "Any section replaces the default github.com: add that, too, to keep it. "
        if standard
        else ""
    )
    return f"{first}Then: ghostcrawl hosts test {name}"
