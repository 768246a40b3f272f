"""pytester forgets what was imported during a run of its own, and the next run imports it anew: that takes long, and
a compiled module can be loaded only once in a process. So what such a run may import is imported before it."""

import ahocorasick_rs
import blazediff
import cryptography.x509
import jsonpath_rfc9535

from harness.pytest_plugin import scenarios, stage

LOADED = (ahocorasick_rs, blazediff, cryptography.x509, jsonpath_rfc9535, scenarios, stage)
