"""The index itself: its journal, its status, its quarantine."""
