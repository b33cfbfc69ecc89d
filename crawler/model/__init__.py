"""The vocabulary of ghostcrawl; `__all__` is the glossary.

Every value is a frozen, slotted, keyword-only dataclass; closed sets are enums. Nothing here does I/O.
"""

from crawler.model.assertion import Assertion, Claim, Level, ProjectKey, Record, Subject
from crawler.model.distribution import (
    Algorithm,
    Digest,
    Distribution,
    Registry,
    digest_in_path,
    path_of,
)
from crawler.model.finding import (
    Confidence,
    Evidence,
    Finding,
    FindingStatus,
    Liveness,
    Match,
    Report,
    Tier,
)
from crawler.model.names import (
    Ecosystem,
    file_name_of,
    normalize_name,
    normalize_version,
    project_of_file,
)
from crawler.model.pin import LineSpan, Origin, OriginKind, ParseResult, Pin, Readable, Skipped
from crawler.model.repository import (
    LOCAL,
    Branches,
    Head,
    LockBlob,
    Outcome,
    Reader,
    ReadRequest,
    Repository,
    Sighting,
    Visit,
)
from crawler.model.target import Query, QueryKind, Target
from crawler.model.verdict import HEARSAY, IndexState, Reason, Source, State, Verdict

__all__ = [
    "HEARSAY",
    "LOCAL",
    "Algorithm",
    "Assertion",
    "Branches",
    "Claim",
    "Confidence",
    "Digest",
    "Distribution",
    "Ecosystem",
    "Evidence",
    "Finding",
    "FindingStatus",
    "Head",
    "IndexState",
    "Level",
    "LineSpan",
    "Liveness",
    "LockBlob",
    "Match",
    "Origin",
    "OriginKind",
    "Outcome",
    "ParseResult",
    "Pin",
    "ProjectKey",
    "Query",
    "QueryKind",
    "ReadRequest",
    "Readable",
    "Reader",
    "Reason",
    "Record",
    "Registry",
    "Report",
    "Repository",
    "Sighting",
    "Skipped",
    "Source",
    "State",
    "Subject",
    "Target",
    "Tier",
    "Verdict",
    "Visit",
    "digest_in_path",
    "file_name_of",
    "normalize_name",
    "normalize_version",
    "path_of",
    "project_of_file",
]
