"""Where this installation keeps its things, and its secrets.

Owns the settings: environment variables `OUTCOMES_…`, or the same names in lower case in a TOML file that
OUTCOMES_CONFIG names; the environment wins. Promises that a secret is never shown by printing the settings. Never
creates or opens anything.
"""

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from outcomes.errors import SetupError

_PREFIX = "outcomes_"


class ConnectionSetting(BaseModel):
    """Where a source of extracts is and how to log in there, in the form of an Airflow connection."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    login: str = ""
    password: SecretStr = SecretStr("")
    # It may hold keys.
    extra: dict[str, Any] = Field(default_factory=dict, repr=False)


class Settings(BaseSettings):
    """All settings; see docs/operating.md for what each means."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    home: Path = Path("./outcomes-home")
    # It may hold a password.
    database_url: str = Field(default="", repr=False)
    lake: str = ""
    publications: Path = Path()
    inbox: Path = Path()
    organisations: Path | None = None
    policy: Path | None = None
    measures: Path | None = None

    connections: dict[str, ConnectionSetting] = Field(default_factory=dict, repr=False)

    pseudonym_key: SecretStr | None = None
    pseudonym_key_id: str = ""
    pseudonym_key_before: SecretStr | None = None

    # By supplier: OUTCOMES_ZIP_PASSWORD_RJE, or all of them as JSON.
    zip_passwords: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)
    pgp_keys: SecretStr = SecretStr("")
    pgp_passphrase: SecretStr = SecretStr("")

    transport: Literal["smtp", "notify"] = "smtp"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    notify_api_key: SecretStr = SecretStr("")
    notify_template_id: str = ""
    notify_url: str = "https://api.notifications.service.gov.uk"
    mail_from: str = "Outcome measures <outcomes@stp.example>"
    mail_reply_to: str = ""
    publications_url: str = Field(default="", description="where readers reach the publications, for links in messages")

    @classmethod
    def load(cls, **given: Any) -> Self:
        """The settings in force; raises SetupError with the name of each setting that cannot be used."""
        try:
            return cls(**given)
        except SettingsError as error:
            # Only what is written as JSON can be no JSON.
            field = str(error).split('"')[1] if '"' in str(error) else "connections"
            name = f"{_PREFIX}{field}".upper()
            raise SetupError(
                f"A setting cannot be used ({name}: it is not JSON): correct it in the environment."
            ) from None
        except ValidationError as error:
            faults = "; ".join(
                f"{(_PREFIX + str(e['loc'][0]) if e['loc'] else 'settings').upper()}: "
                + e["msg"].removeprefix("Value error, ")
                for e in error.errors()
            )
            raise SetupError(
                f"A setting cannot be used ({faults}): correct it in the environment or the file."
            ) from None

    @model_validator(mode="before")
    @classmethod
    def _defaults_in_the_home(cls, given: dict[str, Any]) -> dict[str, Any]:
        home = given.get("home") or "./outcomes-home"
        if not isinstance(home, str | Path):
            raise ValueError("outcomes_home is not a path: write it in quotation marks")
        home = Path(home).expanduser().absolute()
        places = {"lake": home / "lake", "publications": home / "publications", "inbox": home / "inbox"}
        for name, place in places.items():
            given[name] = str(given.get(name) or place)
        given["database_url"] = given.get("database_url") or f"sqlite:///{home / 'ledger.sqlite'}"
        given["home"] = home
        return given

    @model_validator(mode="before")
    @classmethod
    def _a_password_for_each_supplier(cls, given: dict[str, Any]) -> dict[str, Any]:
        prefix = "zip_password_"
        named = {k: given.pop(k) for k in list(given) if k.startswith(prefix)}
        environment = {k.lower(): v for k, v in os.environ.items()}
        named |= {k.removeprefix(_PREFIX): v for k, v in environment.items() if k.startswith(_PREFIX + prefix)}
        passwords = {k.removeprefix(prefix).upper(): v for k, v in named.items() if v}
        together = given.get("zip_passwords") or {}
        if isinstance(together, str):
            try:
                together = json.loads(together)
            except ValueError:
                together = None
        if not isinstance(together, dict):
            raise ValueError('outcomes_zip_passwords is no JSON object: write it as {"RJE": "…"}')
        given["zip_passwords"] = passwords | together
        return given

    @field_validator("pseudonym_key", "pseudonym_key_before")
    @classmethod
    def _a_key_is_long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None or not key.get_secret_value():
            return None
        try:
            raw = bytes.fromhex(key.get_secret_value())
        except ValueError:
            raise ValueError("the key is not hexadecimal") from None
        if len(raw) < 32:
            raise ValueError("the key is shorter than 32 bytes (64 hexadecimal digits)")
        return key

    @property
    def feedback(self) -> Path:
        """Where the feedback reports for the suppliers lie."""
        return self.home / "feedback"

    @property
    def quarantine(self) -> Path:
        """Where fetched files lie, as sent, until they are landed."""
        return self.home / "quarantine"

    @property
    def objections(self) -> Path:
        """Where questions to the check service lie, and its answers."""
        return self.home / "objections"

    def key_before(self) -> tuple[bytes, str]:
        """The key that the lake was landed under before, and its fingerprint; raises SetupError when there is none."""
        if self.pseudonym_key_before is None:
            raise SetupError(
                "There is no key to change from: set OUTCOMES_PSEUDONYM_KEY_BEFORE to the key the lake was landed "
                "under, and "
                "OUTCOMES_PSEUDONYM_KEY to the new one."
            )
        raw = bytes.fromhex(self.pseudonym_key_before.get_secret_value())
        return raw, _fingerprint(raw)

    def make_home(self) -> None:
        """Make the home where it is missing, for this account alone; raises SetupError when it cannot be made."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"The home {self.home} cannot be made ({error.strerror}): set OUTCOMES_HOME to a folder that can."
            ) from None

    def key(self) -> tuple[bytes, str]:
        """The pseudonym key and its id; raises SetupError when there is none."""
        if self.pseudonym_key is None:
            raise SetupError(
                "There is no pseudonym key, so nothing can be landed: set OUTCOMES_PSEUDONYM_KEY, or in Airflow the "
                "password of the connection outcomes_pseudonym_key "
                "(hexadecimal, 32 bytes at least; `openssl rand -hex 32` makes one), and keep it safe."
            )
        raw = bytes.fromhex(self.pseudonym_key.get_secret_value())
        return raw, f"{self.pseudonym_key_id} {_fingerprint(raw)}".strip()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[Any, ...]:
        return init_settings, env_settings, _file


def _fingerprint(key: bytes) -> str:
    # Of 32 random bytes it says nothing, and notices a key changed under the same name.
    return hashlib.sha256(b"outcomes key id" + key).hexdigest()[:12]


def _file() -> dict[str, Any]:
    path = os.environ.get("OUTCOMES_CONFIG")
    if not path:
        return {}
    try:
        text = Path(path).read_text(encoding="utf-8")
        entries = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"The settings file {path}, named by OUTCOMES_CONFIG, cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"The settings file {path} is not valid TOML ({error}): mend that line.") from None
    unknown = [name for name in entries if not name.startswith(_PREFIX)]
    if unknown:
        raise SetupError(f"The settings file {path} has {unknown[0]!r}: every name in it begins with {_PREFIX!r}.")
    return {name.removeprefix(_PREFIX): value for name, value in entries.items()}
