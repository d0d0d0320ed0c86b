"""Drives the emulator with Neon's Python client: story.py BASE_URL API_KEY. Says what it saw as one line of JSON."""

import json
import sys
import time

import neon_api.client
from neon_api import NeonAPI
from neon_api.exceptions import NeonAPIError

base_url, api_key = sys.argv[1:]
neon = NeonAPI(api_key, base_url=base_url + "/")


def settled(project_id):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        operations = neon.operations(project_id).operations
        if all(str(o.status).split(".")[-1] not in ("scheduling", "running") for o in operations):
            return operations
        time.sleep(0.05)
    raise TimeoutError(project_id)


project = neon.project_create(project={"name": "by-python"}).project
settled(project.id)
branch = neon.branch_create(project.id, branch={"name": "child"}, endpoints=[{"type": "read_write"}]).branch
settled(project.id)
neon.role_create(project.id, branch.id, "writer")
settled(project.id)
neon.database_create(project.id, branch.id, database={"name": "second", "owner_name": "writer"})
operations = settled(project.id)
try:
    neon.project("no-such-project-12345678")
    missing = None
except NeonAPIError as error:
    missing = json.loads(str(error))["message"]

# Its model of a project knows no plan as new as those of today, so this one reply is read as it came.
neon_api.client.ENABLE_PYDANTIC = False
name = neon.project(project.id)["project"]["name"]
neon_api.client.ENABLE_PYDANTIC = True

said = {
    "name": name,
    "found": len(neon.projects(limit=10).projects),
    "branches": sorted(b.name for b in neon.branches(project.id).branches),
    "roles": sorted(r.name for r in neon.roles(project.id, branch.id).roles),
    "databases": sorted(d.name for d in neon.databases(project.id, branch.id).databases),
    "finished": all(str(o.status).split(".")[-1] == "finished" for o in operations),
    "missing": missing,
}
neon.project_delete(project.id)
print(json.dumps(said))
