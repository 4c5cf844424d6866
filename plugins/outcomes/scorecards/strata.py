"""What a stratum is called outside the house.

Owns the names of sexes, age bands, deprivation quintiles and causes in files for other systems: those of the ONS and of
Fingertips where they have one. Promises a name for every stratum that is released. Never used on a scorecard: its words are
in wording.toml.
"""

EVERYBODY = "Persons"
# The cohort are adults.
ALL_AGES = "18+ yrs"
SEXES = {"1": "Male", "2": "Female", "9": "Not specified"}
TITLES = {
    "age_band": "Age",
    "sex": "Sex",
    "deprivation_quintile": "Deprivation quintiles in England",
    "cause_group": "Underlying cause of death",
}
_CATEGORIES = {
    "deprivation_quintile": {
        "1": "Most deprived quintile",
        "2": "Second most deprived quintile",
        "3": "Middle quintile",
        "4": "Second least deprived quintile",
        "5": "Least deprived quintile",
        "unknown": "Not known",
    },
    "cause_group": {
        "cancer": "Cancer",
        "dementia": "Dementia",
        "circulatory": "Circulatory diseases",
        "respiratory": "Respiratory diseases",
        "other": "Other causes",
    },
    "sex": SEXES,
}


def name_of(stratum: str, value: str) -> str:
    """The name of a sex, an age band or a category."""
    return f"{value} yrs" if stratum == "age_band" else _CATEGORIES[stratum][value]
