"""The malicious-package records of OSV."""
