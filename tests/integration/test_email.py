from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import trustme

from monitor.errors import DeliveryError
from monitor.model import AlertKind, Notice
from notifiers import EmailChannel, EmailOptions, Security
from notifiers.envelope import once
from tests.channels import mail
from tests.mail_server import Mailbox, MailServer
from tests.notices import alert, changed, replace_all, seen, trial, unreachable

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


@contextmanager
def talking(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says what `speak` makes it say to its one client."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                try:
                    speak(client)
                except OSError:
                    return  # the client hung up, as it should

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


def failure(channel: EmailChannel, notice: Notice | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(notice or changed())
    return caught.value


def test_recipients_are_told_once_each() -> None:
    named = "Dup <dup@press.example>"
    others = ("dup@PRESS.example", "Dup@press.example", "dup@press.example", '"Doe; Jane, Dr" <j@press.example>')
    assert once((named, *others)) == (named, "Dup@press.example", others[3])


class TestTheMessage:
    @pytest.fixture
    def mailbox(self) -> Mailbox:
        return Mailbox()

    def test_tells_clients_what_it_is(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            mail(port, "Åse Nørgård <reader@press.example>", unsubscribe="https://clauses.example/off").send(changed())
        to, message = mailbox.messages[0]
        assert to == "reader@press.example"
        assert message["To"] == "Åse Nørgård <reader@press.example>"
        assert message["From"] == "Clausewatch <watch@clauses.example>"
        assert message["Subject"].startswith("Harbour Lane Books privacy policy: 4 clauses added, 1 removed")
        assert message["Message-ID"] == "<al_5f3c9b2e7d41@clauses.example>"
        assert message["References"] == message["In-Reply-To"]
        assert message["References"].startswith("<policy.")
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Id"] == "Clausewatch <clausewatch.clauses.example>"
        assert message["List-Unsubscribe"] == "<https://clauses.example/off>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert abs(parsedate_to_datetime(message["Date"]).timestamp() - time.time()) < 60

    def test_has_a_plain_and_an_html_part_that_both_show_the_change(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            mail(port).send(changed())
        message = mailbox.messages[0][1]
        plain, html = message.iter_parts()
        assert message.get_content_type() == "multipart/alternative"
        assert "for [-30 days-]{+24 months+} after" in plain.get_content()
        assert ">30 days</s>" in html.get_content()
        assert ">24 months</u>" in html.get_content()
        assert max(len(line) for line in mailbox.raw[0].split(b"\r\n")) <= 998
        assert mailbox.raw[0].isascii()

    def test_about_the_watch_itself_is_no_part_of_a_policys_thread(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            made = mail(port)
            made.send(changed())
            made.send(replace(changed(), alert=alert(AlertKind.TROUBLE, reason="full"), change=None, old=None))
        first, second = (message["References"] for _, message in mailbox.messages[:: len(mailbox.messages) // 2])
        assert first != second

    def test_of_one_alert_is_the_same_at_each_attempt_and_of_one_policy_is_one_thread(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            for key in ("one", "one", "two"):
                mail(port).send(changed(key=key))
        first, again, other = (message for _, message in mailbox.messages)
        assert [bytes(part) for part in first.iter_parts()] == [bytes(part) for part in again.iter_parts()]
        assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
        assert first["References"] == other["References"]
        assert first.get_boundary() == again.get_boundary()

    def test_of_a_text_that_was_only_seen_says_so(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            mail(port).send(seen())
        message = mailbox.messages[0][1]
        assert "not confirmed yet" in message["Subject"]
        for part in message.iter_parts():
            assert "not confirmed yet" in part.get_content().lower()
            assert "30 days" in part.get_content()

    def test_of_an_unreachable_policy_says_that_nothing_changed(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            mail(port).send(unreachable())
        message = mailbox.messages[0][1]
        assert message["Subject"] == (
            "Harbour Lane Books privacy policy: cannot be read, 5 checks in a row were answered with status 404"
        )
        for part in message.iter_parts():
            assert "This is no change of the policy" in part.get_content()

    def test_of_a_trial_says_that_the_channel_works(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            mail(port).send(trial())
        assert mailbox.messages[0][1]["Subject"] == "Clausewatch test: this channel works"

    def test_of_a_key_unfit_for_a_header_has_a_digest_as_its_id(self, mailbox: Mailbox) -> None:
        with MailServer(mailbox) as port:
            mail(port).send(changed(key="a b\r\nBcc: all@press.example"))
        message = mailbox.messages[0][1]
        assert message["Bcc"] is None
        assert message["Message-ID"].split("@")[0].strip("<").isalnum()

    def test_cannot_be_given_headers_by_a_policy(self, mailbox: Mailbox) -> None:
        hostile = "= h2 | Hi\r\rBcc: all@press.example\n~ p | We [-keep-]{+sell\x1b[2J\u202e+} it.".replace(
            "\r\r", "\x0d\x0b"
        )
        with MailServer(mailbox) as port:
            mail(port).send(changed(hostile))
        message = mailbox.messages[0][1]
        assert message["Bcc"] is None
        assert message["Subject"] == (
            "Harbour Lane Books privacy policy: Hi Bcc: all@press.example: “keep” → “sell␛[2J[U+202E]”"
        )

    def test_keeps_under_the_size_that_gmail_clips_at(self, mailbox: Mailbox) -> None:
        line = f"~ p | We [-{'keep ' * 400}-]{{+{'sell ' * 400}+}} it."
        with MailServer(mailbox) as port:
            mail(port).send(changed("\n".join([line] * 300)))
        plain, html = mailbox.messages[0][1].iter_parts()
        assert len(html.get_content().encode()) < 100_000
        assert "did not fit into this message" in plain.get_content()
        assert "did not fit into this message" in html.get_content()
        assert "monitor diff harbour-lane 3 4" in html.get_content()

    def test_may_be_worded_by_templates_of_the_operator(self, mailbox: Mailbox, tmp_path: Path) -> None:
        (tmp_path / "subject.txt.j2").write_text("[legal]\n{{ title }}\n", "utf-8")
        (tmp_path / "email.html.j2").write_text("<p>{{ redline.summary if redline else alert.reason }}</p>", "utf-8")
        with MailServer(mailbox) as port:
            mail(port, templates=tmp_path).send(changed("~ p | {+<b>+}It"))
        message = mailbox.messages[0][1]
        assert message["Subject"] == "[legal] Harbour Lane Books privacy policy"
        plain, html = message.iter_parts()
        assert html.get_content().strip() == "<p>added “&lt;b&gt;”</p>"
        assert "{+<b>+}It" in plain.get_content()


class TestTheConnection:
    def test_is_upgraded_by_starttls_and_logged_in(self, server_context: ssl.SSLContext, ca_file: Path) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox, context=server_context, starttls=True, login=("watch", PASSWORD)) as port:
            mail(port, security=Security.STARTTLS, ca_file=ca_file, username="watch", password=PASSWORD).send(changed())
        assert mailbox.encrypted == [True]
        assert mailbox.logins == ["watch"]

    def test_is_encrypted_from_the_start_when_asked(self, server_context: ssl.SSLContext, ca_file: Path) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox, context=server_context, login=("watch", PASSWORD)) as port:
            mail(port, security=Security.TLS, ca_file=ca_file, username="watch", password=PASSWORD).send(changed())
        assert mailbox.encrypted == [True]

    @pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
    def test_is_refused_to_a_server_of_unknown_certificate(
        self, security: Security, server_context: ssl.SSLContext
    ) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox, context=server_context, starttls=security is Security.STARTTLS) as port:
            error = failure(mail(port, security=security))
        assert not error.permanent
        assert "certificate verify failed" in str(error)
        assert mailbox.to == []

    def test_is_refused_to_a_server_of_another_name(self, authority: trustme.CA, ca_file: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("mail.other.example").configure_cert(context)
        mailbox = Mailbox()
        with MailServer(mailbox, context=context, starttls=True) as port:
            error = failure(mail(port, security=Security.STARTTLS, ca_file=ca_file))
        assert "certificate verify failed" in str(error)
        assert mailbox.to == []

    def test_is_not_made_in_the_clear_where_starttls_is_missing(self) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox) as port:
            error = failure(mail(port, security=Security.STARTTLS, username="watch", password=PASSWORD))
        assert not error.permanent
        assert "STARTTLS" in str(error)
        assert mailbox.logins == []

    def test_with_a_wrong_password_stops_the_channel_and_keeps_the_alert(
        self, server_context: ssl.SSLContext, ca_file: Path
    ) -> None:
        with MailServer(Mailbox(), context=server_context, login=("watch", PASSWORD)) as port:
            error = failure(
                mail(port, security=Security.TLS, ca_file=ca_file, username="watch", password="not the password")
            )
        assert error.stops
        assert not error.permanent
        assert "535" in str(error)
        assert "not the password" not in str(error)

    def test_that_nobody_takes_may_be_tried_again(self) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
        error = failure(mail(port))
        assert not error.permanent
        assert "no connection" in str(error)

    @pytest.mark.parametrize(
        ("greeting", "permanent"),
        [
            (b"421 too busy\r\n", False),
            (b"554 no mail from you\r\n", True),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
            (b"\xff\xfe\x00\x00\r\n", False),
            (b"220 x" * 20_000 + b"\r\n", False),
            (b"", False),
        ],
    )
    def test_with_a_broken_greeting_fails_cleanly(self, greeting: bytes, permanent: bool) -> None:  # noqa: FBT001
        with talking(lambda client: client.sendall(greeting)) as port:
            error = failure(mail(port))
        assert error.permanent is permanent

    def test_that_stalls_ends_with_the_time_out(self) -> None:
        started = time.monotonic()
        with talking(lambda client: client.recv(1)) as port:
            error = failure(mail(port, timeout=0.2))
        assert not error.permanent
        assert "timed out" in str(error)
        assert time.monotonic() - started < 3

    def test_that_trickles_ends_with_the_deadline(self) -> None:
        def trickle(client: socket.socket) -> None:
            while True:
                client.sendall(b"220-still here\r\n")
                time.sleep(0.02)

        started = time.monotonic()
        with talking(trickle) as port:
            error = failure(mail(port, timeout=5, deadline=0.4))
        assert not error.permanent
        assert time.monotonic() - started < 3

    def test_that_breaks_off_in_the_middle_may_be_tried_again(self) -> None:
        def break_off(client: socket.socket) -> None:
            client.sendall(b"220 hello\r\n")
            client.recv(1000)
            client.sendall(b"250 hello\r\n")
            client.recv(1000)

        with talking(break_off) as port:
            error = failure(mail(port))
        assert not error.permanent
        assert "reader@press.example" in str(error)

    def test_whose_farewell_fails_has_delivered_all_the_same(self) -> None:
        taken = []

        def no_farewell(client: socket.socket) -> None:
            client.sendall(b"220 hello\r\n")
            stream = client.makefile("rb")
            for answer in (b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
                stream.readline()
                client.sendall(answer)
            while (line := stream.readline()) != b".\r\n":
                taken.append(line)
            client.sendall(b"250 ok\r\n")
            stream.close()

        with talking(no_farewell) as port:
            mail(port).send(trial())
        assert b"Subject: Clausewatch test: this channel works\r\n" in taken

    def test_gives_no_secret_away_even_where_the_server_repeats_it(self) -> None:
        def repeat(client: socket.socket) -> None:
            client.sendall(b"220 hello\r\n")
            client.recv(1000)
            client.sendall(b"250-hello\r\n250 AUTH PLAIN\r\n")
            login = client.recv(1000)
            client.sendall(b"535 you said " + login.strip() + b" that is " + PASSWORD.encode() + b"\r\n")
            client.recv(1000)

        with talking(repeat) as port:
            error = failure(mail(port, username="watch", password=PASSWORD))
        assert "535 you said AUTH PLAIN *** that is ***" in str(error)
        assert error.__suppress_context__


class TestSeveralRecipients:
    def test_each_get_a_message_of_their_own(self) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox) as port:
            mail(port, "a@press.example", "b@press.example").send(changed())
        assert [(to, message["To"]) for to, message in mailbox.messages] == [
            ("a@press.example", "a@press.example"),
            ("b@press.example", "b@press.example"),
        ]

    def test_who_took_it_do_not_get_it_again(self) -> None:
        mailbox = Mailbox(refused={"b@press.example": "451 come back later"})
        with MailServer(mailbox) as port:
            sender = mail(port, "a@press.example", "b@press.example", "c@press.example")
            error = failure(sender)
            assert not error.permanent
            assert "b@press.example: 451 come back later (2 of 3 recipients took it)" in str(error)
            mailbox.refused.clear()
            sender.send(replace(changed(), settled=error.settled))
        assert mailbox.to == ["a@press.example", "c@press.example", "b@press.example"]

    @pytest.mark.parametrize(
        ("refused", "data", "there"),
        [("451 later", "250 OK", True), ("421 closing", "250 OK", False), ("", "451 later", True)],
    )
    def test_who_are_put_off_alone_say_nothing_of_the_server(self, refused: str, data: str, there: bool) -> None:  # noqa: FBT001
        mailbox = Mailbox(refused={"b@press.example": refused} if refused else {}, data_reply=data)
        with MailServer(mailbox) as port:
            assert failure(mail(port, "b@press.example")).there is there

    def test_who_are_refused_for_good_cost_the_others_nothing(self) -> None:
        mailbox = Mailbox(refused={"b@press.example": "550 no such user"})
        with MailServer(mailbox) as port:
            sender = mail(port, "b@press.example", "a@press.example")
            error = failure(sender)
            assert error.permanent
            assert "b@press.example: 550 no such user (1 of 2 recipients took it)" in str(error)
            mailbox.refused.clear()  # the operator has made the mailbox: a resend reaches it, and nobody twice
            assert error.settled == (("a@press.example", ""), ("b@press.example", "550 no such user"))
            sender.send(replace(changed(), settled=(("a@press.example", ""),)))
        assert mailbox.to == ["a@press.example", "b@press.example"]

    def test_some_refused_for_now_and_some_for_good_end_with_both_told(self) -> None:
        mailbox = Mailbox(refused={"a@press.example": "550 no such user", "b@press.example": "451 later"})
        with MailServer(mailbox) as port:
            sender = mail(port, "a@press.example", "b@press.example")
            first = failure(sender)
            assert not first.permanent
            mailbox.refused = {"a@press.example": "250 it would take it now, but it is not asked again"}
            error = failure(sender, replace(changed(), settled=first.settled))
        assert error.permanent
        assert "a@press.example: 550 no such user" in str(error)
        assert mailbox.to == ["b@press.example"]

    def test_who_are_all_settled_cost_no_conversation(self) -> None:
        everybody = (("a@press.example", ""), ("b@press.example", ""))
        mail(1, "a@press.example", "b@press.example").send(replace(changed(), settled=everybody))

    def test_of_another_alert_are_told_of_that_one(self) -> None:
        mailbox = Mailbox(refused={"b@press.example": "451 later"})
        with MailServer(mailbox) as port:
            sender = mail(port, "a@press.example", "b@press.example")
            failure(sender, changed(key="one"))
            failure(sender, changed(key="two"))
        assert mailbox.to == ["a@press.example", "a@press.example"]

    @pytest.mark.parametrize(("reply", "permanent"), [("452 disk full", False), ("552 too large", True)])
    def test_are_told_apart_when_the_text_itself_is_refused(self, reply: str, permanent: bool) -> None:  # noqa: FBT001
        mailbox = Mailbox(data_reply=reply)
        with MailServer(mailbox) as port:
            error = failure(mail(port))
        assert error.permanent is permanent
        assert reply in str(error)

    def test_with_an_address_the_server_cannot_take_are_refused_for_good(self) -> None:
        def without_utf8(client: socket.socket) -> None:
            client.sendall(b"220 hello\r\n")
            client.recv(1000)
            client.sendall(b"250 hello\r\n")
            client.recv(1000)
            client.sendall(b"221 bye\r\n")

        with talking(without_utf8) as port:
            error = failure(mail(port, "åse@press.example"))
        assert error.permanent
        assert "SMTPUTF8" in str(error)


class TestTheOptions:
    def test_do_not_show_the_password(self) -> None:
        options = EmailOptions(
            host="mail.example", sender="a@b.example", recipients=("c@d.example",), username="u", password=PASSWORD
        )
        assert PASSWORD not in repr(options)
        assert "mail.example" in repr(options)
        assert PASSWORD not in repr(EmailChannel(options, compare=replace_all))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"recipients": ()},
            {"recipients": ("nobody",)},
            {"recipients": ("a@b.example\r\nBcc: c@d.example",)},
            {"recipients": ("@b.example",)},
            {"recipients": (f"a@{'x' * 70}.example",)},
            {"sender": ""},
            {"host": "mail\n.example"},
            {"unsubscribe": "mailto:a@b\r\nX: y"},
            {"password": "pässword"},
        ],
    )
    def test_that_cannot_be_used_are_refused_at_once(self, wrong: dict[str, object]) -> None:
        right: dict[str, object] = {"host": "mail.example", "sender": "a@b.example", "recipients": ("c@d.example",)}
        with pytest.raises(ValueError, match=r"address|line|recipient|ASCII") as caught:
            EmailOptions(**(right | wrong))  # type: ignore[arg-type]
        assert "pässword" not in str(caught.value)

    def test_take_domains_of_any_script(self) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox) as port:
            mail(port, "reader@bücher.example").send(trial())
        assert mailbox.to == ["reader@xn--bcher-kva.example"]
