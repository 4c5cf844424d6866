"""A file's name that is no submission's is answered with the name that was meant, where there is only one."""

import pytest

from outcomes.intake.name_slips import name_wanted


@pytest.mark.parametrize(
    "name",
    [
        "Hospice_Care_HCC_2018-04_1.csv",
        "hospice_care_hcc_2018-04_1.CSV",
        "hospice_care_HCC_2018_04_1.csv",
        "hospice-care-HCC-201804-1.csv",
        "hospice care HCC 2018-04 01.csv",
        "hospice_care_HCC_2018-04_1 - Copy.csv",
        "hospice_care_HCC_2018-04_1 (2).csv",
        "hospice_care_HCC_2018-04_1_FINAL.csv",
        "hospice_care_HCC_2018-04_1.csv.txt",
    ],
)
def test_the_name_that_was_meant_is_told(name: str) -> None:
    assert name_wanted(name) == f"{name} is not the name of a submission: call it hospice_care_HCC_2018-04_1.csv."


@pytest.mark.parametrize(
    "name", ["Hospice April 2018 FINAL (2).csv", "hospice_HCC_2018-04_1.csv", "hospice_care_HCC_1.csv"]
)
def test_where_none_or_several_could_be_meant_the_feeds_are_listed(name: str) -> None:
    said = name_wanted(name)
    assert "call it feed_SUPPLIER_YYYY-MM_sequence.csv" in said
    assert "hospice_care, palliative_register" in said


@pytest.mark.parametrize("ending", [".xls", ".XLS", ".xlsm", ".xlsb", ".ods"])
def test_another_spreadsheet_is_told_what_to_save_as(ending: str) -> None:
    assert f"spreadsheet of another kind ({ending.lower()}): save it as an Excel workbook (.xlsx)" in name_wanted(
        f"hospice_care_HCC_2018-04_1{ending}"
    )


def test_a_number_in_a_name_is_not_told_again() -> None:
    assert "9990000018" not in name_wanted("hospice care 9990000018 HCC.csv")
