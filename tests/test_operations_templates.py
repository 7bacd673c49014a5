"""The calls about templates, as data."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from support.scripted import as_tree

from tencent_ci_async import Audio, ConcatFragment, ConcatTemplate, ConfigurationError, Container
from tencent_ci_async._endpoint import Endpoint
from tencent_ci_async._operations import (
    create_media_template,
    decipher,
    delete_media_template,
    describe_media_templates,
    media_template_conditions,
    update_media_template,
)
from tencent_ci_async.models import ResponseHeaders, ResponseInfo

ENDPOINT = Endpoint.of("examplebucket-1250000000", "ap-chongqing")
INTRO = ConcatFragment(url="https://example.com/intro.mp4", mode="Start")
CONCAT = ConcatTemplate(
    concat_fragment=[INTRO, ConcatFragment(url="https://example.com/outro.mp4?a=1&b=<2>", mode="End")],
    audio=Audio(codec="aac", bitrate=128, remove=False),
    container=Container(format="mp4"),
    direct_concat=True,
)
TREE = (
    "Request",
    [
        ("Name", "frame"),
        ("Tag", "Concat"),
        (
            "ConcatTemplate",
            [
                ("ConcatFragment", [("Url", "https://example.com/intro.mp4"), ("Mode", "Start")]),
                ("ConcatFragment", [("Url", "https://example.com/outro.mp4?a=1&b=<2>"), ("Mode", "End")]),
                ("Audio", [("Codec", "aac"), ("Bitrate", "128"), ("Remove", "false")]),
                ("Container", [("Format", "mp4")]),
                ("DirectConcat", "true"),
            ],
        ),
    ],
)


def answer(operation, body):
    return decipher(operation, ResponseInfo(200, ResponseHeaders()), body, now=0.0)


def listed(page_number=1, **conditions):
    defaults = {"tag": None, "category": None, "template_ids": None, "name": None, "page_size": 10}
    made = media_template_conditions(**{**defaults, **conditions})
    operation = describe_media_templates(made, page_number=page_number)
    url = urlsplit(ENDPOINT.url(operation.path, operation.query))
    return url.path, dict(parse_qsl(url.query, keep_blank_values=True))


def test_a_new_template_is_posted_and_never_repeated_blindly():
    operation = create_media_template("frame", CONCAT)
    assert (operation.method, operation.path, operation.query) == ("POST", "/template", ())
    assert not operation.idempotent
    assert as_tree(operation.body) == TREE


def test_a_changed_template_is_put_in_its_place():
    operation = update_media_template("t1", "frame", CONCAT)
    assert (operation.method, operation.path, operation.query) == ("PUT", "/template/t1", ())
    assert operation.idempotent
    assert as_tree(operation.body) == TREE


def test_a_template_is_deleted_without_a_body():
    operation = delete_media_template("t1")
    assert (operation.method, operation.path, operation.body) == ("DELETE", "/template/t1", b"")
    assert operation.idempotent


def test_a_list_of_templates_asks_for_the_first_page():
    assert listed() == ("/template", {"pageNumber": "1", "pageSize": "10"})


def test_every_condition_reaches_the_service_under_its_name():
    conditions = {"tag": "Concat", "category": "Official", "template_ids": ["t1", "t2"], "name": "fr ame"}
    assert listed(2, **conditions, page_size=50)[1] == {
        "tag": "Concat",
        "category": "Official",
        "ids": "t1,t2",
        "name": "fr ame",
        "pageNumber": "2",
        "pageSize": "50",
    }


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"template_ids": "t1"}, "template_ids is a str"),
        ({"template_ids": []}, "template_ids is empty"),
        ({"tag": ""}, "tag is blank"),
        ({"name": "\t"}, "name is blank"),
        ({"category": b"Official"}, "category is a bytes"),
        ({"page_size": 0}, "page_size is 0"),
        ({"page_number": -1}, "page_number is -1"),
    ],
)
def test_an_unusable_condition_is_refused_by_name(conditions, words):
    with pytest.raises(ConfigurationError, match=words):
        listed(**conditions)


@pytest.mark.parametrize(
    ("concat", "words"),
    [
        (CONCAT.model_copy(update={"concat_fragment": []}), r"concat_template\.concat_fragment is empty"),
        (
            CONCAT.model_copy(update={"concat_fragment": [INTRO, ConcatFragment(mode="End")]}),
            r"concat_fragment\[1\]\.url is missing",
        ),
        (
            CONCAT.model_copy(update={"concat_fragment": [ConcatFragment(url="u")]}),
            r"concat_fragment\[0\]\.mode is None",
        ),
        (
            CONCAT.model_copy(update={"concat_fragment": [ConcatFragment(url="u", mode="Middle")]}),
            r"concat_fragment\[0\]\.mode is 'Middle'",
        ),
        ({"container": {"format": "mp4"}}, "concat_template is a dict, not a ConcatTemplate"),
        (CONCAT.model_copy(update={"container": None}), r"container\.format is missing"),
        (CONCAT.model_copy(update={"container": Container()}), r"container\.format is missing"),
    ],
)
def test_what_a_template_lacks_is_named(concat, words):
    with pytest.raises(ConfigurationError, match=words):
        create_media_template("frame", concat)
    with pytest.raises(ConfigurationError, match=words):
        update_media_template("t1", "frame", concat)


@pytest.mark.parametrize("name", ["", " ", "-", None, "a\nb"])
def test_a_template_needs_a_name(name):
    with pytest.raises(ConfigurationError, match=r"^name "):
        create_media_template(name, CONCAT)


@pytest.mark.parametrize("template_id", ["", "a/b", "..", "a b", None, 5])
def test_an_id_cannot_change_the_request(template_id):
    with pytest.raises(ConfigurationError, match=r"^template_id is "):
        update_media_template(template_id, "frame", CONCAT)
    with pytest.raises(ConfigurationError, match=r"^template_id is "):
        delete_media_template(template_id)


def test_an_answer_about_templates_is_typed_and_keeps_what_has_no_field():
    body = b"""<Response>
      <TotalCount>2</TotalCount><PageNumber>1</PageNumber><PageSize>10</PageSize>
      <TemplateList>
        <TemplateId>t1</TemplateId><Name>frame</Name><Tag>Concat</Tag><Category>Custom</Category>
        <BucketId>examplebucket-1250000000</BucketId><CreateTime>2024-02-29T08:30:00+0800</CreateTime>
        <UpdateTime>2024-03-01T08:30:00+0800</UpdateTime>
        <ConcatTemplate><ConcatFragment><Url>u</Url><Mode>Start</Mode></ConcatFragment></ConcatTemplate>
      </TemplateList>
      <TemplateList><TemplateId>t2</TemplateId><Tag>Animation</Tag>
        <TransTpl><Video><Fps>15</Fps></Video></TransTpl></TemplateList>
    </Response>"""
    page = answer(describe_media_templates((), page_number=1), body)
    assert (page.total_count, page.page_number, page.page_size) == (2, 1, 10)
    first, second = page.template_list
    assert (first.template_id, first.name, first.tag, first.category) == ("t1", "frame", "Concat", "Custom")
    assert first.bucket_id == "examplebucket-1250000000"
    assert (first.update_time - first.create_time).days == 1
    assert [each.mode for each in first.concat_template.concat_fragment] == ["Start"]
    assert second.concat_template is None
    assert second.model_extra == {"TransTpl": {"Video": {"Fps": "15"}}}
    again = type(page).model_validate(page.model_dump(by_alias=True))
    assert again.model_dump() == page.model_dump()


def test_the_answers_to_changes_hold_the_template():
    body = b"<Response><RequestId>R</RequestId><Template><TemplateId>t1</TemplateId></Template></Response>"
    for operation in (create_media_template("frame", CONCAT), update_media_template("t1", "frame", CONCAT)):
        assert answer(operation, body).template.template_id == "t1"
    gone = answer(delete_media_template("t1"), b"<Response><TemplateId>t1</TemplateId></Response>")
    assert gone.template_id == "t1"
    assert answer(delete_media_template("t1"), b"").template_id is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scene_chang_info": {"Mode": "FADE"}}, r"concat_template\.scene_chang_info .*scene_change_info"),
        (
            {"scene_change_info": {"Mode": "FADE", "Time": "99"}},
            r"concat_template\.scene_change_info\.time is 99",
        ),
    ],
)
def test_parameters_of_a_template_are_checked_as_those_of_a_job_are(wrong, words):
    """What is misspelt or out of range is not kept by the service without a word."""
    template = ConcatTemplate.model_validate({**CONCAT.model_dump(), **wrong})
    with pytest.raises(ConfigurationError, match=words):
        create_media_template("frame", template)
