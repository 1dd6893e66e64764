"""One typed `Settings`: environment over `portal.toml` over defaults.

Only facts that a college or its host decides belong here. What a plugin lets people change at run time
is declared by the plugin (`settings()` hook), not here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

# Known to everyone who reads this file, so production refuses it.
DEVELOPMENT_SECRET = "for-development-only-change-me"  # noqa: S105 - refused outside development
SHORTEST_SECRET = 32  # characters; 128 bits even when written as hexadecimal


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one line a person can act on."""


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


CommaList = Annotated[list[str], NoDecode, BeforeValidator(_split_commas)]


class College(BaseModel):
    """Who the college is: shown on every page, in messages and calendars."""

    name: str = "Harbour Recovery College"
    tagline: str = "Courses about living well, made together"
    email: str = "hello@college.example"
    phone: str = "0300 000 0000"
    hours: str = "Monday to Friday, 9am to 5pm"
    address: str = "The Old Boathouse, Quay Lane, Seaford"
    # Where "leave this page" goes: somewhere dull that says nothing about the person.
    leave_url: str = "https://www.bbc.co.uk/weather"
    # Shown in "need help now"; each is a label and a number to call.
    urgent_help: list[tuple[str, str]] = [
        ("Emergency services", "999"),
        ("NHS urgent mental health help", "111"),
        ("Samaritans, any time", "116 123"),
    ]
    # Theme: any CSS colour that keeps 4.5:1 on white; `portal doctor` checks the contrast.
    brand_colour: str = Field(default="#1f5c57", pattern=r"^#[0-9a-fA-F]{6}$")
    accent_colour: str = Field(default="#b5472f", pattern=r"^#[0-9a-fA-F]{6}$")
    # A PNG or WebP file in the data folder; without one the name stands alone.
    logo: Path | None = None


class Files(BaseModel):
    """Where the files that people give are kept, and who looks at them before."""

    # A bucket of an S3-compatible store; "" keeps files in the folder `files` of the data folder. Its
    # credentials come from the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    bucket: str = Field(default="", pattern=r"^[a-z0-9.-]{0,63}$")
    # Its address, where it is not Amazon's own; and the region it is in.
    endpoint: str = Field(default="", pattern=r"^(https?://[^/\s]+)?$")
    region: str = "eu-west-2"
    # Refuse every file that no scanner for viruses has called clean; a plugin brings the scanner.
    scan_needed: bool = False
    # Seconds that a whole request may take to arrive. Whoever sends slowly holds one of few places meanwhile.
    arrive_within: float = Field(default=30, ge=1, le=300)


class Settings(BaseSettings):
    """Everything the portal needs to know to start."""

    model_config = SettingsConfigDict(
        env_prefix="PORTAL_",
        env_nested_delimiter="__",
        toml_file="portal.toml",
        extra="forbid",
        frozen=True,
    )

    environment: Literal["development", "test", "production"] = "production"
    secret_key: SecretStr = SecretStr("")
    base_url: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://[^/\s]+$")
    data_dir: Path = Path("var")
    # What seals backups; unset means data_dir/backup.key. No backup holds it.
    backup_key_file: Path | None = None
    # What seals values in the database; unset means data_dir/values.key. No backup holds it.
    value_key_file: Path | None = None
    # Empty means SQLite at data_dir/portal.db; else postgresql+psycopg://…
    database_url: str = ""
    # Unset means every installed plugin; a list (or commas in the environment) means just these.
    plugins: CommaList | None = None
    languages: CommaList = ["en"]
    timezone: str = "Europe/London"
    # How many proxies in front set X-Forwarded-*; 0 trusts none.
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    # smtp://user:password@host:587 ; "console" prints (never in production); "" keeps messages
    # in the outbox.
    mail_url: str = "console"
    # https://user:password@gateway/… takes text messages (see portal/messages/texters.py); "console"
    # prints (never in production); "" has people with a mobile phone rung up.
    sms_url: str = "console"
    sms_from: str = Field(default="College", pattern=r"^[A-Za-z0-9 +]{1,15}$")
    mail_from: str = "Harbour Recovery College <hello@college.example>"
    # Where tries are counted. Empty means a file in the data folder, which all processes of this machine
    # share; several machines need a store such as redis://…; memory:// counts in each process by itself.
    rate_limit_store: str = ""
    # Who shows this token as "Authorization: Bearer …" may read /metrics; "" means nobody can.
    metrics_token: SecretStr = SecretStr("")
    # Whether roles that see other people's records (accounts/policies.py, PRIVILEGED) work only with a
    # passkey or an authenticator app. Unset means in production, and not in the demo college.
    staff_second_step: bool | None = None
    college: College = College()
    files: Files = Files()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over `portal.toml`; no .env file, so there is one place to look."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"timezone {self.timezone!r} is not a known zone") from error
        secret = self.secret_key.get_secret_value()
        if self.environment == "production" and (
            len(secret) < SHORTEST_SECRET or secret == DEVELOPMENT_SECRET
        ):
            raise ValueError(
                "PORTAL_SECRET_KEY must be set to at least "
                f"{SHORTEST_SECRET} random characters in production; `portal init` writes a "
                "portal.toml with one"
            )
        return self

    @property
    def development(self) -> bool:
        """True on a developer's machine: `/style` is shown, a faulty plugin stops the boot."""
        return self.environment == "development"

    @property
    def strict_boot(self) -> bool:
        """True where a plugin that fails at boot stops the boot instead of being quarantined."""
        return self.environment != "production"

    @property
    def asks_staff_for_second_step(self) -> bool:
        """True where whoever sees other people's records has to sign in with two proofs."""
        if self.staff_second_step is None:
            return self.environment == "production"
        return self.staff_second_step

    @property
    def secure_cookies(self) -> bool:
        """True when the portal is reached over TLS, so cookies can be `__Host-` and Secure."""
        return self.base_url.startswith("https://")

    @property
    def secret(self) -> str:
        """The signing secret; the published development one only outside production."""
        return self.secret_key.get_secret_value() or DEVELOPMENT_SECRET

    @property
    def sqlalchemy_url(self) -> str:
        """The SQLAlchemy URL: what was set, or SQLite in the data folder."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.data_dir / 'portal.db').absolute()}"


def load_settings(**overrides: object) -> Settings:
    """Settings from overrides, environment and `portal.toml`.

    Raises:
        SettingsError: one line naming each wrong setting and what is wrong with it.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        faults = "; ".join(
            f"PORTAL_{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            if fault["loc"]
            else str(fault["msg"]).removeprefix("Value error, ")
            for fault in error.errors()
        )
        raise SettingsError(f"Wrong settings: {faults}") from None
    except ValueError as error:  # an unreadable portal.toml
        raise SettingsError(f"Wrong settings: portal.toml: {error}") from None


def load_settings_or_exit(**overrides: object) -> Settings:
    """`load_settings` for programs: prints the one line and exits with status 2."""
    try:
        return load_settings(**overrides)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
