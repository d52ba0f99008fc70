from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from monitor.config import ArchiveSection, Config, declare, defaults, find, load
from monitor.errors import ConfigError, ConfigProblem
from monitor.model import PolicyKind, Rule, Significance

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def loaded(file: Path, text: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return load(file)


def problems(file: Path, text: str) -> tuple[ConfigProblem, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(file, text)
    assert caught.value.source == str(file)
    return caught.value.problems


def problem(file: Path, text: str) -> ConfigProblem:
    (only,) = problems(file, text)
    return only


EMAIL = '[notify.email]\nhost = "mail.example"\nfrom = "a@b.example"\nto = ["c@d.example"]\n'


class TestTheTemplate:
    def test_it_is_the_file_at_the_root(self) -> None:
        assert (files("monitor.config") / "template.toml").read_text("utf-8") == (ROOT / "config.toml").read_text(
            "utf-8"
        )

    def test_it_says_what_the_defaults_are(self, file: Path) -> None:
        text = (ROOT / "config.toml").read_text("utf-8")
        written = loaded(file, text).model_dump(exclude={"storage"})
        assert written == defaults().model_dump(exclude={"storage"})

    def test_its_examples_are_right(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("CLAUSEWATCH_PROXY", "WEBHOOK_URL", "APPRISE_URL"):
            monkeypatch.setenv(name, "https://proxy.example/")
        for name in ("SMTP_PASSWORD", "IAS3_ACCESS_KEY", "IAS3_SECRET_KEY", "LLM_KEY"):
            monkeypatch.setenv(name, "x")
        monkeypatch.setenv("WEBHOOK_SECRET", "whsec_c2VjcmV0")
        other = (
            "CLAUSEWATCH_DATABASE",
            "user_agent",
            "# urls",
            "urls = ",
            "cron = ",
            "playback",
        )  # ways to say what stands beside them
        lines = (ROOT / "config.toml").read_text("utf-8").splitlines()
        shown = [line[2:] if line.startswith(("# [", "# contact")) or _is_setting(line) else line for line in lines]
        text = "\n".join(line for line in shown if not any(word in line for word in other))
        config = loaded(file, text)
        assert config.notify.names == ("email", "webhook", "apprise", "atom", "command")
        assert [rule.name for rule in config.rules] == ["privacy"]
        assert [spec.name for spec in config.specs] == ["acme-privacy"]
        assert config.specs[0].every == timedelta(hours=6)
        assert (config.rules[0].practices, config.rules[0].least_days) == (("data-retention",), 365)
        assert config.llm.model == "local-model"

    def test_every_key_of_the_schema_is_shown(self) -> None:
        text = (ROOT / "config.toml").read_text("utf-8")
        for section in Config.model_fields:
            assert f"[{section}" in text or f"[[{section}]]" in text
        for name, field in Config.model_fields.items():
            if name not in {"notify", "policy", "rule"}:
                for key in (ArchiveSection if name == "archive" else field.default.__class__).model_fields:
                    assert f"{key} = " in text, f"{name}.{key}"


def _is_setting(line: str) -> bool:
    return line.startswith("# ") and line[2:].split(" ", 1)[0].isidentifier() and line[2:].split(" ", 1)[1][:2] == "= "


class TestProblems:
    def test_a_rule_about_a_practice_that_nobody_knows(self, file: Path) -> None:
        told = problem(file, '[[rule]]\npractices = ["data-retenton"]\n')
        assert "did you mean data-retention?" in told.message
        assert "type of data" in problem(file, '[[rule]]\ndata_types = ["shoes"]\n').message

    def test_a_language_model_without_its_name(self, file: Path) -> None:
        assert "name the model" in problem(file, '[llm]\nurl = "http://127.0.0.1:1/v1"\n').message

    def test_all_are_told_at_once_with_place_and_line(self, file: Path) -> None:
        text = """[monitor]
contct = "x"
every = "12 parsecs"

[fetsh]

[[policy]]
name = "Acme"
url = "acme.example"

[[policy]]
url = "https://acme.example/"
kind = "privcy"

[[rule]]
channels = ["email"]
"""
        assert [(one.line, one.place) for one in problems(file, text)] == [
            (2, "monitor.contct"),
            (3, "monitor.every"),
            (5, "fetsh"),
            (8, "policy[1].name"),
            (9, "policy[1].url"),
            (11, "policy[2].name"),
            (13, "policy[2].kind"),
            (16, "rule[1].channels"),
        ]

    def test_the_message_of_the_error_holds_them_all(self, file: Path) -> None:
        file.write_text('[monitor]\nevry = "1h"\njobs = 0\n')
        with pytest.raises(ConfigError) as caught:
            load(file)
        first, second = str(caught.value).splitlines()
        assert first == f"{file}:2: monitor.evry: unknown key; did you mean every?"
        assert second.startswith(f"{file}:3: monitor.jobs: ")

    @pytest.mark.parametrize(
        ("text", "place", "words"),
        [
            ("[monitors]", "monitors", "did you mean monitor?"),
            ("[monitor]\nxyz = 1", "monitor.xyz", "known here: back_off_to, confirm_after,"),
            ("[monitor]\nlanguages = 'en'", "monitor.languages", "is a list"),
            ("[monitor]\nlanguages = ['english']", "monitor.languages[1]", "two-letter code"),
            ("[monitor]\nlanguages = []", "monitor.languages", "at least one"),
            ("[monitor]\nevery = '0s'", "monitor.every", "longer than 0"),
            ("[monitor]\nevery = 12", "monitor.every", "12h"),
            ("[monitor]\nevery = '12h, 3m'", "monitor.every", "12h"),
            ("[monitor]\nevery = '200000d'", "monitor.every", "century"),
            ("[monitor]\nevery = '99999999999999999999w'", "monitor.every", "century"),
            ("[monitor]\ncontact = 'ann@exämple.org'", "monitor.contact", "plain ASCII"),
            ("monitor = 3", "monitor", "is a table, written as [monitor]"),
            ("[fetch]\nmax_bytes = '0KB'", "fetch.max_bytes", "20MB"),
            ("[fetch]\nmax_bytes = true", "fetch.max_bytes", "20MB"),
            ("[fetch]\nmax_bytes = '1 TB'", "fetch.max_bytes", "20MB"),
            ("[fetch]\nallow_private = ['10.0.0.0/99']", "fetch.allow_private[1]", "network"),
            ("[fetch]\nallow_private = ['http://intranet']", "fetch.allow_private[1]", "host name"),
            ("[fetch]\nproxy = 'proxy:3128'", "fetch.proxy", "https://"),
            ("[fetch]\nuser_agent = 'a\tb'", "fetch.user_agent", "plain ASCII"),
            ("[policy]\nname = 'a'", "policy", "double brackets: [[policy]]"),
            ("[[policy]]\nname = 'a'", "policy[1]", "give either url, or urls"),
            ("[[policy]]\nname = 'a'\nurl = 'https://[x'", "policy[1].url", "https://"),
            ("[[policy]]\nname = 'a'\nurl = 'https://x/'\nselect = 'a[['", "policy[1].select[1]", "CSS"),
            ("[[policy]]\nname = 'a'\nurl = 'https://x/'\nurls = ['https://y/']", "policy[1]", "either"),
            ("[[rule]]\nsignificance = 'editoral'", "rule[1].significance", "did you mean editorial?"),
            ("[[rule]]\nwhen = 5", "rule[1].when", "should be"),
            ("[[rule]]\nchannels = ['hook']", "rule[1].channels", "'hook'; known here: none"),
            ("[notify.email]\nhost='h'\nfrom='me'\nto=['a@b']", "notify.email.from", "Name <you@example.org>"),
            (EMAIL.replace("c@d.example", "x@b.c, y@e.f"), "notify.email.to[1]", "one mail address"),
            (EMAIL.replace("c@d.example", "x@b.c; y@e.f"), "notify.email.to[1]", "one mail address"),
            ("[notify.email]\nfrom='a@b'\nto=['a@b']", "notify.email.host", "is required"),
            ("[[notify.email]]\nhost='h'\nfrom='a@b'\nto=[]", "notify.email[1].to", "at least one"),
            ("[monitor]\nwork='workers'", "monitor.work", "share a PostgreSQL database"),
            (EMAIL + "quiet='08:00-08:00'", "notify.email.quiet", "hold nothing back"),
            (EMAIL + "at='08:00'", "notify.email.at", "add digest"),
            (EMAIL + "day='monday'", "notify.email.day", "add digest"),
            (
                "[[notify.atom]]\nname='a'\npath='f'\n[[notify.atom]]\nname='b'\npath='x/../f'",
                "notify.atom[2].path",
                "a writes this file already",
            ),
            ("[notify.webhook]\nurl='ftp://h/'", "notify.webhook.url", "https://"),
            ("[notify.webhook]\nurl='https://h/'\nsecret='***'", "notify.webhook.secret", "base64"),
            ("[notify.webhook]\nurl='https://h/'\nsecret='é'", "notify.webhook.secret", "base64"),
        ],
    )
    def test_each_says_what_to_do(self, file: Path, text: str, place: str, words: str) -> None:
        found = problem(file, text)
        assert found.place == place
        assert words in found.message
        assert found.line is not None

    def test_names_given_twice(self, file: Path) -> None:
        policy = '[[policy]]\nname = "a"\nurl = "https://a.example/"\n'
        twice = problem(file, policy + policy)
        assert (twice.place, twice.line) == ("policy[2].name", 5)
        hook = '[[notify.webhook]]\nurl = "https://a.example/"\n'
        twice = problem(file, hook + hook)
        assert twice.place == "notify.webhook[2].name"
        assert "webhook" in twice.message

    def test_a_rule_for_a_channel_that_is_nearly_there(self, file: Path) -> None:
        assert "did you mean email?" in problem(file, EMAIL + '[[rule]]\nchannels = ["emial"]\n').message

    def test_tables_of_other_shapes_are_told_by_the_schema_alone(self, file: Path) -> None:
        text = "notify = 1\npolicy = [1]\nrule = [{channels = 3}, {channels = [4]}]"
        assert {one.place for one in problems(file, text)} == {
            "notify",
            "policy[1]",
            "rule[1].channels",
            "rule[2].channels[1]",
        }

    def test_files_that_are_no_toml(self, file: Path) -> None:
        assert "line 2" in problem(file, "[monitor]\njobs = = 2\n").message
        file.write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigError, match="UTF-8"):
            load(file)
        with pytest.raises(ConfigError, match="No such file"):
            load(file.with_name("missing.toml"))
        with pytest.raises(ConfigError, match="directory"):
            load(file.parent)

    def test_a_byte_order_mark_is_no_problem(self, file: Path) -> None:
        file.write_bytes(b"\xef\xbb\xbf[monitor]\njobs = 2\n")
        assert load(file).monitor.jobs == 2


class TestArchives:
    def test_none_is_asked_by_itself(self) -> None:
        assert defaults().archive == ()

    def test_one_is_a_table_and_several_are_many(self, file: Path) -> None:
        assert [one.title for one in loaded(file, "[archive]\n").archive] == ["web.archive.org"]
        text = '[[archive]]\n[[archive]]\nkind = "pywb"\nname = "mine"\nurl = "http://127.0.0.1:8080/policies"\n'
        assert [one.title for one in loaded(file, text).archive] == ["web.archive.org", "mine"]

    def test_what_is_missing_is_told(self, file: Path) -> None:
        text = """[[archive]]
kind = "pywb"

[[archive]]
kind = "timemap"
url = "https://a.example/timemap/link"

[[archive]]
name = "b"
playback = "https://a.example/web"

[[archive]]
url = "https://user@c.example/"
pace = 0
"""
        assert [(one.place, one.message.split(" ")[0]) for one in problems(file, text)] == [
            ("archive[1]", "an"),
            ("archive[2]", "playback"),
            ("archive[3]", "playback"),
            ("archive[4].pace", "Input"),
        ]

    def test_names_are_told_apart(self, file: Path) -> None:
        text = '[[archive]]\n[[archive]]\nurl = "https://web.archive.org/"\n[[archive]]\nurl = 5\n'
        messages = [one.message for one in problems(file, text)]
        assert "another archive is named web.archive.org already; give each a name of its own" in messages


class TestValues:
    @pytest.mark.parametrize(
        ("text", "duration"),
        [
            ("30s", timedelta(seconds=30)),
            ("10m", timedelta(minutes=10)),
            ("1.5h", timedelta(minutes=90)),
            ("7D", timedelta(days=7)),
            ("1d 6h", timedelta(hours=30)),
            ("2w", timedelta(days=14)),
        ],
    )
    def test_durations(self, file: Path, text: str, duration: timedelta) -> None:
        assert loaded(file, f'[monitor]\nevery = "{text}"').monitor.every == duration

    @pytest.mark.parametrize(("text", "size"), [("'500KB'", 500_000), ("'1.5 mb'", 1_500_000), ("2000", 2000)])
    def test_sizes(self, file: Path, text: str, size: int) -> None:
        assert loaded(file, f"[fetch]\nmax_bytes = {text}").fetch.max_bytes == size

    def test_a_relative_database_is_beside_the_file(self, file: Path) -> None:
        url = loaded(file, '[storage]\nurl = "data.db"').storage.url.get_secret_value()
        assert url == str(file.parent / "data.db")

    @pytest.mark.parametrize("url", ["/var/lib/x.db", "~/x.db", "postgresql://u@h/d"])
    def test_other_databases_are_left_as_they_are(self, file: Path, url: str) -> None:
        assert loaded(file, f'[storage]\nurl = "{url}"').storage.url.get_secret_value() == url


class TestSecrets:
    SECRET = "correct horse battery"

    def test_from_the_environment_and_never_shown(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SMTP_PASSWORD", self.SECRET)
        config = loaded(file, EMAIL + 'password = { env = "SMTP_PASSWORD" }\n')
        password = config.notify.email[0].password
        assert password is not None
        assert password.get_secret_value() == self.SECRET
        for shown in (repr(config), str(config), config.model_dump_json()):
            assert self.SECRET not in shown

    def test_from_a_file_beside_the_configuration(self, file: Path) -> None:
        file.with_name("password").write_text(self.SECRET + "\n")
        password = loaded(file, EMAIL + 'password = { file = "password" }\n').notify.email[0].password
        assert password is not None
        assert password.get_secret_value() == self.SECRET

    def test_written_out_it_is_not_shown_either(self, file: Path) -> None:
        assert self.SECRET not in repr(loaded(file, EMAIL + f'password = "{self.SECRET}"\n'))

    @pytest.mark.parametrize(
        "broken",
        [
            f'[notify.webhook]\nurl = "gopher://{SECRET}/"',
            f'[notify.webhook]\nurl = "https://h/"\nsecret = "{SECRET}"',
            f'[notify.webhook]\nurl = "https://h/"\nsecret = ["{SECRET}"]',
            f'[storage]\nurl = ["{SECRET}"]',
            f'[fetch]\nproxy = "{SECRET}"',
            EMAIL + f'password = {{ env = "A", file = "{SECRET}" }}',
            EMAIL + f'password = {{ env = ["{SECRET}"] }}',
        ],
    )
    def test_a_broken_one_is_not_shown(self, file: Path, broken: str) -> None:
        with pytest.raises(ConfigError) as caught:
            loaded(file, broken)
        assert self.SECRET not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"

    def test_one_that_is_not_there(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SMTP_PASSWORD", raising=False)
        missing = problem(file, EMAIL + 'password = { env = "SMTP_PASSWORD" }')
        assert (missing.place, missing.message) == (
            "notify.email.password",
            "the environment variable SMTP_PASSWORD is not set",
        )
        assert "cannot be read" in problem(file, EMAIL + 'password = { file = "nowhere" }').message


class TestRecords:
    def test_policies_take_defaults_from_the_file(self, file: Path) -> None:
        config = loaded(
            file,
            """[monitor]
every = "6h"
[[policy]]
name = "one"
url = "https://a.example/"
remove = ".ad"
[[policy]]
name = "two"
urls = ["https://a.example/1", "https://a.example/2"]
every = "1d"
kind = "terms"
language = "ms"
select = ["main", "aside"]
""",
        )
        one, two = config.specs
        assert (one.every, one.urls, one.kind, one.remove) == (
            timedelta(hours=6),
            ("https://a.example/",),
            PolicyKind.PRIVACY,
            (".ad",),
        )
        assert (two.every, two.urls, two.kind) == (
            timedelta(days=1),
            ("https://a.example/1", "https://a.example/2"),
            PolicyKind.TERMS,
        )
        assert (two.language, two.select) == ("ms", ("main", "aside"))

    def test_without_a_rule_every_substantive_change_is_told(self) -> None:
        assert defaults().rules == (Rule(name="default"),)

    def test_rules_without_a_name_are_numbered(self, file: Path) -> None:
        config = loaded(file, EMAIL + '[[rule]]\n[[rule]]\nname = "x"\nsignificance = "none"\nchannels = ["email"]\n')
        assert [rule.name for rule in config.rules] == ["rule 1", "x"]
        assert config.rules[1].significance is Significance.NONE

    def test_several_channels_of_a_sort(self, file: Path) -> None:
        text = EMAIL.replace("[notify.email]", "[[notify.email]]")
        config = loaded(file, text + text + 'name = "lawyers"\n')
        assert config.notify.names == ("email", "lawyers")

    def test_a_policy_that_is_not_in_the_file_is_checked_alike(self) -> None:
        spec = declare(defaults(), {"name": "a", "url": "https://a.example/", "every": timedelta(hours=1)})
        assert spec.every == timedelta(hours=1)
        with pytest.raises(ConfigError) as caught:
            declare(defaults(), {"name": "A B", "urls": ["x"]})
        assert [one.place for one in caught.value.problems] == ["name", "urls[1]"]


class TestFind:
    def test_in_order_of_nearness(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
        monkeypatch.delenv("CLAUSEWATCH_CONFIG", raising=False)
        assert find(None) is None
        own = tmp_path / "home" / "clausewatch" / "config.toml"
        own.parent.mkdir(parents=True)
        own.touch()
        assert find(None) == own
        Path("config.toml").touch()
        assert find(None) == Path("config.toml")
        monkeypatch.setenv("CLAUSEWATCH_CONFIG", "named.toml")
        assert find(None) == Path("named.toml")
        assert find("given.toml") == Path("given.toml")
