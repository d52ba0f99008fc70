"""PDFs made by another program, read by PDFium in its own process."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, ListFlowable, ListItem, PageBreak, Paragraph, SimpleDocTemplate

from monitor.errors import ReadError
from monitor.fetch import convert, pdf_to_html
from monitor.fetch.pdfium import Unreadable, read_lines
from monitor.model import Page
from monitor.text.pdf import lines_to_html
from monitor.text.pdf_lines import PdfLine

STYLES = getSampleStyleSheet()
BODY = ParagraphStyle("justified", parent=STYLES["BodyText"], alignment=4)


def running_lines(canvas: Canvas, document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 812, "Kedai Example Sdn Bhd")
    canvas.drawRightString(520, 30, f"Page {document.page}")


def typeset(story: Sequence[Flowable], **options: Any) -> bytes:
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, **options).build(list(story), onFirstPage=running_lines, onLaterPages=running_lines)
    return buffer.getvalue()


def policy(clauses: int = 12) -> bytes:
    story: list[Flowable] = [Paragraph("Privacy Policy", STYLES["Title"])]
    for number in range(1, clauses + 1):
        story.append(Paragraph(f"{number}. Data we keep for purpose {number}", STYLES["Heading2"]))
        text = f"For purpose {number} we keep your name, your address and the days of your visits, " * 5
        story.append(Paragraph(f'{text} as <a href="https://example.com/{number}">told here</a>.', BODY))
        items = [
            f"Item one of {number}, which is told at some length and goes on to a second line of the page, as it must.",
            "Short.",
        ]
        story.append(ListFlowable([ListItem(Paragraph(text, BODY)) for text in items], bulletType="bullet"))
    return typeset(story)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return policy()


def in_process(body: bytes) -> str:
    return lines_to_html([PdfLine(**line) for line in read_lines(body, max_pages=100)])


def test_a_policy_keeps_its_structure_over_pages(pdf: bytes) -> None:
    html = pdf_to_html(pdf)
    assert "<h1>Privacy Policy</h1>" in html
    for number in range(1, 13):
        assert f"<h2>{number}. Data we keep for purpose {number}</h2>" in html
        assert f'<a href="https://example.com/{number}">told here</a>' in html
        assert f"<li>• Item one of {number}, which is told at some length and goes on to a second line" in html
    assert html.count("<p>") == 12  # none is broken by a line or a page
    assert html.count("<li>") == 24
    assert "Kedai" not in html
    assert "Page" not in html


def test_reading_is_the_same_in_and_out_of_the_process(pdf: bytes) -> None:
    assert in_process(pdf) == pdf_to_html(pdf)


def test_many_threads_may_read(pdf: bytes) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(pdf_to_html, [pdf] * 3))) == 1


def test_convert_turns_a_pdf_into_a_page_and_leaves_others(pdf: bytes) -> None:
    page = convert(Page(body=pdf, media_type="application/pdf", url="https://example.com/policy.pdf"))
    assert (page.media_type, page.charset, page.url) == ("text/html", "utf-8", "https://example.com/policy.pdf")
    assert b"<h1>Privacy Policy</h1>" in page.body
    assert convert(page) is page


def drawn(*lines: tuple[float, str], font: str = "Helvetica", size: float = 10) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for baseline, text in lines:
        canvas.setFont(font, size)
        canvas.drawString(72, baseline, text)
    canvas.save()
    return buffer.getvalue()


def test_bold_and_scaled_type_is_seen_as_printed() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setFont("Helvetica-Bold", 10)
    canvas.drawString(72, 700, "Retention")
    canvas.saveState()
    canvas.scale(10, 10)  # as programs do that set every font at size 1
    canvas.setFont("Helvetica", 1)
    canvas.drawString(7.2, 68, "We keep logs for 30 days.")
    canvas.restoreState()
    canvas.save()
    first, second = read_lines(buffer.getvalue(), max_pages=1)
    assert (first["bold"], second["bold"]) == (True, False)
    assert second["size"] == pytest.approx(10)
    assert first["left"] == pytest.approx(72, abs=2)
    assert second["baseline"] - first["baseline"] == pytest.approx(20)


def test_hyphens_at_line_ends_are_undone() -> None:
    html = in_process(drawn((700, "We disclose your infor-"), (688, "mation to nobody.")))
    assert "<p>We disclose your information to nobody.</p>" in html


def test_text_in_malay_and_with_ligatures_is_kept() -> None:
    assert "Kami menyimpan data peribadi anda – “selamat” é" in in_process(
        drawn((700, "Kami menyimpan data peribadi anda – “selamat” é"))
    )


def encrypted() -> bytes:
    return typeset([Paragraph("Secret", BODY)], encrypt=StandardEncryption("open sesame", canPrint=0))


def picture() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.save()
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "broken"),
        (b"%PDF-1.7 and then nothing", "broken"),
        (b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R >>\nendobj\ntrailer << /Root 1 0 R >>", r"broken|no text"),
        (encrypted(), "encrypted"),
        (picture(), "no text layer"),
        (typeset([PageBreak(), Paragraph("x", BODY)] * 3), "pages"),
    ],
    ids=["empty", "no pdf", "circular", "encrypted", "picture", "too long"],
)
def test_what_cannot_be_read_says_why(body: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_lines(body, max_pages=2)


def test_the_reason_comes_through_from_the_process() -> None:
    with pytest.raises(ReadError, match="encrypted"):
        pdf_to_html(encrypted())


def test_a_pdf_cut_short_is_read_as_far_as_it_can_or_refused(pdf: bytes) -> None:
    for share in (0.3, 0.6, 0.9):
        try:
            lines = read_lines(pdf[: int(len(pdf) * share)], max_pages=100)
        except Unreadable:
            continue
        assert lines


def test_time_is_bounded(pdf: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(ReadError, match=r"within 0\.01 seconds"):
        pdf_to_html(pdf, timeout=0.01)
    assert time.monotonic() - started < 5


def test_memory_is_bounded(pdf: bytes) -> None:
    with pytest.raises(ReadError, match="broke off"):
        pdf_to_html(pdf + bytes(40_000_000), max_memory=20_000_000)


def test_an_interpreter_that_is_gone_is_told(pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(ReadError, match="no process could be started"):
        pdf_to_html(pdf)
