"""Bundles: what is written, what a later one keeps of an earlier one, and what is found of tampering."""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import HttpStatus, ReadError, StaleCheck
from monitor.evidence import Flaw, Window, broken_chain, extend_chain, verify_bundle, write_bundle
from monitor.evidence.chain import canonical
from monitor.model import Origin, PolicySpec
from monitor.ports import Store
from tests.bundles import contents, lines, remake, sha
from tests.databases import new_store
from tests.watch import CLAUSES, HOUR, LONGER, START, URL, Watch, html


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "a.db")
    yield opened
    opened.close()


@pytest.fixture
def watch(store: Store) -> Watch:
    """A policy that changed once, and was away once."""
    watch = Watch(store)
    watch.look(html(*CLAUSES))
    watch.look(after=12 * HOUR)
    watch.look(html(*LONGER, token="\u2603"), after=12 * HOUR)
    watch.look(after=12 * HOUR)
    watch.web.fails(URL, HttpStatus(URL, 503))
    watch.look(after=12 * HOUR)
    return watch


@pytest.fixture
def bundle(watch: Watch, tmp_path: Path) -> Path:
    path = tmp_path / "a.zip"
    write_bundle(path, watch.store, [watch.policy])
    return path


class TestWriting:
    def test_it_holds_and_says_all_that_is_known(self, watch: Watch, bundle: Path) -> None:
        verified = verify_bundle(bundle)
        assert verified.flaws == ()
        assert verified.names == {watch.policy.id: "acme"}
        assert [one["name"] for one in lines(bundle, "policies.jsonl")] == ["acme"]
        assert [len(one["clauses"]) for one in lines(bundle, "versions.jsonl")] == [7, 7]
        (change,) = lines(bundle, "changes.jsonl")
        assert "24 months" in json.dumps(change["operations"])
        records = [link["record"] for link in lines(bundle, "chain.jsonl")]
        kinds = [(one["kind"], one.get("outcome")) for one in records]
        assert kinds.count(("capture", None)) == len(watch.store.captures(watch.policy.id))
        assert {outcome for kind, outcome in kinds if kind == "found"} == {
            "first", "unchanged", "candidate", "changed", "unreachable",
        }  # fmt: skip
        for capture in watch.store.captures(watch.policy.id):
            assert contents(bundle)[f"bodies/{capture.digest}"] == watch.store.body(capture.id)

    def test_the_same_content_is_the_same_file(self, watch: Watch, bundle: Path, tmp_path: Path) -> None:
        write_bundle(tmp_path / "b.zip", watch.store, [watch.policy])
        assert (tmp_path / "b.zip").read_bytes() == bundle.read_bytes()

    def test_a_later_one_extends_an_earlier_one(self, watch: Watch, bundle: Path, tmp_path: Path) -> None:
        before = contents(bundle)["chain.jsonl"]
        watch.web.page(URL, html(*CLAUSES, token="later"))
        watch.look(after=12 * HOUR)
        watch.look(after=12 * HOUR)
        later = tmp_path / "later.zip"
        write_bundle(later, watch.store, [watch.policy])
        assert contents(later)["chain.jsonl"].startswith(before)
        assert verify_bundle(later, extends=bundle).flaws == ()
        assert [flaw.problem for flaw in verify_bundle(bundle, extends=later).flaws] == [
            "the chain of acme does not begin with that of later.zip"
        ]

    def test_a_run_that_goes_on_is_told_again(self, watch: Watch) -> None:
        watch.web.page(URL, html(*LONGER))
        watch.look(after=12 * HOUR)
        head = extend_chain(watch.store, watch.policy.id)
        assert extend_chain(watch.store, watch.policy.id) == head
        watch.look(after=12 * HOUR)
        extend_chain(watch.store, watch.policy.id)
        records = [json.loads(link.record) for link in watch.store.chain(watch.policy.id)[head.length :]]
        assert [(one["kind"], one["count"]) for one in records] == [("lasted", 2)]

    def test_a_window_leaves_bodies_out_and_the_chain_whole(self, watch: Watch, bundle: Path, tmp_path: Path) -> None:
        part = tmp_path / "part.zip"
        done = write_bundle(part, watch.store, [watch.policy], window=Window(START + 13 * HOUR, START + 30 * HOUR))
        assert (done.captures, done.bodies) == (1, 1)
        assert verify_bundle(part).flaws == ()
        assert contents(part)["chain.jsonl"] == contents(bundle)["chain.jsonl"]

        def lose(files: dict[str, bytes]) -> None:
            del files[next(name for name in files if name.startswith("bodies/"))]

        remake(part, lose, sums=True)
        assert [one.problem for one in verify_bundle(part).flaws] == [
            "is missing: a capture of the bundle's time has it"
        ]

    def test_several_policies_and_none(self, watch: Watch, tmp_path: Path) -> None:
        other = watch.store.add_policy(PolicySpec(name="other", urls=(URL,)), origin=Origin.DATABASE, now=START)
        done = write_bundle(tmp_path / "two.zip", watch.store, [other, watch.policy])
        assert done.heads["other"].length == 0
        assert verify_bundle(tmp_path / "two.zip").flaws == ()
        write_bundle(tmp_path / "none.zip", watch.store, [])
        assert verify_bundle(tmp_path / "none.zip").flaws == ()


class TestTampering:
    def test_any_byte(self, bundle: Path) -> None:
        """Flip one byte at a time, everywhere."""
        whole = bundle.read_bytes()
        chance = random.Random(5)
        places = sorted({*chance.sample(range(len(whole)), 250), *range(len(whole) - 90, len(whole)), *range(40)})
        for place in places:
            bundle.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :])
            try:
                flaws = verify_bundle(bundle).flaws
            except ReadError:
                continue
            assert flaws, f"byte {place} of {len(whole)}"

    def test_the_changed_file_is_named(self, watch: Watch, bundle: Path) -> None:
        whole = bundle.read_bytes()
        body = watch.store.body(watch.store.captures(watch.policy.id)[-1].id)
        bundle.write_bytes(whole.replace(body, body.replace(b"30 days", b"90 days")))
        assert [flaw.place for flaw in verify_bundle(bundle).flaws] == [f"bodies/{sha(body)}"]

    def test_the_broken_link_is_named(self, bundle: Path) -> None:
        """A forger changes what was found, and every sum with it; the chain still tells, and the seal."""
        seal = verify_bundle(bundle).seal
        number = next(
            place for place, link in enumerate(lines(bundle, "chain.jsonl"), 1) if link["record"].get("count") == 1
        )

        def forge(files: dict[str, bytes]) -> None:
            files["chain.jsonl"] = files["chain.jsonl"].replace(b'"count":1', b'"count":7', 1)

        remake(bundle, forge, sums=True)
        problems = [flaw.problem for flaw in verify_bundle(bundle, seal=seal).flaws]
        assert f"does not have the seal {seal}" in problems
        assert any(f"the chain of acme breaks at link {number} (found " in problem for problem in problems)

    def test_a_chain_made_anew_does_not_extend_the_old_one(self, bundle: Path, tmp_path: Path) -> None:
        old = tmp_path / "old.zip"
        old.write_bytes(bundle.read_bytes())

        def forge(files: dict[str, bytes]) -> None:
            links, previous = [], "0" * 64
            for link in map(json.loads, files["chain.jsonl"].splitlines()):
                record = {**link["record"], "forged": True}
                digest = sha(previous.encode() + b"\n" + canonical(record))
                links.append({**link, "record": record, "previous": previous, "hash": digest})
                previous = digest
            files["chain.jsonl"] = b"".join(canonical(link) + b"\n" for link in links)
            chains = json.loads(files["chains.json"])
            chains["chains"][0]["head"] = previous
            files["chains.json"] = canonical(chains)

        remake(bundle, forge, sums=True)
        problems = [flaw.problem for flaw in verify_bundle(bundle, extends=old).flaws]
        assert problems == ["the chain of acme does not begin with that of old.zip"]

    def test_files_added_lost_and_exchanged(self, bundle: Path) -> None:
        def change(files: dict[str, bytes]) -> None:
            del files["versions.jsonl"]
            files |= {"extra.txt": b"hello", "changes.jsonl": b"{}\n"}

        remake(bundle, change)
        assert set(verify_bundle(bundle).flaws) == {
            Flaw("versions.jsonl", "is missing"),
            Flaw("extra.txt", "is not in the manifest"),
            Flaw("changes.jsonl", "is not what was written: its SHA-256 differs"),
        }

    @pytest.mark.parametrize(
        ("name", "content", "place", "problem"),
        [
            ("chain.jsonl", b"[]\n", "chain.jsonl", "is not a chain"),
            ("chain.jsonl", b"", "chain.jsonl", "does not end where chains.json says"),
            ("chain.jsonl", b"[" * 100_000, "chain.jsonl", "is not a chain"),
            ("chains.json", b"[]", "chains.json", "is not a list of chains"),
            ("chains.json", b'{"format":"x","chains":[]}', "chains.json", "is not a list of chains"),
        ],
    )
    def test_no_chain(self, bundle: Path, name: str, content: bytes, place: str, problem: str) -> None:
        remake(bundle, lambda files: files.update({name: content}), sums=True)
        assert any(flaw.place == place and problem in flaw.problem for flaw in verify_bundle(bundle).flaws)

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (None, "is missing"),
            (b"[]", "is not a manifest"),
            (b'{"files":{},"format":"other/9","window":{"from":null,"to":null}}', "is of another format"),
            (
                b'{"files":{},"format":"clausewatch-bundle/1","window":{"from":null,"to":null}}',
                "is not in the manifest",
            ),
        ],
    )
    def test_no_manifest(self, bundle: Path, content: bytes | None, problem: str) -> None:
        def change(files: dict[str, bytes]) -> None:
            del files["manifest.json"]
            if content is not None:
                files["manifest.json"] = content

        remake(bundle, change)
        assert any(problem in flaw.problem for flaw in verify_bundle(bundle).flaws)

    def test_a_body_under_another_name_and_one_twice(self, bundle: Path) -> None:
        name = next(name for name in contents(bundle) if name.startswith("bodies/"))
        remake(bundle, lambda files: files.update({name: b"other"}), sums=True)
        assert Flaw(name, "does not have the content that its name says") in verify_bundle(bundle).flaws
        with zipfile.ZipFile(bundle, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
            target.writestr(name, b"other")
        assert Flaw(name, "is there twice") in verify_bundle(bundle).flaws

    def test_compressed_files_are_not_unpacked(self, bundle: Path) -> None:
        files = contents(bundle)
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in files.items():
                target.writestr(name, content)
        assert "it is compressed" in verify_bundle(bundle).flaws[0].problem

    def test_no_bundle(self, tmp_path: Path) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(b"not a zip")
        with pytest.raises(ReadError):
            verify_bundle(path)
        with pytest.raises(ReadError):
            verify_bundle(tmp_path / "missing.zip")


class TestStore:
    def test_a_tampered_database_is_found(self, watch: Watch, tmp_path: Path) -> None:
        extend_chain(watch.store, watch.policy.id)
        assert list(broken_chain(watch.store, watch.policy.id)) == []
        assert list(watch.store.damaged_blobs()) == []
        digest = watch.store.captures(watch.policy.id)[-1].digest
        with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
            database.execute("UPDATE captures SET taken = '2020-01-01 00:00:00.000000' WHERE id = 1")
            database.execute("UPDATE observations SET outcome = 'variant' WHERE id = 1")
            database.execute("UPDATE chain_links SET record = replace(record, 'unreachable', 'unchanged')")
            database.execute("UPDATE blobs SET packed = X'00' WHERE digest = ?", [digest])
        problems = [problem for _, problem in broken_chain(watch.store, watch.policy.id)]
        assert "capture 1 is not what was chained" in problems
        assert "observation 1 is not what was chained" in problems
        assert "does not follow on the link before" in problems
        assert digest in [place for place, _ in watch.store.damaged_blobs()]  # and those that are packed against it

    def test_a_chain_that_grew_meanwhile_is_stale(self, watch: Watch) -> None:
        extend_chain(watch.store, watch.policy.id)
        links = watch.store.chain(watch.policy.id)
        with pytest.raises(StaleCheck):
            watch.store.extend_chain(watch.policy.id, links[:1])


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.sampled_from(["same", "new", "token", "away", "export"]), min_size=2, max_size=12))
def test_heads_are_stable_and_every_chain_extends_those_before(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(new_store(Path(folder) / "a.db")) as store:
        watch = Watch(store)
        watch.look(html(*CLAUSES))
        heads = [extend_chain(store, watch.policy.id)]
        for number, step in enumerate(steps):
            if step == "away":
                watch.web.fails(URL, HttpStatus(URL, 503))
            elif step == "new":
                watch.web.page(URL, html(*CLAUSES, f"We add clause {number} to this policy, and it is a long one."))
            elif step == "token":
                watch.web.page(URL, html(*CLAUSES, token=str(number)))
            if step == "export":
                heads.append(extend_chain(store, watch.policy.id))
                assert extend_chain(store, watch.policy.id) == heads[-1]
            else:
                watch.look(after=timedelta(hours=7))
        hashes = [link.hash for link in store.chain(watch.policy.id)]
        for head in heads:
            assert hashes[head.length - 1] == head.hash
        assert list(broken_chain(store, watch.policy.id)) == []
