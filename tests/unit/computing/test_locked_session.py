"""The locked session: one record for each key, only what concerns the dead, and no way out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from landed import Landing, episode, person

from outcomes.computing.session import locked_session
from outcomes.definitions.feeds import feeds
from outcomes.errors import SetupError
from outcomes.organisations import partnership

Session = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def session(landing: Landing) -> Iterator[Session]:
    """Load these files (by feed) into a locked session."""
    opened = []

    def load(**files: list[str]) -> duckdb.DuckDBPyConnection:
        opened.append(locked_session(landing.lake, files, partnership(), feeds()))
        return opened[-1]

    yield load
    for connection in opened:
        connection.close()


def of(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query).fetchall()


def test_a_registration_sent_twice_is_the_one_of_the_latest_period(landing: Landing, session: Session) -> None:
    april = landing.deaths("05W", "2018-04", {"registration_id": "A", "sex": "1"}, sequence=7)
    may = landing.deaths("05W", "2018-05", {"registration_id": "A", "sex": "2"}, sequence=1)
    loaded = session(deaths=[april, may])
    assert of(loaded, "select period, sequence, sex from deaths") == [("2018-05", 1, "2")]


def test_in_one_period_the_highest_sequence_stands_then_the_last_supplier(landing: Landing, session: Session) -> None:
    files = [
        landing.deaths("05G", "2018-04", {"registration_id": "A"}, {"registration_id": "B"}, sequence=10),
        landing.deaths("05W", "2018-04", {"registration_id": "A"}, {"registration_id": "B"}, sequence=9),
        landing.deaths("05V", "2018-04", {"registration_id": "B"}, sequence=10),
    ]
    loaded = session(deaths=files)
    # 10 is above 9 as a number, though not as a text.
    assert of(loaded, "select registration_id, supplier from deaths order by 1") == [("A", "05G"), ("B", "05V")]


def test_a_key_is_every_column_of_it(landing: Landing, session: Session) -> None:
    deaths = landing.deaths("05W", "2018-04", {"registration_id": "A", "person_id": person(1)})
    spell = ("S1", "2018-03-01", "2018-03-05")
    stays = landing.submit(
        "admissions",
        "RJE",
        "2018-03",
        episode(person(1), *spell),
        episode(person(1), *spell, episode_number=2),
        episode(person(1), *spell, provider_code="RL4"),
    )
    loaded = session(deaths=[deaths], admissions=[stays])
    assert len(of(loaded, "select * from admissions")) == 3


def test_of_the_other_feeds_only_the_records_of_people_who_died_are_loaded(landing: Landing, session: Session) -> None:
    deaths = landing.deaths(
        "05W",
        "2018-04",
        {"registration_id": "A", "person_id": person(1)},
        {"registration_id": "B", "person_id": None},
    )
    plans = landing.submit(
        "epaccs",
        "05W",
        "2018-03",
        *(
            {"record_id": f"R{n}", "person_id": p, "amended_at": "2018-03-01"}
            for n, p in enumerate([person(1), person(2), None])
        ),
    )
    loaded = session(deaths=[deaths], epaccs=[plans])
    assert of(loaded, "select record_id from epaccs") == [("R0",)]


def test_a_spell_comes_whole_when_any_of_its_episodes_is_of_somebody_who_died(
    landing: Landing, session: Session
) -> None:
    deaths = landing.deaths("05W", "2018-04", {"registration_id": "A", "person_id": person(1)})
    march = landing.submit(
        "admissions",
        "RJE",
        "2018-03",
        # The first episode is another person's, the second nobody's: only together can it be told whose spell it is.
        episode(person(2), "S1", "2018-03-01", "2018-03-05"),
        episode(None, "S1", "2018-03-01", "2018-03-05", episode_number=2),
        episode(person(1), "S1", "2018-03-01", "2018-03-05", episode_number=3),
        episode(person(2), "S2", "2018-03-01", "2018-03-05"),
    )
    loaded = session(deaths=[deaths], admissions=[march])
    assert of(loaded, "select spell_id, episode_number from admissions order by 2") == [("S1", 1), ("S1", 2), ("S1", 3)]


def test_a_record_whose_person_was_corrected_counts_for_the_person_it_names_now(
    landing: Landing, session: Session
) -> None:
    deaths = landing.deaths("05W", "2018-04", {"registration_id": "A", "person_id": person(1)})
    first = landing.submit("admissions", "RJE", "2018-03", episode(person(1), "S1", "2018-03-01", "2018-03-05"))
    # Sent again a month later, with another discharge and for somebody who lives: it is no longer the dead person's.
    again = landing.submit("admissions", "RJE", "2018-04", episode(person(2), "S1", "2018-03-01", "2018-04-05"))
    loaded = session(deaths=[deaths], admissions=[first, again])
    assert of(loaded, "select period, person_id from admissions") == [("2018-04", person(2))]


def test_a_feed_without_a_file_is_an_empty_table_of_the_same_shape(landing: Landing, session: Session) -> None:
    deaths = landing.deaths("05W", "2018-04", {"registration_id": "A", "person_id": person(1)})
    plans = landing.submit("epaccs", "05W", "2018-03", {"record_id": "R", "person_id": person(1)})
    with_a_record, without = session(deaths=[deaths], epaccs=[plans]), session(deaths=[deaths])
    assert of(without, "select * from epaccs") == []
    assert of(without, "describe epaccs") == of(with_a_record, "describe epaccs")


@pytest.mark.parametrize(
    "attempt",
    [
        "copy deaths to '{folder}/out.csv'",
        "copy deaths to '/dev/stdout'",
        "attach '{folder}/other.duckdb' as other",
        "export database '{folder}/all'",
        "select * from read_csv('{folder}/secret.csv')",
        "select * from '{folder}/secret.csv'",
        "select * from read_parquet('{folder}/lake/**/*.parquet')",
        "select * from glob('{folder}/*')",
        "select * from read_text('{folder}/secret.csv')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "set temp_directory = '{folder}'",
        "pragma temp_directory = '{folder}'",
        "pragma enable_profiling = 'json'",
    ],
)
def test_after_the_lock_nothing_outside_can_be_read_or_written(
    attempt: str, landing: Landing, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    loaded = session(deaths=[landing.deaths("05W", "2018-04", {"registration_id": "A"})])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException, duckdb.CatalogException)):
        loaded.execute(attempt.format(folder=tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


def test_no_record_spills_to_a_disk_where_memory_runs_out(
    landing: Landing, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = session(deaths=[landing.deaths("05W", "2018-04", {"registration_id": "A"})])
    assert of(loaded, "select current_setting('temp_directory')") == [("",)]
    assert not (tmp_path / ".tmp").exists()


def test_a_file_that_is_gone_or_damaged_is_one_clear_sentence(
    landing: Landing, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "lake" / landing.deaths("05W", "2018-04", {"registration_id": "A", "person_id": person(1)})
    name = str(file.relative_to(tmp_path / "lake"))
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(SetupError, match="A file of deaths in the lake cannot be read"):
        session(deaths=[name])
    file.unlink()
    with pytest.raises(SetupError, match="The lake has lost deaths/2018-04/05W-1"):
        session(deaths=[name])
