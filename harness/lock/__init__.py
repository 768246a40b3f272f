"""lock: what every version of an environment file became, with all packages and their checksums.

``resolve`` asks the registries, or takes the lock that there is, and sees to it that
everything the lock names lies in the cache; from then on nothing needs a network.
"""

from harness.lock.checking import gaps, remarks, stale
from harness.lock.digests import digest_of_recipe
from harness.lock.endpoints import remember, with_said
from harness.lock.files import beside, path_beside, read, text, write
from harness.lock.inventories import with_inventories
from harness.lock.offers import Offer, offers
from harness.lock.parts import part
from harness.lock.resolving import check, resolve
from harness.lock.settling import settle
from harness.lock.varying import newer, vary

__all__ = [
    "Offer",
    "beside",
    "check",
    "digest_of_recipe",
    "gaps",
    "newer",
    "offers",
    "part",
    "path_beside",
    "read",
    "remarks",
    "remember",
    "resolve",
    "settle",
    "stale",
    "text",
    "vary",
    "with_inventories",
    "with_said",
    "write",
]
