"""The roles of production: `ccg_<code>` for each CCG's leads and `outcomes_engineer`, in Airflow's FAB auth manager.

Owns their names, what each may do in Airflow, and the command that sets them up: `python -m outcomes.web.roles`. Promises
that a role has exactly the permissions written here, however often the command runs, and that it says what it changed.
Never makes a user, and never touches another role.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from outcomes.errors import OutcomesError, SetupError
from outcomes.organisations import partnership
from outcomes.settings import Settings

Permission = tuple[str, str]

ENGINEER = "outcomes_engineer"
EDITION, INTAKE, DELIVERY = "outcomes_edition", "outcomes_intake", "outcomes_delivery"
FAB = "FabAuthManager"
# On one DAG: to see it, and to start, answer and cancel its runs.
_ON_A_DAG = ("can_read", "can_edit")

# Of the leads. On runs, backfills and questions Airflow asks for the right on the kind of thing *and* on the DAG, so that
# these open nothing but the runs of the DAGs a role may edit.
_LEAD: tuple[Permission, ...] = (
    ("can_read", "Website"),
    ("can_read", "DAG Runs"),
    ("can_create", "DAG Runs"),
    # Pausing and cancelling a backfill takes the right to edit runs, not only backfills.
    ("can_edit", "DAG Runs"),
    ("can_read", "Backfills"),
    ("can_create", "Backfills"),
    ("can_edit", "Backfills"),
    # Answering what a run asks, and finding it under Required actions.
    ("can_read", "HITL Detail"),
    ("can_edit", "HITL Detail"),
    ("menu_access", "HITL Detail"),
    ("can_read", "Task Instances"),
    # A run that ends early says why, and what to do, in its log.
    ("can_read", "Task Logs"),
    ("can_read", "DAG Versions"),
    # The navigation: the list of DAGs, and our own entry, which Airflow's pages read from the list of plugins.
    ("menu_access", "DAGs"),
    ("can_read", "Plugins"),
    ("can_read", "My Profile"),
    ("can_read", "My Password"),
    ("can_edit", "My Password"),
)
_ENGINEER: tuple[Permission, ...] = (
    *_LEAD,
    ("can_edit", "Task Instances"),
    ("can_create", "Task Instances"),
    ("can_read", "DAG Code"),
    ("can_read", "DAG Dependencies"),
    ("can_read", "DAG Warnings"),
    ("can_read", "ImportError"),
    ("can_read", "Assets"),
    ("menu_access", "Assets"),
    ("can_read", "XComs"),
)


def role_of(ccg: str) -> str:
    """The role of a CCG's leads, such as `ccg_05W`."""
    return f"ccg_{ccg}"


def backfill_dag(ccg: str) -> str:
    """The DAG that redoes a CCG's months, such as `outcomes_backfill_05W`."""
    return f"outcomes_backfill_{ccg}"


def access_control(ccg: str) -> dict[str, dict[str, set[str]]]:
    """What the DAG of a CCG has to say about itself; Airflow takes back whatever else its roles hold on it."""
    return {role: {"DAGs": set(_ON_A_DAG)} for role in (role_of(ccg), ENGINEER)}


def roles(ccgs: Iterable[str]) -> dict[str, frozenset[Permission]]:
    """Every role with all its permissions: (action, resource) in FAB's words."""
    ccgs = tuple(ccgs)
    wanted = {role_of(ccg): frozenset((*_LEAD, *_on([backfill_dag(ccg)]))) for ccg in ccgs}
    wanted[ENGINEER] = frozenset((*_ENGINEER, *_on([INTAKE, EDITION, DELIVERY, *map(backfill_dag, ccgs)])))
    return wanted


def set_up(ccgs: Iterable[str]) -> list[str]:
    """Make Airflow's roles what they should be; a sentence for each role. Raises SetupError without FAB."""
    from airflow.api_fastapi.app import get_auth_manager_cls

    manager = get_auth_manager_cls().__name__
    if manager != FAB:
        raise SetupError(
            f"Airflow's auth manager here is {manager}, which keeps no roles of ours: set AIRFLOW__CORE__AUTH_MANAGER to "
            "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager, migrate the database and run this again."
        )
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        return [_set_up(builder.sm, name, wanted) for name, wanted in roles(ccgs).items()]


def _on(dags: Iterable[str]) -> Iterator[Permission]:
    return ((action, f"DAG:{dag}") for dag in dags for action in _ON_A_DAG)


def _set_up(sm: Any, name: str, wanted: frozenset[Permission]) -> str:
    found = sm.find_role(name)
    role = found or sm.add_role(name)
    held = {(p.action.name, p.resource.name): p for p in role.permissions}
    added, taken = sorted(wanted - set(held)), sorted(set(held) - wanted)
    for action, resource in added:
        sm.add_permission_to_role(role, sm.create_permission(action, resource))
    for permission in taken:
        sm.remove_permission_from_role(role, held[permission])
    if found and not added and not taken:
        return f"{name}: nothing to change, {len(wanted)} permissions"
    told = [f"{name}: {'made' if found is None else 'changed'}, {len(added)} permissions added"]
    if taken:
        told.append(f"taken back: {', '.join(f'{action} on {resource}' for action, resource in taken)}")
    return "; ".join(told)


def main() -> int:
    """Set the roles up for the partnership's CCGs; the exit code."""
    try:
        codes = [ccg.code for ccg in partnership(Settings.load().organisations).ccgs]
        for sentence in set_up(codes):
            print(sentence)
    except OutcomesError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("Give each lead the role of their CCG, in Airflow under Security, Users, or in your directory's mapping.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
