"""Bucket, region, endpoint and job ids are checked before anything is signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import ConfigurationError
from tencent_ci_async._endpoint import Endpoint, check_job_ids

BUCKET, REGION = "examplebucket-1250000000", "ap-chongqing"
HOSTILE = ["", " ", "a b", "a,b", "a/b", "../a", "..", "a?x=1", "a#f", "a%2fb", "a\r\nb", "a\n", "\ta", "a;b"]
HOSTILE += ["a\x00b", "ä", "ａ", "a，b", "٣", "b@evil.example#", "evil.example/x", "a:80", "a\\b"]  # noqa: RUF001 - look-alikes on purpose


def test_public_endpoint():
    origin = Endpoint.of(BUCKET, REGION).origin
    assert origin == "https://examplebucket-1250000000.ci.ap-chongqing.myqcloud.com"


@pytest.mark.parametrize("region", ["ap-beijing", "eu-moscow", "ap-chengdu-1", "xx-tomorrow-9"])
def test_regions_yet_unknown_are_accepted(region):
    assert f".ci.{region}." in Endpoint.of(BUCKET, region).origin


@pytest.mark.parametrize(
    "bucket", [*HOSTILE, "nobucketappid", "UPPER-1250000000", "-a-125", "a-", "a" * 60 + "-1234", 5, None]
)
def test_a_bucket_that_could_change_the_host_is_refused(bucket):
    with pytest.raises(ConfigurationError, match="APPID"):
        Endpoint.of(bucket, REGION)


@pytest.mark.parametrize("region", [*HOSTILE, "AP-Beijing", "ap-", "-ap", "ap.beijing", "a" * 64, 5, None])
def test_a_region_that_could_change_the_host_is_refused(region):
    with pytest.raises(ConfigurationError, match="region"):
        Endpoint.of(BUCKET, region)


@pytest.mark.parametrize(
    ("given_url", "origin", "loopback"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("http://127.9.9.9", "http://127.9.9.9", True),
        ("http://localhost:1/", "http://localhost:1", True),
        ("http://ci.localhost", "http://ci.localhost", True),
        ("http://[::1]:8000", "http://[::1]:8000", True),
        ("https://media.example.com", "https://media.example.com", False),
        ("HTTPS://Media.Example.com:444/", "https://media.example.com:444", False),
    ],
)
def test_another_base_url(given_url, origin, loopback):
    assert Endpoint.of(BUCKET, REGION, given_url) == Endpoint(origin, loopback)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "media.example.com",
        "ftp://127.0.0.1",
        "https://",
        "https://h/path",
        "https://h?x=1",
        "https://h#f",
        "https://user:pw@h",
        "https://h:port",
        "https://h:99999",
        "https://[::1",
        "https://h o",
        "https://h\r\n",
        "https://hö",
        "https://h%2f",
        "https://h\\@evil.example",
        "http://[v1.localhost]",
        "http://evil.example[::1]:80",
        "http://[::1]evil.example",
        "http://[::1%251]",
        "https://a..b",
        "https://.a",
        "https://" + "a" * 64 + ".example",
        "https://" + "a.b." * 63 + "aa",
        7,
    ],
)
def test_a_base_url_that_is_more_or_less_than_an_origin_is_refused(url):
    with pytest.raises(ConfigurationError):
        Endpoint.of(BUCKET, REGION, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@h",
        "https://user:hunter2@[::1",
        "https://user:hunter2@h:port",
        "https://user:hunter2ä@h",
        "https://user:hunter2\n@h",
        "ftp://user:hunter2@h",
        "https://user:hunter2@@h",
        "https://user:hunter2/3@h",
        "https:/user:hunter2@h",
        "user:hunter2@h",
        "hunter2://@h",
    ],
)
def test_a_password_in_a_base_url_is_not_repeated(url):
    """However wrong the rest is; and no error behind ours repeats it either."""
    with pytest.raises(ConfigurationError) as caught:
        Endpoint.of(BUCKET, REGION, url)
    assert "hunter2" not in str(caught.value)
    assert "***@" in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://h.", "https://h."),
        ("https://a_b-c.d:", "https://a_b-c.d"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://" + "a" * 63 + ".example", "https://" + "a" * 63 + ".example"),
        ("https://" + "a.b." * 63 + "a", "https://" + "a.b." * 63 + "a"),
    ],
)
def test_a_base_url_of_any_host_that_can_be_reached(url, origin):
    assert Endpoint.of(BUCKET, REGION, url).origin == origin


def test_plain_http_to_another_machine_must_be_asked_for():
    with pytest.raises(ConfigurationError, match="allow_plain_http"):
        Endpoint.of(BUCKET, REGION, "http://simulator:8000")
    assert (
        Endpoint.of(BUCKET, REGION, "http://simulator:8000", allow_plain_http=True).origin
        == "http://simulator:8000"
    )


def test_urls_have_one_spelling():
    """Commas stay, spaces are ``%20``, a parameter without a value keeps its equals sign."""
    url = Endpoint("https://h").url("/jobs/a,b c", [("cancel", ""), ("t", "a+b/ä")])
    assert url == "https://h/jobs/a,b%20c?cancel=&t=a%2Bb%2F%C3%A4"


def test_ids_are_kept_in_order_and_asked_for_once():
    assert check_job_ids(["b", "a", "b", "A-_9"], at_most=3) == ("b", "a", "A-_9")


@pytest.mark.parametrize("job_id", [*HOSTILE, "a" * 129, "-"])
def test_an_id_that_could_change_the_request_is_refused(job_id):
    with pytest.raises(ConfigurationError, match="is not a job id"):
        check_job_ids(["good", job_id], at_most=10)


@pytest.mark.parametrize("job_id", [None, 7, b"j1", ["j1", "j2"]])
def test_an_id_that_is_no_text_is_refused_with_advice(job_id):
    with pytest.raises(ConfigurationError, match=r"separate arguments"):
        check_job_ids([job_id], at_most=10)


def test_no_id_and_too_many_ids_are_refused():
    with pytest.raises(ConfigurationError, match="no job id"):
        check_job_ids([], at_most=10)
    with pytest.raises(ConfigurationError, match="11 job ids were given, but one request takes 10"):
        check_job_ids([f"j{number}" for number in range(11)], at_most=10)


@given(st.text(max_size=140))
def test_any_text_is_an_id_or_a_configuration_error(job_id):
    """Whatever passes is plain ASCII that no URL treats specially."""
    try:
        (accepted,) = check_job_ids([job_id], at_most=10)
    except ConfigurationError:
        return
    assert accepted == job_id
    assert Endpoint("https://h").url(f"/jobs/{job_id}") == f"https://h/jobs/{job_id}"
