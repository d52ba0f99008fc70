"""A language model as a voter, over a real HTTP server."""

from __future__ import annotations

import json

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import OpinionError
from monitor.model import Direction, Opinion
from monitor.opinion import LanguageModel

OLD, NEW = "We keep messages for 30 days.", "We keep messages for 24 months."
IDS = ("data-retention", "sale")
PATH = "/v1/chat/completions"


def voter(server: HTTPServer, **options: object) -> LanguageModel:
    return LanguageModel(url=server.url_for("/v1"), model="m", **options)  # type: ignore[arg-type]


def answers(server: HTTPServer, changes: object) -> None:
    content = changes if isinstance(changes, str) else json.dumps({"changes": changes})
    server.expect_request(PATH, method="POST").respond_with_json({"choices": [{"message": {"content": content}}]})


def test_what_it_can_quote_counts(httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        body = request.get_json()
        assert request.headers["Authorization"] == "Bearer secret"
        assert json.loads(body["messages"][1]["content"]) == {"old": OLD, "new": NEW}
        assert "data-retention, sale" in body["messages"][0]["content"]
        told = {"practice": "data-retention", "direction": "less-protective", "quote": "for 24 months"}
        return Response(json.dumps({"choices": [{"message": {"content": json.dumps({"changes": [told]})}}]}))

    httpserver.expect_request(PATH, method="POST").respond_with_handler(answer)
    model = voter(httpserver, key="secret")
    assert "secret" not in repr(model)
    assert model.ask(OLD, NEW, practices=IDS) == [
        Opinion(practice="data-retention", direction=Direction.LESS, quote="for 24 months")
    ]


@pytest.mark.parametrize(
    "told",
    [
        {"practice": "data-retention", "direction": "less-protective", "quote": "for 48 months"},
        {"practice": "data-retention", "direction": "less-protective", "quote": "30"},
        {"practice": "weather", "direction": "less-protective", "quote": "for 24 months"},
        {"practice": ["sale"], "direction": "less-protective", "quote": "for 24 months"},
        {"practice": "sale", "direction": "sideways", "quote": "for 24 months"},
        {"practice": "sale", "direction": {}, "quote": 7},
        "sale",
    ],
)
def test_what_it_cannot_show_is_discarded(httpserver: HTTPServer, told: object) -> None:
    answers(httpserver, [told])
    assert voter(httpserver).ask(OLD, NEW, practices=IDS) == []


@pytest.mark.parametrize("content", ["[]", '{"changes": 3}', "{}"])
def test_other_json_holds_no_opinion(httpserver: HTTPServer, content: str) -> None:
    answers(httpserver, content)
    assert voter(httpserver).ask(OLD, NEW, practices=IDS) == []


@pytest.mark.parametrize(
    ("response", "complaint"),
    [
        (Response("no", status=500), "status 500"),
        (Response("", status=307, headers={"Location": "http://127.0.0.1:9/"}), "status 307"),
        (Response("not json"), "not the JSON"),
        (Response('{"choices": []}'), "not the JSON"),
        (Response(json.dumps({"choices": [{"message": {"content": "I think"}}]})), "not the JSON"),
        (Response("x" * 300_000), "too long"),
    ],
)
def test_answers_that_cannot_be_used(httpserver: HTTPServer, response: Response, complaint: str) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_response(response)
    with pytest.raises(OpinionError, match=complaint):
        voter(httpserver).ask(OLD, NEW, practices=IDS)


def test_nobody_there() -> None:
    with pytest.raises(OpinionError, match="cannot be asked"):
        LanguageModel(url="http://127.0.0.1:9/v1", model="m", timeout=2).ask(OLD, NEW, practices=IDS)


def test_only_so_much_is_sent(httpserver: HTTPServer) -> None:
    answers(httpserver, [{"practice": "sale", "direction": "neutral", "quote": "for 24 months"}])
    assert voter(httpserver, most_characters=10).ask(OLD, NEW, practices=IDS) == []
    request, _ = httpserver.log[0]
    assert json.loads(request.get_json()["messages"][1]["content"])["new"] == NEW[:10]
