"""The export formats there are: one line each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crawler.reporting.advisory import Advisories
from crawler.reporting.index_report import IndexReports
from crawler.reporting.indicators import IndicatorTable
from crawler.reporting.interface import DocumentKind, Format
from crawler.reporting.jsonl import JsonLines
from crawler.reporting.letter import Letter
from crawler.reporting.letter_page import LetterPages
from crawler.reporting.mail import Mails
from crawler.reporting.misp import MispEvents
from crawler.reporting.notice import Notice
from crawler.reporting.stix import StixBundles
from crawler.reporting.xarf import XarfReports

__all__ = ["FORMATS"]

_LETTERS = frozenset({DocumentKind.LETTER, DocumentKind.CORRECTION, DocumentKind.WITHDRAWN})

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "jsonl": Format(
            renderer=lambda _: JsonLines(),
            kinds=frozenset({DocumentKind.FINDINGS}),
            is_for_operator=True,
        ),
        "letter": Format(renderer=Letter, kinds=_LETTERS),
        "csv": Format(renderer=IndicatorTable, kinds=frozenset({DocumentKind.INDICATORS})),
        "osv": Format(renderer=Advisories, kinds=frozenset({DocumentKind.ADVISORY})),
        "index": Format(renderer=IndexReports, kinds=frozenset({DocumentKind.INDEX_REPORT})),
        "notice": Format(renderer=Notice, kinds=frozenset({DocumentKind.NOTICE})),
        "stix": Format(
            renderer=StixBundles, kinds=frozenset({DocumentKind.STIX_BUNDLE}), default=False
        ),
        "misp": Format(
            renderer=MispEvents, kinds=frozenset({DocumentKind.MISP_EVENT}), default=False
        ),
        "xarf": Format(
            renderer=XarfReports, kinds=frozenset({DocumentKind.XARF_REPORT}), default=False
        ),
        "html": Format(
            renderer=LetterPages, kinds=frozenset({DocumentKind.LETTER_PAGE}), default=False
        ),
        "eml": Format(renderer=Mails, kinds=frozenset({DocumentKind.MAIL}), default=False),
    }
)
"""Stable id of a format -> what it is."""
