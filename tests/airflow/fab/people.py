"""Who signs in, in the tests: made inside an Airflow with FAB, after its roles were set up once.

A lead was given more than the role's permissions by somebody; setting up again takes that back, and its words are printed.
"""

import sys

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

from outcomes.organisations import partnership
from outcomes.web.roles import ENGINEER, role_of, set_up

PEOPLE = {"stoke": role_of("05W"), "burton": role_of("05D"), "engineer": ENGINEER, "stranger": "Public"}
# Who may let Stoke's scorecards go, where the list of organisations names this one alone: FAB numbers people as they come.
PEOPLE |= {"approver": role_of("05W")}

if __name__ == "__main__":
    with get_application_builder() as builder:
        sm = builder.sm
        for name, role in PEOPLE.items():
            sm.add_user(name, name.title(), "Example", f"{name}@stp.example", sm.add_role(role), password=sys.argv[1])
        sm.add_permission_to_role(sm.find_role(role_of("05W")), sm.create_permission("can_delete", "DAG Runs"))
    for sentence in set_up([ccg.code for ccg in partnership().ccgs]):
        print(f"again: {sentence}")
