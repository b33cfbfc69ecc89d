"""Lure, victim, bystander or research: what the evidence says that a repository is. Pure."""

from crawler.classifying.classify import classify
from crawler.classifying.rules import CASE_RULES, RULES_VERSION
from crawler.classifying.signs import AccusedPin, Signs
from crawler.classifying.slips import Slips

__all__ = ["CASE_RULES", "RULES_VERSION", "AccusedPin", "Signs", "Slips", "classify"]
