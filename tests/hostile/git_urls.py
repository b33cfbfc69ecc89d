"""Group B: URLs and names of repositories that mean harm."""

from __future__ import annotations

from collections.abc import Mapping

from tests.hostile.git_measuring import SECRET

__all__ = ["urls"]


def urls(marker: str, port: int) -> Mapping[str, str]:
    """Return all URLs by label; they would make `marker`, or ask the loopback server at `port`."""
    here = f"127.0.0.1:{port}"
    return {
        f"B-{label}": url for label, url in {**_transports(marker, here), **_hosts(port)}.items()
    }


def _transports(marker: str, here: str) -> Mapping[str, str]:
    return {
        "ext": f"ext::sh -c touch% {marker}",
        "ext-slashes": f"ext://touch {marker}",
        "ext-upper-case": f"EXT::touch {marker}",
        "fd": "fd::17/x",
        "file": "file:///etc",
        "file-one-slash": "file:/etc",
        "absolute-path": "/etc",
        "relative-path": "./r.git",
        "parent-path": "../r.git",
        "git": f"git://{here}/r.git",
        "ssh": f"ssh://{here}/r.git",
        "git-over-ssh": f"git+ssh://{here}/r.git",
        "scp": "user@127.0.0.1:r.git",
        "ftp": f"ftp://{here}/r.git",
        "http": f"http://{here}/r.git",
        "upper-case-scheme": f"HTTPS://{here}/r.git",
        "no-scheme": f"//{here}/r.git",
        "remote-helper": f"https::https://{here}/r.git",
        "option-short": "-uid",
        "option-upload-pack": f"--upload-pack=touch {marker}",
        "ssh-proxy-command": f"ssh://-oProxyCommand=touch%20{marker}/r.git",
        "host-is-an-option": f"https://-oProxyCommand=touch%20{marker}/r.git",
        "line-feed-inside": "https://git.example/r\n.git",
        "line-feed-behind": "https://git.example/r.git\n",
        "line-feed-before": "\nhttps://git.example/r.git",
        "carriage-return": "https://git.example/r.git\r",
        "tab": "https://git\t.example/r.git",
        "nul": "https://git.example/r\0.git",
        "home": "https://git.example/$HOME",
        "substitution": f"https://git.example/$(touch {marker})",
        "backquotes": f"https://git.example/`touch {marker}`",
        "pipe": f"https://git.example/r|touch {marker}",
        "user-and-token": f"https://user:{SECRET}@git.example/r.git",
        "token-alone": f"https://{SECRET}@git.example/r.git",
        "token-and-no-user": f"https://:{SECRET}@git.example/r.git",
        "empty": "",
        "space": " ",
    }


def _hosts(port: int) -> Mapping[str, str]:
    return {
        "ipv4": f"https://127.0.0.1:{port}/r.git",
        "ipv4-decimal": f"https://2130706433:{port}/r.git",
        "ipv4-hex": f"https://0x7f000001:{port}/r.git",
        "ipv4-octal": f"https://0177.0.0.1:{port}/r.git",
        "ipv4-short": f"https://127.1:{port}/r.git",
        "ipv4-zero": f"https://0.0.0.0:{port}/r.git",
        "ipv4-metadata": "https://169.254.169.254/r.git",
        "ipv6-loopback": f"https://[::1]:{port}/r.git",
        "ipv6-mapped": f"https://[::ffff:127.0.0.1]:{port}/r.git",
        "ipv6-zone": "https://[fe80::1%25eth0]/r.git",
        "localhost": f"https://localhost:{port}/r.git",
        "localhost-dot": f"https://localhost.:{port}/r.git",
        "fullwidth-digits": f"https://\uff11\uff12\uff17.0.0.1:{port}/r.git",
        "ideographic-dot": "https://git\u3002example/r.git",
        "port-0": "https://git.example:0/r.git",
        "port-22": "https://git.example:22/r.git",
        "port-65536": "https://git.example:65536/r.git",
        "port-empty": "https://git.example:/r.git",
        "port-negative": "https://git.example:-1/r.git",
        "port-sign": "https://git.example:+443/r.git",
        "punycode": "https://xn--gthub-cta.example/r.git",
        "mixed-scripts": "https://g\u0456thub.example/r.git",
        "trailing-dot": "https://git.example./r.git",
        "two-dots": "https://git..example/r.git",
        "label-of-64": f"https://{'a' * 64}.example/r.git",
        "host-of-300": f"https://{'a.' * 150}example/r.git",
        "underscore": "https://git_hub.example/r.git",
        "no-host": "https:///r.git",
        "no-path": "https://git.example",
        "8-kb": f"https://git.example/{'a' * 8_192}",
        "percent-nul": "https://git.example/%00",
        "percent-crlf": "https://git.example/%0d%0aHost:%20127.0.0.1",
        "percent-traversal": "https://git.example/%2e%2e/r.git",
        "percent-slash": "https://git.example/a%2fb",
        "percent-cut": "https://git.example/100%",
        "traversal": "https://git.example/../r.git",
        "double-slash": "https://git.example//r.git",
        "path-is-an-option": "https://git.example/-r",
        "backslash-host": f"https://git.example\\@127.0.0.1:{port}/r.git",
        "at-in-host": f"https://git.example@127.0.0.1:{port}/r.git",
        "query": "https://git.example/r.git?x=1",
        "fragment": "https://git.example/r.git#x",
    }
