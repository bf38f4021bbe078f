from django_iamport.sandbox.console.operations import GROUPS, UNGROUPED, grouped
from django_iamport.sandbox.delivery import faults


def test_everything_that_can_go_wrong_can_be_chosen_once() -> None:
    offered = [*UNGROUPED, *(value for _, operations in grouped() for value, _ in operations)]
    assert sorted(offered) == sorted(faults.TARGETS)


def test_a_group_says_what_it_is_and_how_it_is_called() -> None:
    labels = {value: str(label) for _, operations in grouped() for value, label in operations}
    assert labels["billing_keys"] == "billing keys (billing_keys.*)"
    assert labels["billing_keys.find"] == "billing_keys.find"
    assert set(GROUPS) <= set(labels)
