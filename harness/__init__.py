"""Reproduce upgrade failures in replicas of a customer's environment."""

__version__ = "0.1.0"
