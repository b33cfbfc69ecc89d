"""Settings as a process sees them: real files, a real environment, no patching."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from crawler.errors import ConfigurationError
from crawler.model import Ecosystem
from feeds.npm.registry import npm_registry_url
from tests.unit.workers.machine import Machine
from workers.settings import RegistrySection, Settings, load


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(root=tmp_path)


def test_without_any_configuration_the_defaults_hold(machine: Machine) -> None:
    settings = machine.load()["settings"]

    assert settings["state_dir"] == str(machine.root / "home/.local/state/ghostcrawl")
    assert settings["database_url"] == ""
    assert settings["broker_url"] == ""
    assert settings["registries"]["pypi"]["index_url"] == PYPI_SIMPLE_ENDPOINT
    assert list(settings["hosts"]) == ["github.com"]
    assert settings["hosts"]["github.com"]["token_env"] == "GITHUB_TOKEN"
    assert settings["network"]["trusted_hosts"] == []
    assert settings["network"]["scale"] == 1.0


def test_flag_wins_over_environment_over_user_over_system(machine: Machine) -> None:
    machine.write("system", 'database_url = "sqlite:////system"')
    after_system = machine.load()
    machine.write("user", 'database_url = "sqlite:////user"')
    after_user = machine.load()
    environment = {"GHOSTCRAWL_DATABASE_URL": "sqlite:////env"}
    after_environment = machine.load(environment)
    after_flag = machine.load(environment, database_url="sqlite:////flag")

    answers = (after_system, after_user, after_environment, after_flag)
    assert [a["settings"]["database_url"] for a in answers] == [
        "sqlite:////system",
        "sqlite:////user",
        "sqlite:////env",
        "sqlite:////flag",
    ]


def test_nothing_of_the_current_folder_is_read(machine: Machine) -> None:
    machine.write("here", 'broker_url = "redis://here.example"')
    machine.write("config.toml", 'broker_url = "redis://here.example"')
    machine.write("ghostcrawl/config.toml", 'broker_url = "redis://here.example"')
    machine.write(".env", "GHOSTCRAWL_BROKER_URL=redis://here.example\n")
    machine.write("ghostcrawl_broker_url", "redis://here.example")
    relative = {"XDG_CONFIG_HOME": ".", "XDG_CONFIG_DIRS": ".", "XDG_STATE_HOME": ".", "HOME": "."}

    answers = [machine.load(), machine.load(relative)]

    assert [answer["settings"]["broker_url"] for answer in answers] == ["", ""]
    state = Path(answers[1]["settings"]["state_dir"])
    assert state.is_absolute()
    assert not state.is_relative_to(machine.root)


def test_relative_paths_in_a_file_are_relative_to_the_file(machine: Machine) -> None:
    text = """
        state_dir = "state"
        database_url = "sqlite:///x/ledger.sqlite"
        [hosts."a.example"]
        kind = "git"
        web_url = "https://a.example"
        token_file = "secrets/token"
    """
    user = machine.write("user", text).parent
    named = machine.write("elsewhere/named.toml", text)
    for folder in (user, named.parent):
        (folder / "secrets").mkdir()
        (folder / "secrets/token").write_text("t" * 40)

    by_user, by_name = machine.load(), machine.load(config="elsewhere/named.toml")

    for answer, folder in ((by_user, user), (by_name, named.parent)):
        settings = answer["settings"]
        assert settings["state_dir"] == str(folder / "state")
        assert settings["database_url"] == f"sqlite:///{folder}/x/ledger.sqlite"
        assert settings["hosts"]["a.example"]["token_file"] == str(folder / "secrets/token")
    assert by_name["settings"]["config"] == str(named)


def test_relative_paths_of_flags_and_environment_are_relative_to_the_current_folder(
    machine: Machine,
) -> None:
    machine.write("user", 'state_dir = "of-the-user"')
    machine.write("token", "t" * 40)
    host = '{"kind": "git", "web_url": "https://a.example", "token_file": "token"}'
    environment = {
        "GHOSTCRAWL_HOSTS": f'{{"a.example": {host}}}',
        "GHOSTCRAWL_DATABASE_URL": "sqlite:///x.sqlite",
    }

    settings = machine.load(environment, state_dir="state")["settings"]

    here = machine.root / "here"
    assert settings["state_dir"] == str(here / "state")
    assert settings["database_url"] == f"sqlite:///{here}/x.sqlite"
    assert settings["hosts"]["a.example"]["token_file"] == str(here / "token")


def test_a_path_that_is_empty_is_an_error_and_not_the_current_folder(machine: Machine) -> None:
    answer = machine.load({"GHOSTCRAWL_STATE_DIR": ""})

    assert answer["exit_code"] == 4
    assert "expected a path, got an empty text" in answer["error"]


def test_a_file_cannot_name_another_file(machine: Machine) -> None:
    machine.write("user", 'config = "other.toml"')

    answer = machine.load()

    assert answer["exit_code"] == 4
    assert "config is set by --config or GHOSTCRAWL_CONFIG only" in answer["error"]


def test_a_weaker_source_still_says_what_the_stronger_leave_open(machine: Machine) -> None:
    machine.write("system", 'broker_url = "redis://system.example"')
    machine.write("user", '[network]\noperator = "ops@user.example"')

    settings = machine.load({"GHOSTCRAWL_NETWORK__SCALE": "2.5"})["settings"]

    assert settings["broker_url"] == "redis://system.example"
    assert settings["network"]["operator"] == "ops@user.example"
    assert settings["network"]["scale"] == 2.5


def test_a_table_of_one_file_does_not_hide_that_of_another(machine: Machine) -> None:
    machine.write("system", '[network]\ntrusted_hosts = ["forge.example"]')
    machine.write("user", '[network]\noperator = "ops@user.example"')

    network = machine.load()["settings"]["network"]

    assert network["operator"] == "ops@user.example"
    assert network["trusted_hosts"] == ["forge.example"]


@pytest.mark.parametrize("by_flag", [True, False])
def test_a_named_file_stands_for_all_the_others(machine: Machine, *, by_flag: bool) -> None:
    machine.write("system", 'database_url = "sqlite:////system"')
    machine.write("user", 'broker_url = "redis://user.example"')
    named = str(machine.write("named.toml", 'database_url = "sqlite:////named"'))

    answer = machine.load(config=named) if by_flag else machine.load({"GHOSTCRAWL_CONFIG": named})

    assert answer["settings"]["database_url"] == "sqlite:////named"
    assert answer["settings"]["broker_url"] == ""
    assert answer["settings"]["config"] == named


def test_a_flag_that_names_no_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    missing = tmp_path / "nothing.toml"

    with pytest.raises(ConfigurationError, match=r"no configuration file at .*nothing\.toml; give"):
        load(config=missing)


def test_a_folder_is_no_configuration_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no configuration file at"):
        load(config=tmp_path)


def test_an_environment_that_names_no_file_is_an_error_too(machine: Machine) -> None:
    answer = machine.load({"GHOSTCRAWL_CONFIG": "nothing.toml"})

    assert answer.get("exit_code") == 4
    assert "nothing.toml" in answer["error"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('databse_url = "sqlite:///x"', "databse_url"),
        ('[network]\nproxy = "http://index.example"', "network.proxy"),
        ('[netwrok]\noperator = "x"', "netwrok"),
        ('[registries.pypi]\nindex = "https://index.example"', "registries.pypi.index"),
        ('[registries.nowhere]\nindex_url = "https://index.example"', "registries.nowhere"),
        ('[hosts."a.example"]\nkind = "git"\nweb_url = "https://a"\nurl = "x"', "url"),
        ('[hosts."a.example"]\nkind = "svn"\nweb_url = "https://a"', "kind"),
        ('[hosts."a.example"]\nkind = "git"', "web_url"),
        ("[feeds]\njournal_since = 'soon'", "feeds.journal_since"),
        ("[network]\nscale = 0", "network.scale"),
    ],
)
def test_a_key_or_value_that_nobody_knows_is_refused_by_its_name(
    tmp_path: Path, text: str, named: str
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"\.toml: ") as caught:
        load(config=file)

    assert named in str(caught.value)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("data", [b"database_url = ", b"[network\n", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_an_error_of_configuration(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(data)

    with pytest.raises(ConfigurationError, match=r"\.toml: "):
        load(config=file)


def test_an_environment_that_is_no_json_is_an_error_of_configuration(machine: Machine) -> None:
    answer = machine.load({"GHOSTCRAWL_NETWORK": '{"operator": '})

    assert answer["exit_code"] == 4
    assert "network" in answer["error"]


def test_the_defaults_of_the_public_index_come_from_a_library() -> None:
    registries = Settings().registries

    section = registries[Ecosystem.PYPI]
    assert section.index_url == PYPI_SIMPLE_ENDPOINT
    assert section.journal == f"{PYPI_SIMPLE_ENDPOINT.removesuffix('/simple/')}/pypi"
    assert section.file_hosts == ()
    assert registries[Ecosystem.NPM].index_url == npm_registry_url()


def test_a_registry_section_without_an_address_is_about_the_public_registry() -> None:
    npm = {"npm": {"mirrors": ["https://mirror.example/npm/"]}}

    section = load(registries=npm).registries[Ecosystem.NPM]

    assert section.index_url == npm_registry_url()


def test_a_registry_of_which_no_default_is_known_needs_an_address() -> None:
    with pytest.raises(ConfigurationError, match=r"set registries\.cargo\.index_url"):
        load(registries={"cargo": {}})


def test_the_hosts_that_the_index_names_are_added_to_those_configured() -> None:
    section = RegistrySection(
        index_url="https://index.example/simple/",
        file_hosts=("Files.Index.Example",),
        mirrors=("https://mirror.example/simple/",),
    )

    registry = section.registry(Ecosystem.PYPI, frozenset({"cdn.index.example"}), "")

    assert registry.file_hosts == {"files.index.example", "cdn.index.example"}
    assert registry.is_public("https://index.example/simple")
    assert registry.is_mirror("https://mirror.example/simple")
    assert section.journal == "https://index.example/pypi"


def test_a_host_cannot_take_the_name_of_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[hosts.local]\nkind = "git"\nweb_url = "https://git.example"\n', "utf-8")

    with pytest.raises(ConfigurationError, match="invalid host name 'local'"):
        load(config=file)


def test_a_github_has_one_section_since_it_wants_requests_in_series(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    section = (
        '[hosts."{0}.example"]\nkind = "{1}"\nweb_url = "https://{0}.example"\n'
        'api_url = "https://api.a.example{2}"\n'
    )
    file.write_text(section.format("a", "github", "") + section.format("b", "github", "/"), "utf-8")
    forges = tmp_path / "forges.toml"
    forges.write_text(
        section.format("a", "github", "") + section.format("b", "gitlab", ""), "utf-8"
    )

    with pytest.raises(ConfigurationError, match=r"'b.example' has the api_url of 'a.example'"):
        load(config=file)

    assert load(config=forges).github == "a.example"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0.0.0.0:9464", "0.0.0.0:9464"),
        (":9464", "127.0.0.1:9464"),
        ("9464", "127.0.0.1:9464"),
        ("", ""),
    ],
)
def test_metrics_are_shown_to_this_machine_alone_unless_a_host_is_named(
    text: str, address: str
) -> None:
    assert Settings(metrics=text).metrics == address


@pytest.mark.parametrize("text", ["here", "127.0.0.1:", "127.0.0.1:70000", "1:-1", "a:\u0661"])
def test_metrics_at_no_address_are_an_error(text: str) -> None:
    with pytest.raises(ConfigurationError, match="expected HOST:PORT"):
        load(metrics=text)


FORGE = """
[hosts."forge.example"]
kind = "forgejo"
web_url = "https://forge.example"
requests_per_minute = {}
"""


def test_a_host_may_be_asked_less_often_than_is_polite(machine: Machine) -> None:
    machine.write("user", FORGE.format("7.5"))

    assert machine.load()["settings"]["hosts"]["forge.example"]["requests_per_minute"] == 7.5


@pytest.mark.parametrize(
    ("rate", "said"),
    [("60.5", "expected at most 60"), ("0", "greater than 0"), ("nan", "greater than 0")],
)
def test_a_host_that_is_to_be_asked_too_often_is_an_error_that_says_the_bound(
    machine: Machine, rate: str, said: str
) -> None:
    machine.write("user", FORGE.format(rate))

    assert said in machine.load()["error"]


def test_further_registries_lie_beside_the_public_one_of_their_ecosystem() -> None:
    test = {"type": "simple", "index_url": "https://test.index.example/simple/"}

    public = load(registries={"pypi": {}, "testpypi": test}).public_registries(
        lambda name: frozenset({f"{name or 'public'}-files.example"})
    )[Ecosystem.PYPI]

    (further,) = public.others
    assert (public.name, public.index_url) == ("", PYPI_SIMPLE_ENDPOINT)
    assert public.file_hosts == {"public-files.example"}
    assert (further.name, further.index_url) == ("testpypi", "https://test.index.example/simple/")
    assert further.file_hosts == {"testpypi-files.example"}
    assert further.viewer_url == ""


def test_an_index_that_lists_files_of_the_public_file_host_does_not_make_them_its_own() -> None:
    proxy = {"type": "simple", "index_url": "https://proxy.example/simple/"}
    named = {"": {"files.index.example"}, "proxy": {"files.index.example", "proxy.example"}}

    public = load(registries={"proxy": proxy, "pypi": {}}).public_registries(
        lambda name: frozenset(named[name])
    )[Ecosystem.PYPI]

    assert public.file_hosts == {"files.index.example"}
    assert [one.file_hosts for one in public.others] == [{"proxy.example"}]


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"test": {"index_url": "https://x"}}, "set registries.test.type: expected one of pypi"),
        ({"test": {"type": "devpi", "index_url": "https://x"}}, "registries.test.type"),
        ({"pypi": {}, "test": {"type": "simple"}}, "set registries.test.index_url"),
        (
            {"test": {"type": "simple", "index_url": "https://x"}},
            r"add an empty table \[registries.pypi\], or call this one pypi",
        ),
        (
            {"pypi": {}, "forge": {"type": "npm", "index_url": "https://x"}},
            r"add an empty table \[registries.npm\]",
        ),
        ({"npm": {"type": "simple"}}, "invalid registries.npm.type 'simple'"),
        ({"pypi": {}, "a/b": {"type": "pypi", "index_url": "https://x"}}, "registry name 'a/b'"),
    ],
)
def test_a_registry_that_cannot_be_told_is_refused_with_what_to_write(
    tables: dict[str, object], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        load(registries=tables)


@pytest.mark.parametrize(
    ("name", "table", "asked"),
    [
        ("pypi", {}, "journal, quarantine and status: https://i.example/simple/"),
        ("pypi", {"type": "simple"}, "status: https://i.example/simple/"),
        ("test", {"type": "pypi"}, "journal, quarantine and status: https://i.example/simple/"),
        ("devpi", {"type": "simple"}, "status: https://i.example/simple/"),
        ("npm", {}, "changes and packuments: https://i.example/simple/"),
        ("forge", {"type": "npm"}, "nothing, pins are told apart by it: https://i.example/simple/"),
        ("cargo", {}, "nothing, pins are told apart by it: https://i.example/simple/"),
    ],
)
def test_what_each_registry_is_asked_follows_from_its_type(
    name: str, table: dict[str, object], asked: str
) -> None:
    at = {"index_url": "https://reader:s3cret@i.example/simple/"}
    tables = {"pypi": at, "npm": at, name: at | table}

    assert load(registries=tables).registries[name].asked(name) == asked
