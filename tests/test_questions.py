"""How answers and failures are shared out among the ids that were asked for. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import errors
from tencent_ci_async._questions import Batch, Question, after_answer, after_failure
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail, ResponseHeaders, ResponseInfo


def batch(*job_ids, round_=0, omissions=0):
    return Batch(tuple(Question(job_id, omissions) for job_id in job_ids), round_)


def answer(*found, missing=()):
    jobs = [JobDetail(job_id=job_id, code=f"{number}") for number, job_id in enumerate(found)]
    return DescribeMediaJobResult(jobs_detail=jobs, non_exist_job_ids=list(missing))


def told(outcomes):
    return {outcome.job_id: outcome.job or type(outcome.error) for outcome in outcomes}


# --- Answers ------------------------------------------------------------------------------------------


def test_found_and_missing():
    verdict = after_answer(batch("a", "b"), answer("a", missing=["b"]))
    assert [outcome.job_id for outcome in verdict.outcomes] == ["a", "b"]
    assert verdict.outcomes[0].unwrap().job_id == "a"
    with pytest.raises(errors.JobNotFoundError):
        verdict.outcomes[1].unwrap()
    assert (verdict.again, verdict.later, verdict.in_company) == ([], [], [])


@pytest.mark.parametrize("omissions", [0, 4], ids=["missing", "left out to the end"])
def test_an_error_names_its_job_and_the_exchange(omissions):
    """Whoever opens a support ticket needs both."""
    response = ResponseInfo(200, ResponseHeaders({"x-ci-request-id": "R"}))
    result = answer(missing=[] if omissions else ["a"]).with_response(response)
    (outcome,) = after_answer(batch("a", omissions=omissions), result).outcomes
    assert outcome.error.request_id == "R"
    if omissions:
        assert outcome.error.response is response
    else:
        assert outcome.error.job_id == "a"


def test_a_job_that_nobody_asked_for_is_passed_over():
    verdict = after_answer(batch("a"), answer("z", "a", missing=["y"]))
    assert [outcome.job_id for outcome in verdict.outcomes] == ["a"]


def test_of_a_job_that_comes_twice_the_first_counts():
    (outcome,) = after_answer(batch("a"), answer("a", "a")).outcomes
    assert outcome.job.code == "0"


def test_a_job_that_is_both_found_and_missing_is_found():
    (outcome,) = after_answer(batch("a"), answer("a", missing=["a"])).outcomes
    assert outcome.job is not None


def test_a_job_without_an_id_answers_nothing():
    verdict = after_answer(batch("a"), DescribeMediaJobResult(jobs_detail=[JobDetail(code="x")]))
    assert verdict.outcomes == []


def test_an_omitted_id_is_asked_for_three_times_in_company_then_alone_then_given_up():
    verdict = after_answer(batch("a", "b"), answer("b"))
    for omissions in (1, 2, 3):
        assert verdict.in_company == [Question("a", omissions)]
        verdict = after_answer(Batch((*verdict.in_company, Question("c"))), answer("c"))
    assert verdict.again == [Batch((Question("a", 4),))]
    (outcome,) = after_answer(verdict.again[0], answer("z")).outcomes
    assert isinstance(outcome.error, errors.UnreadableAnswerError)
    assert "left job a out of every answer" in str(outcome.error)


ids = st.lists(st.sampled_from("abcdefghij"), unique=True, min_size=1)


@given(
    ids,
    st.lists(st.sampled_from("abcdefghijxyz")),
    st.lists(st.sampled_from("abcdefghijxyz")),
    st.integers(0, 4),
)
def test_whatever_the_answer_no_id_is_lost_and_none_answered_twice(asked, found, missing, omissions):
    """Each id asked is in exactly one place afterwards, and nothing else is."""
    verdict = after_answer(batch(*asked, omissions=omissions), answer(*found, missing=missing))
    places = [outcome.job_id for outcome in verdict.outcomes]
    places += [question.job_id for question in verdict.in_company]
    places += [job_id for again in verdict.again for job_id in again.job_ids]
    assert sorted(places) == sorted(asked)
    assert verdict.later == []
    for outcome in verdict.outcomes:
        assert outcome.job is None or outcome.job.job_id == outcome.job_id


# --- Failures -----------------------------------------------------------------------------------------

PASSING = [
    errors.NoAnswerError("reset"),
    errors.ConnectError("refused"),
    errors.RequestTimeoutError("slow"),
    errors.ServerError("", status=500),
    errors.ThrottledError("", status=429),
    errors.ServerError("", status=400, code="RequestTimeout"),
]
FINAL = [
    errors.AccessError("", status=403),
    errors.AccessError("", status=401),
    errors.NotFoundError("", status=404),
    errors.ConflictError("", status=409),
    errors.RequestError("", status=405),
    errors.AccessError("", status=400, code="CIRoleNotExist"),
    errors.CredentialsError("vault"),
]
AT_FAULT = [
    errors.RequestError("", status=400),
    errors.RequestError("", status=414),
    errors.NotFoundError("", status=400, code="ResourceNotFound"),
    errors.ResponseTooLargeError("large"),
]


@pytest.mark.parametrize("failure", PASSING, ids=repr)
def test_what_may_pass_has_two_later_rounds(failure):
    first = batch("a", "b", "c")
    (second,) = after_failure(first, failure).later
    (third,) = after_failure(second, failure).later
    assert (second.round, third.round) == (1, 2)
    assert second.job_ids == third.job_ids == first.job_ids
    verdict = after_failure(third, failure)
    assert told(verdict.outcomes) == dict.fromkeys("abc", type(failure))
    assert (verdict.later, verdict.again) == ([], [])


@pytest.mark.parametrize("failure", FINAL, ids=repr)
def test_a_refusal_is_final(failure):
    verdict = after_failure(batch("a", "b"), failure)
    assert told(verdict.outcomes) == dict.fromkeys("ab", type(failure))
    assert (verdict.later, verdict.again) == ([], [])


@pytest.mark.parametrize("failure", AT_FAULT, ids=repr)
def test_a_batch_at_fault_is_halved_until_the_culprit_stands_alone(failure):
    """Ten ids and one culprit: at most nine requests, and nine good answers."""
    asked, outcomes, requests = [batch(*"abcdefghij")], [], 0
    while asked:
        each, requests = asked.pop(), requests + 1
        if "d" in each.job_ids:
            verdict = after_failure(each, failure)
            asked += verdict.again
            assert verdict.later == []
        else:
            verdict = after_answer(each, answer(*each.job_ids))
        outcomes += verdict.outcomes
    found = told(outcomes)
    assert found.pop("d") is type(failure)
    assert {job_id: job.job_id for job_id, job in found.items()} == {each: each for each in "abcefghij"}
    assert requests <= 9


def test_halves_are_halves():
    (first, second) = after_failure(batch(*"abcdefg", round_=1), AT_FAULT[0]).again
    assert (first.job_ids, second.job_ids) == (tuple("abcd"), tuple("efg"))
    assert first.round == second.round == 1


def test_an_answer_that_cannot_be_read_is_asked_for_in_smaller_batches():
    failure = errors.UnreadableAnswerError("one odd job")
    halves = after_failure(batch(*"abcdefg"), failure).later
    assert [half.job_ids for half in halves] == [tuple("abcd"), tuple("efg")]
    alone = after_failure(halves[0], failure).later
    assert [each.job_ids for each in alone] == [("a",), ("b",), ("c",), ("d",)]
    assert told(after_failure(alone[0], failure).outcomes) == {"a": errors.UnreadableAnswerError}


@given(ids, st.sampled_from(PASSING + FINAL + AT_FAULT), st.integers(0, 2))
def test_whatever_the_failure_no_id_is_lost(asked, failure, round_):
    verdict = after_failure(batch(*asked, round_=round_), failure)
    places = [outcome.job_id for outcome in verdict.outcomes]
    places += [job_id for each in verdict.again + verdict.later for job_id in each.job_ids]
    assert sorted(places) == sorted(asked)
