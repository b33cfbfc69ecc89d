"""GitHub's REST answers as values for JSON: the keys that its published OpenAPI description requires."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from workers.demo.catalogue import Catalogue, GitObject, HostedRepository
from workers.demo.codesearch import CodeHit

__all__ = ["Json", "Shapes", "node_id", "node_parts"]

Json = dict[str, object]

_REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
    "url": "",
}
_OWNER_URLS = {
    "events_url": "/events{/privacy}",
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "organizations_url": "/orgs",
    "received_events_url": "/received_events",
    "repos_url": "/repos",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "url": "",
}
_COUNTS = (
    "forks",
    "forks_count",
    "network_count",
    "open_issues",
    "open_issues_count",
    "stargazers_count",
    "subscribers_count",
    "watchers",
    "watchers_count",
)
_FEATURES = ("discussions", "downloads", "issues", "pages", "projects", "wiki")
_BASE64_LINE = 60


def node_id(kind: str, *parts: object) -> str:
    """Return an opaque global id as GraphQL and REST give it; `kind` is `R`, `B`, `T`, `C`, `REF`, `U`."""
    packed = json.dumps([kind, *parts], separators=(",", ":")).encode()
    return f"{kind}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def node_parts(text: str) -> list[object]:
    """Return the kind and the parts that `node_id` packed; raises ValueError for anything else."""
    kind, _, packed = text.partition("_")
    parts = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    if not isinstance(parts, list) or parts[:1] != [kind]:
        msg = f"invalid node id {text!r}"
        raise ValueError(msg)
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Makes the answers of one host; URLs in them start with these bases."""

    catalogue: Catalogue
    api_url: str
    web_url: str

    def minimal(self, entry: HostedRepository) -> Json:
        """Return a `minimal-repository`."""
        base = f"{self.api_url}/repos/{entry.repository.path}"
        return {
            "id": entry.id,
            "node_id": node_id("R", entry.id),
            "name": entry.name,
            "full_name": entry.repository.path,
            "private": False,
            "owner": self._owner(entry),
            "html_url": self._html(entry),
            "description": entry.repository.description or None,
            "fork": entry.repository.fork_of is not None,
            **{key: base + rest for key, rest in _REPOSITORY_URLS.items()},
        }

    def listed(self, entry: HostedRepository) -> Json:
        """Return a repository of a list of forks, or of an owner; its parent is left out."""
        return self._whole(entry)

    def full(self, entry: HostedRepository) -> Json:
        """Return a `full-repository`; forks tell their parent."""
        shape = self._whole(entry)
        if parent := self.catalogue.parent(entry):
            shape |= {"parent": self._whole(parent), "source": self._whole(parent)}
        return shape

    def hit(self, hit: CodeHit) -> Json:
        """Return a `code-search-result-item`."""
        tip = hit.entry.tips[hit.entry.repository.default_branch]
        numbered = f"{self.api_url}/repositories/{hit.entry.id}"
        return {
            "name": hit.path.rpartition("/")[2],
            "path": hit.path,
            "sha": hit.oid,
            "url": f"{numbered}/contents/{hit.path}?ref={tip.commit}",
            "git_url": f"{numbered}/git/blobs/{hit.oid}",
            "html_url": f"{self._html(hit.entry)}/blob/{tip.commit}/{hit.path}",
            "repository": self.minimal(hit.entry),
            "score": 1.0,
        }

    def blob(self, blob: GitObject) -> Json:
        """Return a `blob`; base64 is broken into lines, as GitHub does."""
        encoded = base64.b64encode(blob.data).decode()
        starts = range(0, len(encoded), _BASE64_LINE)
        content = "".join(f"{encoded[start : start + _BASE64_LINE]}\n" for start in starts)
        path = blob.entry.repository.path
        return {
            "sha": blob.oid,
            "node_id": node_id("B", blob.entry.id, blob.oid),
            "size": len(blob.data),
            "url": f"{self.api_url}/repos/{path}/git/blobs/{blob.oid}",
            "content": content,
            "encoding": "base64",
        }

    def _whole(self, entry: HostedRepository) -> Json:
        repository, html = entry.repository, self._html(entry)
        host = self.web_url.partition("://")[2]
        return {
            **self.minimal(entry),
            **dict.fromkeys(_COUNTS, 0),
            **{f"has_{feature}": feature == "issues" for feature in _FEATURES},
            "archived": repository.archived,
            "clone_url": f"{html}.git",
            "created_at": repository.created_at,
            "default_branch": repository.default_branch,
            "disabled": False,
            "git_url": f"git://{host}/{repository.path}.git",
            "homepage": None,
            "language": "Python",
            "license": None,
            "mirror_url": None,
            "pushed_at": repository.pushed_at,
            "size": entry.size_kib,
            "ssh_url": f"git@{host}:{repository.path}.git",
            "svn_url": html,
            "topics": [],
            "updated_at": repository.pushed_at,
            "visibility": "public",
        }

    def _owner(self, entry: HostedRepository) -> Json:
        base = f"{self.api_url}/users/{entry.owner}"
        number = int.from_bytes(entry.owner.lower().encode()[:4], "big")
        return {
            "login": entry.owner,
            "id": number,
            "node_id": node_id("U", number),
            "avatar_url": f"{self.web_url}/{entry.owner}.png",
            "gravatar_id": "",
            "html_url": f"{self.web_url}/{entry.owner}",
            "type": "User",
            "site_admin": False,
            **{key: base + rest for key, rest in _OWNER_URLS.items()},
        }

    def _html(self, entry: HostedRepository) -> str:
        return f"{self.web_url}/{entry.repository.path}"
