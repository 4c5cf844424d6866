"""From page model to PDF: PDF/A-3a and PDF/UA-1 in one, tagged, with the figures attached.

Owns the render and its preflight. Promises the same bytes for the same contents and tools, nothing fetched but the packaged
style and fonts, and a refusal when the layout overflows, text leaves its place, a letter is in none of the fonts or the
finished file is not what it claims to be. How WeasyPrint is driven is `press`.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time
from typing import Any

from outcomes.errors import OutcomesError
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.files import figures_csv, figures_json
from outcomes.scorecards.layout import arrangements
from outcomes.scorecards.page import Scorecard, scorecard
from outcomes.scorecards.preflight import Overflow, check_layout, check_letters
from outcomes.scorecards.press import garbage_at_the_end, laid_out, weasyprint, write_once
from outcomes.scorecards.rendering import Paper, large_print, paper, paper_fonts
from outcomes.scorecards.soundness import check_soundness

# PDF/A asks that an identifier it does not know, here PDF/UA's, brings its own schema.
PDF_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"\
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


def render_pdf(contents: Contents, area_code: str) -> bytes:
    """The PDF of an area's scorecard.

    Raises SetupError when WeasyPrint's system libraries are missing, OutcomesError when the layout does not hold.
    """
    return printed(scorecard(contents, area_code))


def printed(card: Scorecard) -> bytes:
    """The PDF of a scorecard; raises as `render_pdf` does."""
    contents, area_code = card.contents, card.area.code
    attached = attachments(contents, area_code)
    *first, last = arrangements(card)
    for layout in first:
        with suppress(Overflow), garbage_at_the_end():
            return pdf_of(paper(card, layout), layout.pages, attached, contents, area_code)
    with garbage_at_the_end():
        return pdf_of(paper(card, last), last.pages, attached, contents, area_code)


def render_large_print(contents: Contents, area_code: str) -> bytes:
    """The same scorecard in large print, on as many pages as it takes; raises as `render_pdf` does."""
    source = large_print(scorecard(contents, area_code))
    with garbage_at_the_end():
        return pdf_of(source, None, attachments(contents, area_code), contents, area_code)


def attachments(contents: Contents, area_code: str) -> dict[str, bytes]:
    """What an area's PDFs carry: its figures as files, by name."""
    return {"figures.csv": figures_csv(contents, area_code), "figures.json": figures_json(contents, area_code)}


def pdf_of(
    source: Paper, pages: int | None, attached: Mapping[str, bytes], contents: Contents, area_code: str
) -> bytes:
    """Render the paper edition, which has to come out at so many pages (None: as many as it takes), with files attached."""
    package, urls = weasyprint()
    where = f"The scorecard of {area_code} for {contents.period}"
    check_letters(source.html, paper_fonts(), where)
    day = datetime.combine(contents.context.made_on, time(), UTC)
    files = [
        package.Attachment(
            string=body.decode(),
            name=name,
            description="The figures behind this scorecard",
            relationship="Data",
            created=day,
            modified=day,
        )
        for name, body in sorted(attached.items())
    ]
    content = b"".join([source.html.encode(), *(attached[name] for name in sorted(attached))])
    content_hash = hashlib.sha256(content).hexdigest()[:32].encode()
    try:
        with _no_complaints(where):
            document = laid_out(source)
            check_layout(document, pages, where)
            pdf: bytes = document.write_pdf(
                pdf_variant="pdf/a-3a",
                pdf_tags=True,
                pdf_identifier=content_hash,
                attachments=files,
                finisher=_finish,
            )
    # It is a BaseException, so that WeasyPrint itself does not swallow it.
    except urls.FatalURLFetchingError as error:
        raise OutcomesError(
            f"{where} asks for something that is not packaged ({error}), so it was not made: take the address out of the "
            "template or the measure's words."
        ) from None
    check_soundness(pdf, where)
    return pdf


def _finish(document: Any, pdf: Any) -> None:
    for item in pdf.objects:
        extra = getattr(item, "extra", None)
        if extra and extra.get("Type") == "/Metadata":
            item.stream = [part.replace(b"</rdf:RDF>", PDF_UA) for part in item.stream]
    write_once(pdf)


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _no_complaints(where: str) -> Iterator[None]:
    """Whatever WeasyPrint warns of (a rule it does not know, a font that does not load) makes a page other than designed."""
    complaints = _Complaints()
    loggers = [logging.getLogger("weasyprint"), logging.getLogger("fontTools")]
    for logger in loggers:
        logger.addHandler(complaints)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(complaints)
    if complaints.said:
        raise OutcomesError(
            f"{where} was not made, as WeasyPrint complained ({complaints.said[0]}): mend the template."
        )
