"""What suppliers do to whole submissions and to registrations: missing, sent again, registered twice, mixed up."""

from datetime import date

from alternative_columns import is_nhs_number
from damaged_extracts import MONTHS, Extracts, Row
from damaged_records import Person, stay, the_dead

CCGS = ("04Y", "05D", "05G", "05Q", "05V", "05W")
# What the product says to the suppliers whose resubmissions it does not take.
REFUSED = {
    "Feedback on deaths_05Q_2017-08_3.csv",
    "Feedback on community_contacts_RLY_2017-08_2.csv",
}


def damage_submissions(extracts: Extracts) -> None:
    """One of everything."""
    _what_was_registered_strangely(extracts)
    _whose_record_is_it(extracts)
    _of_whom_little_is_known(extracts)
    _what_was_sent_again(extracts)
    _what_is_missing(extracts)


def _what_is_missing(extracts: Extracts) -> None:
    extracts.remove("deaths", "05V", "2017-07")
    extracts.remove("deaths", "05D", "2017-09")
    for ccg in CCGS:
        extracts.remove("deaths", ccg, "2017-12")
    extracts.remove("epaccs", "05W", "2017-08")
    extracts.remove("hospice_care", "HDM", "2017-08")
    extracts.remove("admissions", "RJE", "2017-11")
    extracts.remove("ambulance_incidents", "RYA", "2017-11")
    extracts.remove("ed_attendances", "RL4", "2018-01")
    extracts.remove("urgent_care_contacts", "OOH", "2018-02")
    extracts.remove("palliative_register", "05D", "2018-03")
    extracts.remove("bereavement_survey", "05G", "2018-03")


def _what_was_sent_again(extracts: Extracts) -> None:
    def fewer_and_elsewhere(rows: list[Row]) -> list[Row]:
        rows[0] |= {"pod_code": "E", "pod_nhs_establishment": "", "pod_establishment_type": ""}
        return rows[:-2]

    extracts.resubmit("deaths", "05W", "2017-09", fewer_and_elsewhere)
    # These are rejected, so what was there before stays in force: a wrong checksum, and too much that is wrong.
    extracts.resubmit("deaths", "05Q", "2017-08", fewer_and_elsewhere, sha256="0" * 64)

    def one_in_ten_without_a_mode(rows: list[Row]) -> None:
        for row in rows[::10]:
            row["contact_mode"] = ""

    extracts.resubmit("community_contacts", "RLY", "2017-08", one_in_ten_without_a_mode)

    # A flex after a freeze replaces it all the same, and makes the month provisional again.
    extracts.resubmit("admissions", "RL4", "2017-10", lambda rows: rows[:-5], status="flex")

    def nobody_came_to_the_phone(rows: list[Row]) -> list[Row]:
        for row in rows:
            if row["contact_mode"] == "telephone" or row["referral_priority"] == "rapid_response":
                row["outcome"] = "no_access"
        return rows[: len(rows) // 2]

    extracts.resubmit("community_contacts", "RRE", "2018-02", nobody_came_to_the_phone)


def _what_was_registered_strangely(extracts: Extracts) -> None:
    def registered(row: Row, period: str, **fields: str) -> Row:
        return {**row, "date_of_registration": f"{period}-20", **fields}

    august = extracts.rows("deaths", "05G", "2017-08")
    extracts.add("deaths", "05G", "2017-11", registered(august[0], "2017-11", cancelled_flag="Y"))
    # Registered half a year late; and late for a month that the CCG never sent.
    late = {"date_of_death": "2017-08-03", "registration_id": "LATE1"}
    extracts.add("deaths", "05V", "2018-02", registered(august[1], "2018-02", **late, nhs_number=""))
    late = {"date_of_death": "2017-09-03", "registration_id": "LATE2", "ccg_of_registration": "05D"}
    extracts.add("deaths", "05D", "2018-02", registered(august[1], "2018-02", **late, nhs_number=""))
    # The same people again, under other numbers and by another CCG: the earlier registration counts, unless cancelled.
    linked = [row for row in august[3:] if is_nhs_number(row["nhs_number"])]
    again = {"ccg_of_registration": "05D"}
    extracts.add(
        "deaths",
        "05D",
        "2017-10",
        registered(linked[0], "2017-10", registration_id="A-AGAIN", **again),
        registered(linked[1], "2017-10", registration_id="B-AGAIN", **again),
        registered(linked[1], "2017-10", registration_id="C-AGAIN", **again, age_at_death="64"),
    )
    extracts.add("deaths", "05G", "2018-01", registered(linked[1], "2018-01", cancelled_flag="Y"))
    # The same registration, a month later with the right NHS number: first not linked, then linked.
    october = extracts.rows("deaths", "05W", "2017-10")
    right = next(row for row in october if is_nhs_number(row["nhs_number"]))
    number = right["nhs_number"]
    wrong = {**right, "nhs_number": number[:9] + str((int(number[9]) + 1) % 10)}
    extracts.change("deaths", "05W", "2017-10", lambda rows: [wrong if r == right else r for r in rows])
    extracts.add("deaths", "05W", "2018-01", registered(right, "2018-01"))
    # One registration, two CCGs, the same month and sequence: the last CCG's stands.
    one = registered(august[2], "2018-03", registration_id="TWO-CCGS", nhs_number="", date_of_death="2018-03-02")
    extracts.add("deaths", "05Q", "2018-03", {**one, "pod_code": "H", "ccg_of_registration": "05Q"})
    extracts.add("deaths", "05V", "2018-03", {**one, "pod_code": "E", "ccg_of_registration": "05V"})
    # A child, somebody from elsewhere, somebody who only lived here, and a sex that there is not.
    odd = [
        {"registration_id": "CHILD", "age_at_death": "17"},
        {"registration_id": "ADULT", "age_at_death": "18", "sex": "9", "imd_decile": ""},
        {"registration_id": "AWAY", "ccg_of_registration": "99X", "ccg_of_residence": ""},
        {"registration_id": "LIVED", "ccg_of_registration": "99X", "ccg_of_residence": "04Y"},
        {"registration_id": "ODD", "sex": "3"},
    ]
    none = {"nhs_number": "", "date_of_death": "2018-03-02"}
    extracts.add("deaths", "05G", "2018-03", *(registered(august[2], "2018-03", **none, **o) for o in odd))


def _whose_record_is_it(extracts: Extracts) -> None:
    the_dead = [
        row["nhs_number"]
        for month in MONTHS
        for row in extracts.rows("deaths", "05W", month)
        if is_nhs_number(row["nhs_number"])
    ]
    somebody, another = the_dead[10], the_dead[20]

    def mixed_up(rows: list[Row]) -> None:
        """Spells of the dead get a first episode of somebody else's, of nobody's, or another's in between."""
        firsts = [r for r in rows if r["nhs_number"] in set(the_dead) and r["episode_number"] == "1"]
        for n, first in enumerate(firsts):
            number, dates = first["nhs_number"], dict(first)
            first["nhs_number"] = [number, somebody, "", number][n % 4]
            rows.append({**dates, "episode_number": "2", "nhs_number": [another, number, number, ""][n % 4]})

    for month in ("2017-10", "2018-01", "2018-04"):
        extracts.change("admissions", "RJE", month, mixed_up)

    # A stay that was reported as ended comes again next month: longer, and for another person.
    stays = [r for r in extracts.rows("admissions", "RTG", "2018-02") if r["nhs_number"] in set(the_dead)]
    longer = {"discharge_date": "2018-03-04", "episode_end_date": "2018-03-04"}
    corrected = [{**row, **longer, "nhs_number": [somebody, ""][n % 2]} for n, row in enumerate(stays)]
    extracts.add("admissions", "RTG", "2018-03", *corrected)

    # An entry on the register turns out to be another person's.
    entry = next(r for r in extracts.rows("palliative_register", "05W", "2018-05") if r["removal_date"] == "")
    extracts.change(
        "palliative_register",
        "05W",
        "2018-06",
        lambda rows: [{**r, "nhs_number": another} if r["entry_id"] == entry["entry_id"] else r for r in rows],
    )


def _of_whom_little_is_known(extracts: Extracts) -> None:
    """Linked deaths without a record: they cost nothing. And a dear one in a month that its CCG never sends."""
    known = {person.number for person in the_dead(extracts)}
    unused = (str(n) for n in range(9_990_000_000, 9_990_001_000) if is_nhs_number(str(n)) and str(n) not in known)
    like = extracts.rows("deaths", "05D", "2018-02")[0]
    like |= {"date_of_registration": "2018-02-20", "ccg_of_registration": "05D", "age_at_death": "80"}
    quiet = [
        {**like, "registration_id": f"QUIET{n}", "nhs_number": next(unused), "date_of_death": f"2018-02-{n + 1:02}"}
        for n in range(8)
    ]
    dear = {**like, "registration_id": "UNSENT", "nhs_number": next(unused), "date_of_death": "2017-09-20"}
    # Came home from one hospital, and died in another that does not report it.
    home_again = {**like, "registration_id": "HOME", "nhs_number": next(unused), "date_of_death": "2018-02-09"}
    home_again |= {"pod_code": "C", "pod_nhs_establishment": "1", "pod_establishment_type": "03"}
    extracts.add("deaths", "05D", "2018-02", *quiet, dear, home_again)
    costly = stay(Person(dear["nhs_number"], date(2017, 9, 20), "05D"), 10, 5, cost_gbp="5432.10")
    short = stay(Person(home_again["nhs_number"], date(2018, 2, 9), "05D"), 2, 1)
    for sent in (costly, short):
        extracts.add(sent.feed, sent.supplier, sent.period, sent.row)
    # Before the first month of all: in no figure, but of that financial year.
    early = {**like, "registration_id": "EARLY", "nhs_number": next(unused), "date_of_death": "2017-06-20"}
    early |= {"date_of_registration": "2017-07-10", "ccg_of_registration": "04Y"}
    extracts.add("deaths", "04Y", "2017-07", early)
