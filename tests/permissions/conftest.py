import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--draft-rows", action="store_true", help="print draft rows for addresses without one")
