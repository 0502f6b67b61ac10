"""What holds for all tests."""

import pytest

pytest.register_assert_rewrite("tests.contracts", "tests.servers")  # their asserts say what they compared
