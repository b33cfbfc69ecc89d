"""GitHub's advisories of malware, over its API."""
