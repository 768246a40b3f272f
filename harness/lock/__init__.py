"""lock: what every version of an environment file became, with all packages and their checksums.

``resolve`` asks the registries, or takes the lock that there is, and sees to it that
everything the lock names lies in the cache; from then on nothing needs a network.
"""

from harness.lock.files import beside, path_beside, read, write
from harness.lock.resolving import check, resolve
from harness.lock.settling import settle

__all__ = ["beside", "check", "path_beside", "read", "resolve", "settle", "write"]
