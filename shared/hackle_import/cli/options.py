"""The options that several commands share, and the command's own class: it knows the file of settings."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from hackle_import.cli import tell
from hackle_import.cli.config import FILE, NAMES, WRITTEN, Config, found_config
from hackle_import.drop import INCOMING, MAPPINGS
from hackle_import.settings import overlap

F = TypeVar("F", bound=Callable[..., Any])
NAMED = ""
_META = "hackle_import"  # of a context: what the file of settings says, and the settings that are given

SETTINGS = {
    "HACKLE_DAY_FOLDER": "A day's folder, such as dt={day}.",
    "HACKLE_DAY_TIMEZONE": "The zone that days are cut in, such as Asia/Seoul.",
    "HACKLE_OSNAMES": "Allowed osname, divided by commas; * for any.",
    "HACKLE_BUCKET_OWNERS": "AWS accounts that buckets must be of: bucket=account,...",
    "HACKLE_MAX_LINE_BYTES": "Longest record, in bytes.",
    "HACKLE_MAX_RATIO": "Most that a drop may expand by.",
    "HACKLE_MAX_BYTES": "Most that a drop may be, decompressed, in bytes.",
    "HACKLE_SPOOL_BYTES": "Temporary disk for rows, in bytes.",
    "HACKLE_COMPRESSION": "Of the Parquet files: snappy or zstd.",
    "HACKLE_DECODER": "native or python: they give the same.",
    "HACKLE_EXPORTS": "Place whose exports/ has the parts of exports, if not the staging place.",
}
PUBLISH = {"HACKLE_PUBLISH": "drops, as they are handled, or closed-days."}
DAYS = PUBLISH | {
    "HACKLE_LATE": "append, hold or rewrite: what becomes of drops that come for a closed day.",
    "HACKLE_REPEATS": "report, remove-equal or remove: rows of a day that repeat an insert_id.",
    "HACKLE_DAY_ORDER": "user or ts: how a day's rows lie.",
    "HACKLE_CLOSE_HOUR": "The hour of the next day at which a day is due, 0 to 23.",
    "HACKLE_LOOK_BACK_DAYS": "Closed days that are looked at for changes.",
}


class Command(click.Command):
    """Takes the defaults of its options from hackle-import.toml, where there is one."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        config = Config() if parent and parent.resilient_parsing else found_config(args, self._flags())
        context = super().make_context(info_name, args, parent, default_map=config.defaults, **extra)
        context.meta[_META] = config
        if "lake" in context.params:
            _tell_unheeded(config, context.params.get("staging"))
        return context

    def _flags(self) -> set[str]:
        """Options that take no value."""
        flags = {name for one in self.params if isinstance(one, click.Option) and one.is_flag for name in one.opts}
        return {*flags, "-h", "--help"}


class NameGroup(click.Group):
    """A name that is no subcommand is for the command NAMED."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "show", self.commands[NAMED], args


def _tell_unheeded(config: Config, staging: str | None) -> None:
    """Of `[folders]`, what lies below incoming/: there a folder's own name is its mapping's, for a deployed function as
    for `run`, such that both make the same of a drop."""
    if staging is None or "://" in staging:
        return
    incoming = Path(staging, INCOMING).resolve()
    for folder in config.folders:
        if folder.is_relative_to(incoming) and folder != incoming:
            name = folder.relative_to(incoming).parts[0]
            told = f"put the mapping at {MAPPINGS}{name}.toml of {staging}"
            tell(f"[folders] does not hold for {INCOMING}{name}/: {told}")


def config_of(context: click.Context) -> Config:
    """What the file of settings says."""
    found: Config = context.meta[_META]
    return found


def settings_options(function: F) -> F:
    """Every setting that changes how drops are handled, and the file that holds them."""
    function = click.option(
        "--hash-key-file", metavar="FILE", expose_value=False, callback=_hash_key,
        help="A file with the key of [privacy] hash; HACKLE_HASH_KEY holds the key itself.",
    )(_settings(SETTINGS, function))  # fmt: skip
    return config_option(function)


def publish_option(function: F) -> F:
    """Where drops' files go."""
    return _settings(PUBLISH, function)


def days_options(function: F) -> F:
    """Every setting of closed days."""
    return _settings(DAYS, function)


def _settings(named: Mapping[str, str], function: F) -> F:
    for name, meaning in reversed(list(named.items())):
        function = _setting(name, meaning)(function)
    return function


def config_option(function: F) -> F:
    """`--config` is looked for before anything is parsed: see `Command`."""
    return click.option(
        "--config", metavar="FILE", expose_value=False,
        help="Settings and places; else hackle-import.toml beside the data or in this folder.",
    )(function)  # fmt: skip


def _setting(name: str, meaning: str) -> Callable[[F], F]:
    option = "--" + name.removeprefix("HACKLE_").lower().replace("_", "-")
    return click.option(
        option, metavar="TEXT", envvar=name, show_envvar=True, expose_value=False, callback=_given, help=meaning
    )


def _given(context: click.Context, option: click.Parameter, text: str | None) -> None:
    """Kept for `outside.environment`."""
    if text is None:
        return
    name, source = option.name or "", context.get_parameter_source(option.name or "")
    setting = f"HACKLE_{name.upper()}"
    context.meta.setdefault(NAMES, {})[setting] = text
    if source is ParameterSource.COMMANDLINE:
        context.meta.setdefault(WRITTEN, {})[setting] = option.opts[0]
    elif source is ParameterSource.DEFAULT_MAP:
        context.meta.setdefault(WRITTEN, {})[setting] = f"{FILE}: {name}"


def _hash_key(context: click.Context, _: click.Parameter, path: str | None) -> None:
    if path is not None:
        try:
            context.meta.setdefault(NAMES, {})["HACKLE_HASH_KEY"] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise click.UsageError(f"--hash-key-file: {path} cannot be read as text") from None


def _apart(context: click.Context, option: click.Parameter, place: str) -> str:
    """Whichever of both places comes second is held against the first."""
    places = {**context.params, option.name: place}
    if "staging" in places and "lake" in places:
        named = {"HACKLE_STAGING": "--staging", "HACKLE_IMPORT": "--import"}
        for problem in overlap(*(_whole(places[name]) for name in ("staging", "lake"))):
            for setting, written in named.items():
                problem = problem.replace(setting, written)  # noqa: PLW2901 - as it was written here
            raise click.UsageError(problem)
    return place


def _whole(place: str) -> str:
    return place.rstrip("/") if "://" in place else str(Path(place).resolve())


staging_option = click.option(
    "--staging", required=True, envvar="HACKLE_STAGING", show_envvar=True, callback=_apart, metavar="PLACE",
    help="Folder, s3://… or gs://… that holds incoming/.",
)  # fmt: skip
ledger_option = click.option(
    "--staging", required=True, envvar="HACKLE_STAGING", show_envvar=True, callback=_apart, metavar="PLACE",
    help="The place that holds state/; of `convert --out PLACE` it is PLACE-ledger.",
)  # fmt: skip
lake_option = click.option(
    "--import", "lake", required=True, envvar="HACKLE_IMPORT", show_envvar=True, callback=_apart, metavar="PLACE",
    help="Where Hackle reads, its prefix included.",
)  # fmt: skip
mapping_option = click.option(
    "--mapping", default="hackle", show_default=True, metavar="NAME|FILE", help="A preset, or a TOML file."
)
drops_argument = click.argument("drops", nargs=-1, required=True, metavar="DROP...")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
strict_option = click.option("--strict", is_flag=True, help="Exit with 1 when a row was rejected.")
jobs_option = click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Processes.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Show only what is wrong.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Tell each drop as it ends.")


def manner_options(function: F) -> F:
    """How a command that handles drops shows what it does."""
    return json_option(quiet_option(verbose_option(function)))


def handling_options(function: F) -> F:
    """What a command that handles the drops of a staging place takes."""
    return staging_option(lake_option(jobs_option(manner_options(settings_options(function)))))
