"""The partnership: who belongs to it, who sends what, who took over whom."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError
from outcomes.organisations import partnership

KNOWN = partnership()
REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "organisations.csv"


def test_the_stp_and_its_six_ccgs_are_the_areas() -> None:
    assert [area.code for area in KNOWN.areas] == ["QNC", "04Y", "05D", "05G", "05Q", "05V", "05W"]
    assert KNOWN.stp.gss == "E54000010"


def test_41_submissions_are_expected_a_month() -> None:
    assert len(KNOWN.expected) == len(set(KNOWN.expected)) == 41
    by_feed = {feed: KNOWN.suppliers_of(feed) for feed in dict(KNOWN.expected)}
    six = ("04Y", "05D", "05G", "05Q", "05V", "05W")
    assert by_feed == {
        **dict.fromkeys(("deaths", "epaccs", "palliative_register", "bereavement_survey"), six),
        "admissions": ("RJE", "RTG", "RL4", "RRE", "RLY"),
        "ed_attendances": ("RJE", "RTG", "RL4", "RRE"),
        "community_contacts": ("RRE", "RLY"),
        "urgent_care_contacts": ("OOH",),
        "ambulance_incidents": ("RYA",),
        "hospice_care": ("HDM", "HKH", "HSG", "HCC"),
    }


def test_one_that_was_taken_over_counts_with_its_successor_and_sends_nothing() -> None:
    assert (KNOWN.successor("RJF"), KNOWN.successor("R1E"), KNOWN.successor("RJE")) == ("RTG", "RRE", "RJE")
    assert KNOWN.successor("XXX") == "XXX"
    assert (KNOWN.by_code["RJF"].last_day, KNOWN.by_code["R1E"].last_day) == (date(2018, 6, 30), date(2018, 5, 31))
    assert KNOWN.provider_codes("RTG") == ("RTG", "RJF")
    assert KNOWN.provider_codes("RL4") == ("RL4",)
    assert not {"RJF", "R1E"} & {s.code for s in KNOWN.suppliers}


def test_placeholders_are_marked_as_such() -> None:
    local = {code for code, organisation in KNOWN.by_code.items() if organisation.code_status == "local"}
    assert local == {"HDM", "HKH", "HSG", "HCC", "OOH"}


def test_the_name_of_every_ccg_fits_a_chart() -> None:
    assert all(len(ccg.label) <= 24 for ccg in KNOWN.ccgs)
    assert KNOWN.by_code["05Q"].label == "SE Staffs and Seisdon"


def test_the_list_agrees_with_the_reference_table() -> None:
    if not REFERENCE.exists():
        pytest.skip("The reference table lies beside a development checkout only.")
    with REFERENCE.open(encoding="utf-8") as stream:
        reference = {row["ods"]: row for row in csv.DictReader(stream) if row["kind"] != "la"}
    ods = {code: organisation for code, organisation in KNOWN.by_code.items() if organisation.code_status == "ods"}
    assert set(reference) == set(ods)
    for code, row in reference.items():
        assert ods[code].gss == row["gss"]
        # CCGs ended later, all at once; of the providers those that were taken over.
        if ods[code].kind != "ccg":
            assert str(ods[code].last_day or "") == row["valid_to"]


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the list in which one text is replaced by another."""

    def change(old: str, new: str) -> Path:
        text = shipped("config/organisations.toml").read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "organisations.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path / "organisations.toml"

    return change


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('code = "05D"', 'code = "04Y"', "names an organisation twice"),
        ('code = "05D"', 'kode = "05D"', "cannot be understood"),
        ('code = "05D"', "code = ", "cannot be understood"),
        ("[stp]", "[area]", "cannot be understood"),
        ('feeds = ["ambulance_incidents"]', 'feeds = ["ambulances"]', "RYA sends 'ambulances', which is no feed"),
        ('taken_over_by = "RTG"', 'taken_over_by = "RTX"', "RJF was taken over by RTX: name a provider"),
        ('taken_over_by = "RTG"', 'taken_over_by = "RJF"', "RJF was taken over by RJF"),
        ("last_day = 2018-06-30\n", "", "give RJF its last_day"),
        ('code = "RJE"', 'code = "RJE"\nzip_password = "hunter2"', "the password is a secret setting"),
        ('code = "RJE"', 'code = "RJE"\npgp_signer = "0xA1B2"', "RJE a pgp_signer that is no fingerprint"),
        ('code = "RJE"', 'code = "RJE"\npgp_signer = 12', "RJE a pgp_signer that is no fingerprint"),
        (
            "last_day = 2018-06-30\n",
            'last_day = 2018-06-30\nfeeds = ["admissions"]\n',
            "give RJF its last_day and no feeds",
        ),
    ],
)
def test_a_list_that_does_not_fit_together_is_refused_in_one_sentence(
    changed: Callable[[str, str], Path], old: str, new: str, sentence: str
) -> None:
    with pytest.raises(SetupError, match=sentence):
        partnership(changed(old, new))


def test_a_list_that_is_not_there_or_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(SetupError, match=r"cannot be read .*OUTCOMES_ORGANISATIONS"):
            partnership(path)
