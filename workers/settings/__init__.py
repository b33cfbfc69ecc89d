"""All settings, read once at the edge; everything behind it gets plain arguments.

Order: command line > environment (`GHOSTCRAWL_*`) > the user's and the system's `config.toml` > defaults.
No file of the current folder is read: it may be a stranger's checkout. The defaults for public registries
come from the libraries that carry them.
"""

from workers.settings.feeds import FeedSection
from workers.settings.files import configuration_files, user_file
from workers.settings.hosts import HostSection
from workers.settings.network import NetworkSection
from workers.settings.registries import RegistrySection
from workers.settings.report import ReportSection
from workers.settings.retention import RetentionSection
from workers.settings.root import Settings, load
from workers.settings.smtp import SmtpSection

__all__ = [
    "FeedSection",
    "HostSection",
    "NetworkSection",
    "RegistrySection",
    "ReportSection",
    "RetentionSection",
    "Settings",
    "SmtpSection",
    "configuration_files",
    "load",
    "user_file",
]
