"""Lock formats: bytes to pins. One file per format; `registry.py` lists them."""

from crawler.lockfiles.commands import (
    MOST_OF_COMMANDS,
    command_kind,
    installs_by_name,
    names_an_index,
    requirements_of_commands,
    stated_requirements,
)
from crawler.lockfiles.deciding import decides
from crawler.lockfiles.documents.packages import BlockMemo, KnownTexts, LockReading, PackageText
from crawler.lockfiles.including import Included, included_by, may_include
from crawler.lockfiles.index_settings import IndexSettings, settings_in
from crawler.lockfiles.mentions import MOST_OF_MENTIONS, may_mention, mentions, only_mentions
from crawler.lockfiles.names import is_python
from crawler.lockfiles.orphans import manifest_beside, orphans
from crawler.lockfiles.pip_runs import resolved, says_of_runs
from crawler.lockfiles.registry import (
    OTHER_ECOSYSTEMS,
    crawl_worth,
    is_lock,
    is_told_by_shebang,
    lock_id,
    may_name_files,
    may_state_indexes,
    names_files,
    parse,
    parse_unknown,
    parser_for,
    read_as,
    reading_of,
    states_indexes,
    versions,
    worth_of,
)
from crawler.lockfiles.requiring import Release
from crawler.lockfiles.surroundings import Neighbourhood, around, is_readme_above, is_renamed
from crawler.lockfiles.traces import is_package_file

__all__ = [
    "MOST_OF_COMMANDS",
    "MOST_OF_MENTIONS",
    "OTHER_ECOSYSTEMS",
    "BlockMemo",
    "Included",
    "IndexSettings",
    "KnownTexts",
    "LockReading",
    "Neighbourhood",
    "PackageText",
    "Release",
    "around",
    "command_kind",
    "crawl_worth",
    "decides",
    "included_by",
    "installs_by_name",
    "is_lock",
    "is_package_file",
    "is_python",
    "is_readme_above",
    "is_renamed",
    "is_told_by_shebang",
    "lock_id",
    "manifest_beside",
    "may_include",
    "may_mention",
    "may_name_files",
    "may_state_indexes",
    "mentions",
    "names_an_index",
    "names_files",
    "only_mentions",
    "orphans",
    "parse",
    "parse_unknown",
    "parser_for",
    "read_as",
    "reading_of",
    "requirements_of_commands",
    "resolved",
    "says_of_runs",
    "settings_in",
    "stated_requirements",
    "states_indexes",
    "versions",
    "worth_of",
]
