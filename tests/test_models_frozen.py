"""A model that several callers share cannot be changed by one of them."""

import copy
import pickle

import pytest
from pydantic import ValidationError

from tencent_ci_async.models import DescribeMediaJobResult, JobDetail

CHANGES = [
    lambda items: items.append(1),
    lambda items: items.extend([1]),
    lambda items: items.insert(0, 1),
    lambda items: items.pop(),
    lambda items: items.remove("x"),
    lambda items: items.clear(),
    lambda items: items.sort(),
    lambda items: items.reverse(),
    lambda items: items.__setitem__(0, 1),
    lambda items: items.__delitem__(0),
    lambda items: items.__iadd__([1]),
    lambda items: items.__imul__(2),
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "items",
    [
        DescribeMediaJobResult.model_validate({"JobsDetail": {"JobId": "j1"}}).jobs_detail,
        DescribeMediaJobResult(jobs_detail=[JobDetail(job_id="j1")]).jobs_detail,
        DescribeMediaJobResult().jobs_detail,
        DescribeMediaJobResult(non_exist_job_ids=["j1"]).non_exist_job_ids,
    ],
    ids=["read", "made by hand", "nothing", "ids"],
)
def test_a_list_of_a_model_refuses_to_be_changed(items, change):
    before = list(items)
    with pytest.raises(TypeError, match="immutable"):
        change(items)
    assert items == before


def test_a_field_refuses_to_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        JobDetail(job_id="j1").job_id = "j2"


def test_a_frozen_list_is_a_list_otherwise():
    """It compares, prints, adds up, is copied and pickled as any other."""
    items = DescribeMediaJobResult(non_exist_job_ids=["j1", "j2"]).non_exist_job_ids
    assert isinstance(items, list)
    assert items == ["j1", "j2"]
    assert items + ["j3"] == ["j1", "j2", "j3"]  # noqa: RUF005 - the operator is what is tested
    assert repr(items) == "['j1', 'j2']"
    changed = list(items)
    changed.append("j3")
    assert copy.copy(items) == copy.deepcopy(items) == pickle.loads(pickle.dumps(items)) == items
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(items)).append("j3")


def test_no_job_and_no_id_are_an_empty_list():
    result = DescribeMediaJobResult()
    assert result.jobs_detail == []
    assert result.non_exist_job_ids == []
    assert result.model_dump(mode="json") == {"jobs_detail": [], "non_exist_job_ids": []}
