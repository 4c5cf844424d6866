"""Settings: where they come from, what is refused, and that no secret is ever shown."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from outcomes.errors import SetupError
from outcomes.settings import Settings

KEY = "6e" * 32


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("OUTCOMES_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A settings file with this text, named by OUTCOMES_CONFIG."""

    def write(text: str) -> Path:
        path = tmp_path / "outcomes.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("OUTCOMES_CONFIG", str(path))
        return path

    return write


def test_everything_lies_in_the_home_unless_set_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "outcomes-home"
    settings = Settings.load()
    assert settings.database_url == f"sqlite:///{home / 'ledger.sqlite'}"
    assert (settings.lake, settings.publications) == (str(home / "lake"), home / "publications")
    assert (settings.inbox, settings.feedback) == (home / "inbox", home / "feedback")
    assert not home.exists()
    monkeypatch.setenv("OUTCOMES_HOME", "/srv/outcomes")
    monkeypatch.setenv("OUTCOMES_LAKE", "s3://bucket/lake")
    settings = Settings.load()
    assert (settings.lake, settings.inbox) == ("s3://bucket/lake", Path("/srv/outcomes/inbox"))


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file('outcomes_home = "/from/the/file"\noutcomes_smtp_host = "mail.example"\noutcomes_smtp_port = 25')
    monkeypatch.setenv("OUTCOMES_HOME", "/from/the/environment")
    settings = Settings.load()
    assert settings.home == Path("/from/the/environment")
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_security) == ("mail.example", 25, "starttls")


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OUTCOMES_POLICY", "OUTCOMES_SMTP_PORT", "OUTCOMES_PSEUDONYM_KEY", "OUTCOMES_LAKE"):
        monkeypatch.setenv(name, "")
    settings = Settings.load()
    assert (settings.policy, settings.smtp_port, settings.pseudonym_key) == (None, 587, None)
    assert settings.lake.endswith("outcomes-home/lake")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("outcomes_hime = '/srv'", "OUTCOMES_HIME: Extra inputs are not permitted"),
        ("home = '/srv'", "has 'home': every name in it begins with 'outcomes_'"),
        ("outcomes_home = ", "is not valid TOML"),
        ("outcomes_home = 5", "outcomes_home is not a path"),
        ("[outcomes_home]\nat = '/srv'", "outcomes_home is not a path"),
        ("outcomes_smtp_port = 'many'", "OUTCOMES_SMTP_PORT: Input should be a valid integer"),
        ("outcomes_smtp_security = 'some'", "OUTCOMES_SMTP_SECURITY: Input should be 'starttls', 'tls' or 'none'"),
    ],
)
def test_a_file_with_a_mistake_is_refused_in_a_sentence_that_names_it(
    text: str, sentence: str, file: Callable[[str], Path]
) -> None:
    file(text)
    with pytest.raises(SetupError, match=sentence):
        Settings.load()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCOMES_CONFIG", str(tmp_path / "nowhere.toml"))
    with pytest.raises(SetupError, match=r"nowhere\.toml, named by OUTCOMES_CONFIG, cannot be read"):
        Settings.load()


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("not hexadecimal " * 4, "is not hexadecimal"),
        (KEY[:-2], "is shorter than 32 bytes"),
        ("0", "is not hexadecimal"),
    ],
)
def test_a_bad_key_is_refused_without_being_shown(key: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCOMES_PSEUDONYM_KEY", key)
    with pytest.raises(SetupError, match=f"OUTCOMES_PSEUDONYM_KEY: the key {sentence}") as error:
        Settings.load()
    assert len(key) < 2 or key not in str(error.value)


def test_without_a_key_nothing_can_be_landed() -> None:
    with pytest.raises(SetupError, match="no pseudonym key, so nothing can be landed: set OUTCOMES_PSEUDONYM_KEY"):
        Settings.load().key()


def test_a_key_has_an_id_of_its_own_or_the_one_given() -> None:
    raw, key_id = Settings.load(pseudonym_key=KEY).key()
    assert raw == bytes.fromhex(KEY)
    assert len(key_id) == 12
    assert key_id not in KEY
    assert Settings.load(pseudonym_key="ff" * 32).key()[1] != key_id

    # A name of one's own is put before it: a key changed under the same name is noticed all the same.
    assert Settings.load(pseudonym_key=KEY, pseudonym_key_id="2018").key() == (raw, f"2018 {key_id}")


@pytest.mark.parametrize("shown", [repr, str, "{0}".format, "{0!r}".format])
def test_no_secret_is_in_what_is_printed(shown: Callable[[Settings], str], file: Callable[[str], Path]) -> None:
    file("outcomes_smtp_password = 'hush-mail'")
    settings = Settings.load(
        pseudonym_key=KEY, database_url="postgresql+psycopg://outcomes:hush-database@db.example/outcomes"
    )
    assert settings.smtp_password.get_secret_value() == "hush-mail"
    for secret in (KEY, "hush-mail", "hush-database"):
        assert secret not in shown(settings)


def test_no_secret_is_in_a_refusal() -> None:
    with pytest.raises(SetupError) as error:
        Settings.load(pseudonym_key=KEY, smtp_password="hush-mail", smtp_port="hush-port", smtp_security="hush")
    assert not any(secret in str(error.value) for secret in (KEY, "hush"))


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.load().home = Path("/elsewhere")  # type: ignore[misc]
