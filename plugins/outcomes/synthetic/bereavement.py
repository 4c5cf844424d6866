"""The bereavement survey: what families say some months after a death.

Owns the answers about the people of a month. Promises that the answers of one family lean the same way. Never asks
about anybody who does not die.
"""

import numpy as np

from outcomes.synthetic import geography
from outcomes.synthetic.draws import Array, happens, sometimes, whole
from outcomes.synthetic.people import CARE_HOME, HOSPICE, People
from outcomes.synthetic.records import Records, identifiers, period_of


def survey(rng: np.random.Generator, people: People) -> Records:
    """What the bereaved answered, three to seven months later."""
    n = len(people)
    who = np.nonzero(happens(rng, np.where(people.expected & (people.age >= 18), 0.185, 0.03)))[0]
    who = np.concatenate([who, who[sometimes(rng, len(who), 0.012)]])
    n = len(who)
    day = people.died[who] + whole(rng, n, 85, 205).astype("timedelta64[D]")
    # How good the care was in the family's eyes, 0 to 1: better with a record, in a hospice, and at home with care.
    better = 0.52 + 0.08 * people.has_record[who] + 0.08 * (people.place[who] == CARE_HOME)
    good = (better + np.where(people.place[who] == HOSPICE, 0.25, 0.0) + rng.normal(0, 0.3, n)).clip(0, 1)

    def answer(values: tuple[str, ...], *cuts: float) -> Array:
        chosen = np.array(values)[np.digitize((good + rng.normal(0, 0.18, n)).clip(0, 1), cuts)]
        return np.where(sometimes(rng, n, 0.05), "dont_know", np.where(sometimes(rng, n, 0.03), "", chosen))

    pain = answer(("not_at_all", "partially", "completely_some", "completely_all"), 0.08, 0.42, 0.7)
    support = answer(("not_enough", "some", "as_much_as_wanted"), 0.25, 0.5)
    columns = {
        "response_id": identifiers(people.month, n),
        "nhs_number": people.nhs_number[who],
        "response_date": day,
        "pain_relief": np.where(sometimes(rng, n, 0.08), "no_pain", pain),
        "services_worked_together": answer(("no", "to_some_extent", "definitely"), 0.22, 0.52),
        "repeated_story": answer(("often", "sometimes", "never"), 0.2, 0.48),
        "support_for_carer": np.where(sometimes(rng, n, 0.06), "not_wanted", support),
        "overall_care": answer(("poor", "fair", "good", "excellent", "outstanding"), 0.1, 0.27, 0.5, 0.78),
    }
    return Records("bereavement_survey", geography.CCGS[people.ccg[who]], period_of(day), columns)
