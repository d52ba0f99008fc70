from tests.records import *
from monitor.model import Origin, AlertDraft, AlertKind


def test_smoke(store):
    p = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
    h = store.history(p.id)
    c = store.commit(a_first(h, "a", "b", captures=(an_answer(b"x" * 1000),)))
    h = store.history(p.id)
    print(h)
    store.commit(unchanged(h, NOON + HOUR))
    print(store.observations(p.id), store.versions(p.id), store.check_health())
