"""The roles as they are written down: a lead holds rights on one DAG only, and a DAG says the same of itself."""

from pathlib import Path

import pytest

from outcomes.errors import SetupError
from outcomes.organisations import partnership
from outcomes.web.roles import ENGINEER, access_control, backfill_dag, role_of, roles, set_up

DAGS = (Path(__file__).resolve().parents[2] / "dags").glob("*.py")
CCGS = [ccg.code for ccg in partnership().ccgs]


def dags(role: str) -> set[str]:
    """The DAGs a role holds rights on."""
    return {resource.removeprefix("DAG:") for _, resource in roles(CCGS)[role] if resource.startswith("DAG:")}


def test_there_is_a_role_for_each_ccg_and_one_for_engineers():
    assert set(roles(CCGS)) == {*map(role_of, CCGS), ENGINEER}


@pytest.mark.parametrize("ccg", CCGS)
def test_a_lead_holds_rights_on_the_dag_of_their_ccg_only(ccg):
    assert dags(role_of(ccg)) == {backfill_dag(ccg)}
    # With the right on all DAGs, or on what tasks pass on, there would be no other CCG.
    held = {resource for _, resource in roles(CCGS)[role_of(ccg)]}
    assert not held & {"XComs", "Variables", "Connections", "Configurations", "Users", "Roles"}
    assert {action for action, resource in roles(CCGS)[role_of(ccg)] if resource == "DAGs"} == {"menu_access"}


def test_an_engineer_holds_rights_on_our_dags_and_no_others():
    assert dags(ENGINEER) == {path.stem for path in DAGS if path.stem != "outcomes_backfill"} | set(
        map(backfill_dag, CCGS)
    )
    assert ("can_read", "DAGs") not in roles(CCGS)[ENGINEER]


@pytest.mark.parametrize("ccg", CCGS)
def test_a_dag_grants_what_its_roles_hold(ccg):
    for role, granted in access_control(ccg).items():
        held = {action for action, resource in roles(CCGS)[role] if resource == f"DAG:{backfill_dag(ccg)}"}
        assert granted == {"DAGs": held}


def test_without_fab_the_command_says_what_to_set():
    with pytest.raises(SetupError, match=r"SimpleAuthManager, which keeps no roles of ours: set AIRFLOW__CORE__AUTH_"):
        set_up(CCGS)
