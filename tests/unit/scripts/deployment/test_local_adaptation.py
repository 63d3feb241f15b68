"""What a local deploy says about where its APIs are."""

from scripts.deployment.local_adaptation import local_urls


def test_each_api_is_told_where_the_engine_serves_it() -> None:
    outputs = {"ApiId": "a1", "TransactionsApiId": "b2", "ApiEndpoint": "https://a1.example/v1"}
    assert local_urls("http://127.0.0.1:4566", outputs) == {
        "ApiEndpoint": "http://127.0.0.1:4566/restapis/a1/v1/_user_request_",
        "TransactionsApiEndpoint": "http://127.0.0.1:4566/restapis/b2/v1/_user_request_",
    }


def test_an_api_that_an_older_stack_lacks_is_not_told() -> None:
    assert list(local_urls("http://127.0.0.1:4566", {"ApiId": "a1"})) == ["ApiEndpoint"]
