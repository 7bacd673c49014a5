"""Which ids were seen: exactly, or within a long memory of fixed size."""

from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async._recent import RecentlySeen, SeenExactly


@given(st.lists(st.text(max_size=3)))
def test_both_memories_agree_with_a_set(texts):
    known, exactly, recently = set(), SeenExactly(), RecentlySeen()
    for text in texts:
        new = text not in known
        known.add(text)
        assert exactly.is_new(text) is new
        assert recently.is_new(text) is new


def test_the_recent_past_is_remembered_however_much_comes():
    """The last 131,072 distinct texts are known; what is twice as long ago may come as new."""
    memory = RecentlySeen()
    assert all(memory.is_new(f"j{number}") for number in range(300_000))
    assert not any(memory.is_new(f"j{number}") for number in range(300_000 - 131_072, 300_000))
    assert memory.is_new("j0")


def test_the_memory_does_not_grow():
    memory = RecentlySeen()
    for number in range(300_000):
        memory.is_new(f"j{number}")
    size = sum(len(table._places) * table._places.itemsize for table in (memory._young, memory._old))
    assert size == 4 * 1024 * 1024
