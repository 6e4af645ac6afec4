"""`voices list|prompts|import|remove`: whose voice the system's prompts have; voice packs that people recorded."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from installer.voice_pack import BadPack, describe, install
from installer.voice_pack import remove as forget
from media.storage.stock import Stock, Voice
from softswitch.cli.context import of
from softswitch.cli.output import CliError

VOICES = (
    ("language", "Language"),
    ("name", "Pack"),
    ("speaker", "Speaker"),
    ("licence", "Licence"),
    ("source", "Source"),
    ("prompts", "Recorded"),
)
PROMPTS = (("name", "Prompt"), ("recorded", "Recorded"), ("text", "Words"))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Whose voice the system's prompts have on this node.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("prompts")(prompts)
    group.command("import")(bring)
    group.command("remove")(remove)
    app.add_typer(group, name="voices")


def listed(context: typer.Context) -> None:
    """Languages, and who recorded their prompts on which terms."""
    here = of(context)
    stock = Stock(here.data)
    rows = []
    for language in stock.languages():
        sounds, voice = stock.sounds(language), stock.voice(language)
        about = terms(voice) if voice is not None else {"language": language, "name": "spoken by this system"}
        rows.append(about | {"prompts": f"{sum(one.recorded for one in sounds)} of {len(sounds)}"})
    here.output.table(rows, VOICES, "Voices")


def prompts(context: typer.Context, language: Annotated[str, typer.Argument()] = "en") -> None:
    """The prompts of a language: their names, words, and which are recorded."""
    here = of(context)
    here.output.table([asdict(one) for one in Stock(here.data).sounds(language)], PROMPTS, f"Prompts, {language}")


def bring(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="Folder of WAVE files, e.g. /usr/share/asterisk/sounds/en_US_f_Allison")
    ],
    pack: Annotated[
        Path | None, typer.Option(help="Description of the pack; default: its pack.toml, or one known by its folder.")
    ] = None,
) -> None:
    """Let a voice that was recorded say what it can of the prompts of its language; the others stay as they are."""
    here = of(context)
    try:
        made = install(here.data, folder, describe(folder, pack))
    except BadPack as error:
        raise CliError(str(error)) from error
    voice = made.voice
    credit = f"{voice.name}: {voice.speaker}, {voice.licence} {voice.licence_url}".rstrip()
    missing = [f"stays spoken: {name} ({file} is not there)" for name, file in made.missing.items()]
    here.output.lines(
        (
            f"{len(made.prompts)} prompts in {voice.language!r} are recorded ones from the next call on",
            credit,
            *missing,
        ),
        {"voice": terms(voice), "prompts": list(made.prompts), "missing": dict(made.missing)},
    )


def remove(context: typer.Context, language: str) -> None:
    """Away with a voice pack: its prompts are spoken by this system again."""
    here = of(context)
    try:
        voice = forget(here.data, language)
    except BadPack as error:
        raise CliError(str(error)) from error
    here.output.lines((f"{voice.name} is removed",), {"removed": terms(voice)})


def terms(voice: Voice) -> dict[str, str]:
    """Who is heard and on which terms."""
    return {name: value for name, value in asdict(voice).items() if name != "words"}
