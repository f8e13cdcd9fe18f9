"""The settings: the only reader of the environment and of ``.env``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

MINIMUM_SECRET = 32  # docs.qonto.com, create-a-webhook-subscription: a secret has 32 to 128 characters

Names = Annotated[tuple[str, ...], NoDecode]


class SettingsError(Exception):
    """Settings that cannot be used. ``problems`` are French sentences, one per setting at fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _url_with_slash(value: AnyHttpUrl) -> str:
    return str(value).rstrip("/") + "/"


class Settings(BaseSettings):
    """One typed object, built once and handed down. Secrets never show in its repr."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    # May hold a password, so it stays out of the repr.
    database_url: str = Field(default="sqlite+aiosqlite:///data/bot.db", repr=False)
    data_dir: Path = Path("data")

    qonto_api_key: SecretStr | None = None
    qonto_organization_id: str | None = None
    qonto_bank_account_id: Names = ()
    qonto_webhook_secret: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    qonto_client_id: str | None = None
    qonto_client_secret: SecretStr | None = None
    qonto_staging_token: SecretStr | None = None
    qonto_api_url: AnyHttpUrl = AnyHttpUrl("https://thirdparty.qonto.com")
    qonto_oauth_url: AnyHttpUrl = AnyHttpUrl("https://oauth.qonto.com")

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: AnyHttpUrl = AnyHttpUrl("https://slack.com/api/")
    slack_channel: str | None = None
    slack_admins: Names = ()

    api_token: SecretStr | None = None
    public_url: AnyHttpUrl | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sync_every_minutes: int = Field(default=10, ge=0, le=1440)
    webhook_tolerance_seconds: int = Field(default=300, ge=0)
    inbox_keep_days: int = Field(default=30, ge=1, le=3650)

    @field_validator("qonto_bank_account_id", "slack_admins", "qonto_webhook_secret", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        """Accept a comma-separated list, as a line of ``.env`` can hold it."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("commencer par sqlite+aiosqlite:/// ou postgresql+asyncpg://")
        return value

    @field_validator("qonto_webhook_secret")
    @classmethod
    def _long_secrets(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(secret.get_secret_value()) < MINIMUM_SECRET for secret in value):
            raise ValueError(f"chaque secret doit compter au moins {MINIMUM_SECRET} caractères")
        return value

    @field_validator("slack_admins")
    @classmethod
    def _slack_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in value if not name.startswith(("U", "W", "S")) or not name.isalnum()]
        if wrong:
            raise ValueError(f"identifiants Slack attendus (U… ou S…), lu : {', '.join(wrong)}")
        return value

    @classmethod
    def load(cls, env_file: str | None = ".env") -> Self:
        """Read the environment, then ``env_file``. Raises SettingsError listing every problem."""
        try:
            return cls(_env_file=env_file)
        except ValidationError as error:
            raise SettingsError(list(_sentences(error))) from None

    def qonto_login_key(self) -> SecretStr | None:
        """Give ``login:secret``, completing a bare secret with QONTO_ORGANIZATION_ID.

        docs.qonto.com, authentication/api-key: both strings joined by a colon.
        """
        if self.qonto_api_key is None:
            return None
        key = self.qonto_api_key.get_secret_value()
        if ":" in key or not self.qonto_organization_id:
            return self.qonto_api_key
        return SecretStr(f"{self.qonto_organization_id}:{key}")

    def missing_to_serve(self) -> list[str]:
        """List in French what ``serve`` still needs."""
        return list(self._missing())

    def _missing(self) -> Iterator[str]:
        if self.slack_bot_token is None:
            yield "SLACK_BOT_TOKEN : jeton xoxb-… de l’application Slack"
        if self.slack_signing_secret is None and self.slack_app_token is None:
            yield "SLACK_SIGNING_SECRET (HTTP) ou SLACK_APP_TOKEN (Socket Mode)"
        if not self.slack_channel:
            yield "SLACK_CHANNEL : identifiant C… du canal des paiements"
        if not self.slack_admins:
            yield "SLACK_ADMINS : identifiants U… ou S… de celles et ceux qui peuvent associer"
        yield from self._missing_bank()

    def _missing_bank(self) -> Iterator[str]:
        key = self.qonto_login_key()
        if key is None and not (self.qonto_client_id and self.qonto_client_secret):
            yield "QONTO_API_KEY (identifiant:clé), ou QONTO_CLIENT_ID et QONTO_CLIENT_SECRET"
        elif key is not None and ":" not in key.get_secret_value():
            yield "QONTO_API_KEY : écrire identifiant:clé, ou donner l’identifiant dans QONTO_ORGANIZATION_ID"
        if bool(self.qonto_client_id) != bool(self.qonto_client_secret):
            yield "QONTO_CLIENT_ID et QONTO_CLIENT_SECRET vont ensemble"

    def slack_api_base(self) -> str:
        """Give the Slack Web API address, with the closing slash its client needs."""
        return _url_with_slash(self.slack_api_url)


class FixedSettings(Settings):
    """Settings given by hand: neither the environment nor ``.env`` is read (demo and tests)."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keep what was given, and nothing else."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        name = str(problem["loc"][0]).upper()
        reason = str(problem["msg"]).removeprefix("Value error, ")
        yield f"{name} : {reason}"
