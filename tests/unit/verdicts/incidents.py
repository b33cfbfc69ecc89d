"""Attacks as they happened: what was bad, what beside it was good, and how the index dealt with it.

Names, versions and dates are those of the public reports on each; versions in their canonical form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crawler.model import Assertion, Claim, Ecosystem
from tests.unit.verdicts.statements_of import day, listed, says

__all__ = ["BORN_BAD", "HIJACKED", "Incident"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One project of an incident."""

    id: str
    name: str
    bad: tuple[str, ...]
    good: tuple[str, ...] = ()
    on: str
    ecosystem: Ecosystem = Ecosystem.PYPI

    def later(self, days: int) -> str:
        return f"{day(self.on) + timedelta(days=days):%Y-%m-%d}"

    def record(self) -> list[Assertion]:
        """What an advisory with its versions says."""
        return [
            says(Claim.MALICIOUS, self.name, v, at=self.on, ecosystem=self.ecosystem)
            for v in self.bad
        ]

    def uploads(self) -> list[Assertion]:
        """What the journal says of the releases, good ones long before."""
        return [
            *(self._event(Claim.CREATED, v, -100) for v in self.good),
            *(self._event(Claim.CREATED, v, 0) for v in self.bad),
        ]

    def locked(self) -> list[Assertion]:
        """The whole project goes into quarantine, and the bad releases go."""
        return [
            self._event(Claim.QUARANTINED, None, 0),
            *(self._event(Claim.REMOVED, v, 1) for v in self.bad),
        ]

    def restored(self) -> list[Assertion]:
        """The quarantine is lifted, and the good releases are listed until today."""
        return [
            self._event(Claim.QUARANTINE_CLEARED, None, 2),
            *listed(self.name, *self.good, at="2026-11-20", ecosystem=self.ecosystem),
        ]

    def gone(self) -> list[Assertion]:
        """A project made for the attack is removed as a whole."""
        return [self._event(Claim.CREATED, None, 0), self._event(Claim.REMOVED, None, 1)]

    def _event(self, claim: Claim, version: str | None, days: int) -> Assertion:
        return says(claim, self.name, version, at=self.later(days), ecosystem=self.ecosystem)


def _hijacked(
    incident: str,
    name: str,
    on: str,
    *,
    bad: str,
    good: str,
    ecosystem: Ecosystem = Ecosystem.PYPI,
) -> Incident:
    return Incident(
        id=incident,
        name=name,
        bad=tuple(bad.split()),
        good=tuple(good.split()),
        on=on,
        ecosystem=ecosystem,
    )


def _born_bad(
    incident: str, name: str, on: str, bad: str, ecosystem: Ecosystem = Ecosystem.PYPI
) -> Incident:
    return Incident(id=incident, name=name, bad=tuple(bad.split()), on=on, ecosystem=ecosystem)


HIJACKED = (
    _hijacked(
        "litellm-2026-03", "litellm", "2026-03-24", bad="1.82.7 1.82.8", good="1.82.6 1.83.0"
    ),
    _hijacked("telnyx-2026-03", "telnyx", "2026-03-27", bad="4.87.1 4.87.2", good="4.87.0"),
    _hijacked(
        "xinference-2026-04",
        "xinference",
        "2026-04-22",
        bad="2.6.0 2.6.1 2.6.2",
        good="2.5.0 2.7.0",
    ),
    _hijacked(
        "elementary-data-2026-04",
        "elementary-data",
        "2026-04-24",
        bad="0.23.3",
        good="0.23.2 0.23.4",
    ),
    _hijacked(
        "lightning-2026-04", "lightning", "2026-04-30", bad="2.6.2 2.6.3", good="2.6.1 2.6.4"
    ),
    _hijacked(
        "mistralai-guardrails-2026-05",
        "mistralai",
        "2026-05-12",
        bad="2.4.6",
        good="1.12.4 2.4.5 2.4.7",
    ),
    _hijacked(
        "mistralai-guardrails-2026-05",
        "guardrails-ai",
        "2026-05-12",
        bad="0.10.1",
        good="0.10.0 0.10.2",
    ),
    _hijacked(
        "durabletask-2026-05",
        "durabletask",
        "2026-05-19",
        bad="1.4.1 1.4.2 1.4.3",
        good="1.4.0 1.5.0",
    ),
    *(
        _hijacked("hades-miasma-2026-06-compromised", name, "2026-06-08", bad=bad, good=good)
        for name, bad, good in (
            ("pyphetools", "0.9.120", "0.9.119"),
            ("gpsea", "0.9.14", "0.9.13"),
            ("ppkt2synergy", "0.1.1", "0.1.0"),
            ("embiggen", "0.11.97", "0.11.96"),
            ("phenopacket-store-toolkit", "0.1.7", "0.1.6"),
        )
    ),
    _hijacked(
        "ultralytics-2024-12",
        "ultralytics",
        "2024-12-05",
        bad="8.3.41 8.3.42 8.3.45 8.3.46",
        good="8.3.40 8.3.43 8.3.44 8.3.47",
    ),
    _hijacked("num2words-2025-07", "num2words", "2025-07-28", bad="0.5.15 0.5.16", good="0.5.14"),
    _hijacked("dydx-v4-client", "dydx-v4-client", "2026-01-28", bad="1.1.5.post1", good="1.1.5"),
    _hijacked("mrmustard-2026-07", "mrmustard", "2026-07-24", bad="0.7.2", good="0.7.1 0.7.3"),
    _hijacked(
        "axios-2026-03",
        "axios",
        "2026-03-31",
        bad="1.14.1 0.30.4",
        good="1.14.0 0.30.3 1.15.0",
        ecosystem=Ecosystem.NPM,
    ),
    _hijacked(
        "shai-hulud-2",
        "@zz-victim/ui-kit",
        "2025-11-24",
        bad="3.1.1",
        good="3.1.0 3.1.2",
        ecosystem=Ecosystem.NPM,
    ),
)
"""Projects of honest people; the index restored them without the bad releases."""

BORN_BAD = (
    *(
        _born_bad("hades-miasma-2026-06-typosquats", name, "2026-06-07", bad)
        for name, bad in (
            ("nhmpy", "2.4.6 2.4.7"),
            ("openai-mcp", "2.41.1 2.41.2"),
            ("rlask", "3.1.3 3.1.4 3.1.5 3.1.6 3.1.7"),
            ("rsquests", "2.34.2 2.34.3"),
            ("tiktoken-mcp", "0.13.1 0.13.2"),
            ("tlask", "3.1.3 3.1.4"),
        )
    ),
    *(
        _born_bad("fakerec-graphalgo-pypi", name, "2025-07-20", bad)
        for name, bad in (
            ("graphdict", "3.4.0 3.4.2 3.4.6 3.4.8 3.4.10 3.4.11 3.4.12 3.4.13 3.4.14"),
            ("graphnode", "1.0.0 1.0.1 1.1.0"),
            ("graphsync", "1.1.0 1.1.1"),
            ("bignum", "0.1.0 0.1.1 0.1.2 0.1.3"),
            ("bigpyx", "0.0.1 0.0.2"),
        )
    ),
    *(
        _born_bad("fakerec-renderctx", name, "2026-04-30", bad)
        for name, bad in (
            ("renderctx", "0.1.0 0.1.1 1.1.1 1.1.2 2.1.0 2.1.1"),
            ("chalk-fancy", "0.0.0 0.0.3 1.0.3 1.0.4 1.0.5 1.0.6 1.0.7 1.0.8 1.0.9"),
            ("graphicsctxr", "1.0.1 1.0.2 1.0.3 1.0.4 2.1.1 2.2.1 2.2.2 2.2.3"),
            ("graphicctx", "1.0.1"),
            ("graphicsctxs", "1.0.1"),
            ("funkratov-renderkit", "0.1.0"),
            ("renderkitcore", "0.1.0"),
        )
    ),
    *(
        _born_bad("fakerec-genosys", name, "2026-04-16", bad)
        for name, bad in (
            ("genosys", "0.1.0 0.1.1 0.1.2"),
            ("pynosist", "0.1.0 0.1.1 0.1.2"),
            ("chainutils", "1.0.0"),
            ("solanakit", "1.0.0 1.0.1"),
        )
    ),
    *(
        _born_bad("fakerec-cognikit", name, "2026-07-31", "0.1.2")
        for name in (
            "cognikit",
            "aiassistcore",
            "aichannel",
            "ailaunchkit",
            "aiprepkit",
            "catalogai",
        )
    ),
    *(
        _born_bad("fakerec-others", name, "2026-03-15", bad)
        for name, bad in (
            ("license-utils-kit", "0.1a0 0.1a1 0.1b1 0.1b2 0.1b3 0.1b4 0.1rc1 0.1rc2 0.1rc3"),
            ("apachelicense", "0.1a1"),
            ("fluxhttp", "1a1 1.0.1 1.0.2"),
            ("logutilkit", "1.0.1"),
            ("kraken-trader", "1.0.0 1.0.1"),
            ("chaintest", "0.1.0"),
            ("utf-cleaner", "3.3.7 3.3.8 3.3.9 3.4.0 3.4.1 3.4.2"),
            ("uitil", "0.1.4 0.1.5"),
            ("py-clob-clients", "0.1.0 0.1.1 0.1.2 0.1.4 0.1.5 0.1.7 0.1.8"),
            ("amazon-boto", "1.42.41 1.42.42"),
            ("asynchttpx", "0.0.2"),
            ("httpx-client", "0.0.1"),
            ("xcepthttp", "0.0.2"),
        )
    ),
    _born_bad("axios-2026-03", "plain-crypto-js", "2026-03-31", "4.2.0 4.2.1", Ecosystem.NPM),
)
"""Projects that were made for the attack; the index removed them as a whole."""
