"""What the partnership has decided is read whole or not at all."""

from pathlib import Path

import pytest

from outcomes.definitions.policy import policy
from outcomes.errors import SetupError

GOOD = """
[reporting]
months_on_a_chart = 24
complete_from = 98
[payment]
measures = ["preferred_place_achieved"]
[maturity]
usual_volume = [75, 133]
valid_nhs_numbers = [95, 99]
key_columns_filled = [95, 99]
rejected = [1, 5]
[maturity.key_columns]
deaths = ["imd_decile"]
[delivery]
allowed_domains = ["stp.example"]
[targets]
preferred_place_achieved = 70
"""


def test_the_shipped_policy_can_be_read() -> None:
    shipped = policy()
    assert shipped.reporting.months_on_a_chart == 24
    assert "stoke.example" in shipped.delivery.allowed_domains
    assert shipped.targets["crisis_admissions"] == 0.7


def test_a_copy_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(GOOD)
    assert policy(tmp_path / "policy.toml").targets == {"preferred_place_achieved": 70.0}


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("months_on_a_chart", "months_on_chart", "reporting.months_on_chart"),
        ("[targets]", "[target]", "target"),
        ("= 24", "= 0", "reporting.months_on_a_chart"),
        ("= 98", "= 100.5", "reporting.complete_from"),
        ("= 70", '= "70"', "targets.preferred_place_achieved"),
        ("= 70", "= nan", "targets.preferred_place_achieved"),
        ("[95, 99]", "[99, 95]", "maturity.valid_nhs_numbers"),
        ("[1, 5]", "[0.5, 5]", "maturity.rejected"),
        ('deaths = ["imd_decile"]', 'births = ["imd_decile"]', "no column of 'births' that may be empty"),
        # It may not be empty: that it is filled tells nothing.
        ('["imd_decile"]', '["sex"]', "'sex' is no column of 'deaths' that may be empty"),
        ('"stp.example"', '"@stp.example"', "delivery.allowed_domains"),
        ('"stp.example"', '"*"', "delivery.allowed_domains"),
        ("[targets]", "[alerts]\ntell = ['x@elsewhere.example']\n[targets]", "delivery.allowed_domains"),
        ("[targets]", "retry_after_minutes = []\n[targets]", "delivery.retry_after_minutes"),
        ("[targets]", "retry_after_minutes = [0]\n[targets]", "delivery.retry_after_minutes"),
        ("[targets]", "give_up_after_days = 0\n[targets]", "delivery.give_up_after_days"),
        ("[delivery]", "[delivery", "not valid TOML"),
    ],
)
def test_an_entry_that_is_not_understood_is_named(tmp_path: Path, good: str, bad: str, named: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(GOOD.replace(good, bad, 1))
    with pytest.raises(SetupError, match=r"policy\.toml") as refusal:
        policy(file)
    assert named in str(refusal.value)


def test_a_policy_that_is_not_there_says_which_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="OUTCOMES_POLICY"):
        policy(tmp_path / "missing.toml")


def test_limits_can_start_anew_only_with_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    entry = '[[rebased]]\nmeasure = "shared_care_record"\nfrom = "2018-04"\nreason = "A new shared record went live."\n'
    file.write_text(GOOD + entry)
    (anew,) = policy(file).rebased
    assert (anew.measure, anew.area, anew.since) == ("shared_care_record", None, "2018-04")
    without = tmp_path / "without.toml"
    without.write_text(GOOD + entry.replace('reason = "A new shared record went live."\n', ""))
    with pytest.raises(SetupError, match=r"rebased\.0\.reason"):
        policy(without)
