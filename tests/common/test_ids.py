"""Ids sort by age, and do not collide across threads."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from common.ids import unguessable, uuid7


def test_ids_rise_within_a_process():
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_share_no_id():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: uuid7(), range(20_000)))
    assert len(set(made)) == len(made)


def test_an_id_is_a_version_7_uuid_of_now():
    made = uuid7()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs((made.int >> 80) - time.time_ns() // 1_000_000) < 1000


def test_addresses_are_22_url_safe_characters():
    assert len({unguessable() for _ in range(1000)}) == 1000
    assert all(len(word) == 22 and word.replace("-", "").replace("_", "").isalnum() for word in (unguessable(),))
