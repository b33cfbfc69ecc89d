"""The knowledge and the craft of ghostcrawl: pure stages and host adapters.

Nothing in this package knows Celery or a database; `crawler.pipeline` tells the story on one page.
"""

__version__ = "0.1.0"
